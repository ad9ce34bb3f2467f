"""The shapes of projects in the API."""
