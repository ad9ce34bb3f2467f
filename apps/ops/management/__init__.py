"""The operator's commands over the running installation."""
