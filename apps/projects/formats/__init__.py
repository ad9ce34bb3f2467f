"""How projects are written for the API."""
