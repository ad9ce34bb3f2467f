"""The eleven apps of the product, in one import order (docs/architecture.md)."""
