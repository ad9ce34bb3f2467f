"""The protocol's rules: one small function each, with its paragraph."""
