"""Tests of the procurement app."""
