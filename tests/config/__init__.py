"""Tests of how the product is assembled."""
