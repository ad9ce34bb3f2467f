"""Django's settings: base, and what differs on a laptop, in the tests and in production."""
