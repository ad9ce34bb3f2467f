"""People: adding them, and how they come and go."""
