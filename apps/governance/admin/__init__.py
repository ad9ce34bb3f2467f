"""The admin site of the product."""
