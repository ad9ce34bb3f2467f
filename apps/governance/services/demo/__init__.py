"""Demo data: a buyer, three partners and everything a visitor needs to try the product."""

from apps.governance.services.demo.build import ensure_demo

__all__ = ["ensure_demo"]
