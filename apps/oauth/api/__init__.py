"""What the authorization server answers to bearers of its own tokens."""
