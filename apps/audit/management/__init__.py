"""The operator's commands over the trail, and the base of every command of the product."""
