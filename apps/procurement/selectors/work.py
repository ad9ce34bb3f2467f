"""What waits for the buyer's side: each a queue that somebody works through. Every one is read by
a partial index, however much there is that waits for nobody.
"""

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.procurement.models import Invoice, MatchException, OrderChange, PurchaseOrder
from apps.procurement.states import (
    ChangeStatus,
    InvoiceStatus,
    OrderStatus,
    Resolution,
    Side,
)

_OPEN = OrderChange.objects.filter(status=ChangeStatus.PROPOSED)
_UNAPPROVED = ~Q(exceeds=[]) & Q(approved_at=None)


def orders_to_approve() -> QuerySet[PurchaseOrder]:
    return PurchaseOrder.objects.filter(status=OrderStatus.PENDING_APPROVAL)


def changes_to_approve() -> QuerySet[OrderChange]:
    """Either side's, where they go beyond what was approved."""
    return _OPEN.filter(_UNAPPROVED)


def changes_to_decide() -> QuerySet[OrderChange]:
    """The vendors', where no approval is missing."""
    return _OPEN.filter(proposed_by=Side.VENDOR).exclude(_UNAPPROVED)


def exceptions_to_decide() -> QuerySet[MatchException]:
    return MatchException.objects.filter(resolution="", invoice__status=InvoiceStatus.EXCEPTION)


def invoices_to_approve() -> QuerySet[Invoice]:
    """Those that match, and those of which every difference was accepted."""
    unsettled = MatchException.objects.filter(
        invoice=OuterRef("pk"), resolution__in=["", Resolution.REJECTED]
    )
    accepted = Q(status=InvoiceStatus.EXCEPTION) & ~Exists(unsettled)
    return Invoice.objects.filter(Q(status=InvoiceStatus.MATCHED) | accepted)


def invoices_to_pay() -> QuerySet[Invoice]:
    return Invoice.objects.filter(status=InvoiceStatus.APPROVED)
