"""The operator's commands of procurement."""
