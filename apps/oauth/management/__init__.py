"""Commands of the oauth app."""
