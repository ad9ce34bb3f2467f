"""Tests of the partners app."""
