"""Commands of the governance app."""
