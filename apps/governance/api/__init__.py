"""Addresses of what needs many apps at once."""
