"""Purchase orders: what was ordered, by what right, and what the vendor answered."""

from apps.procurement.models.acknowledgements import Acknowledgement, AcknowledgementLine
from apps.procurement.models.orders import (
    AdjustmentKind,
    OrderAdjustment,
    OrderSequence,
    PurchaseOrder,
    PurchaseOrderLine,
)
from apps.procurement.models.revisions import OrderRevision, RevisionAct

__all__ = [
    "Acknowledgement",
    "AcknowledgementLine",
    "AdjustmentKind",
    "OrderAdjustment",
    "OrderRevision",
    "OrderSequence",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "RevisionAct",
]
