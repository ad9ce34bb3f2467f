"""Factories: one file per app, no surprises."""
