"""Starts the product and its tests on a bare machine; standard library only."""
