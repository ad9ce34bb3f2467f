"""Rules about people's sign-in that ask nothing of the database."""
