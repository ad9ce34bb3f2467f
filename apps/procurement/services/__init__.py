"""Writing orders: every act locks, checks, writes, and leaves one event and one context."""

from apps.procurement.services.acknowledgements import acknowledge_order
from apps.procurement.services.drafting import create_order
from apps.procurement.services.moves import issue_order, submit_order

__all__ = ["acknowledge_order", "create_order", "issue_order", "submit_order"]
