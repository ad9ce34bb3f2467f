"""The shapes of what is sent to them."""
