"""Reads of procurement; every read of an order starts from the gate in `orders`."""
