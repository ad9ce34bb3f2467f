"""The operator's commands about projects and policies."""
