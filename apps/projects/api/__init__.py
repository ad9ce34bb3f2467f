"""Projects in the API: read here, set up in the admin, closed by governance."""
