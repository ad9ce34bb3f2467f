"""The suite; it mirrors apps/."""
