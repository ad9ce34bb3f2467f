"""One module per command (spec 8)."""
