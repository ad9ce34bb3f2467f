"""Buyer entities, procurement projects and who may act in them."""
