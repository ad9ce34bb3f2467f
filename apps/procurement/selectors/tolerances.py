"""What an order's buyer lets pass."""

from apps.procurement.models import PurchaseOrder, Tolerance


def tolerances_of(order: PurchaseOrder) -> list[Tolerance]:
    """All of the buyer entity's; which one counts for a line is policy.tolerances' to say."""
    return list(Tolerance.objects.filter(buyer_entity_id=order.buyer_entity_id))
