"""The front page, and what people of partners do under /account/."""
