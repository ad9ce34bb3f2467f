"""Tests of what keeps it running."""
