"""What is not settled in a project: it is shown before the project closes, and keeps nobody from
ending access.
"""

from django.db.models import Count, Q

from apps.procurement.models import Invoice, OrderChange, PurchaseOrder
from apps.procurement.states import (
    MOVES,
    UNDECIDED,
    ChangeStatus,
    InvoiceStatus,
    OrderStatus,
    ReceiptFacet,
)
from apps.projects.models import Project

_BEFORE = {OrderStatus.DRAFT, OrderStatus.PENDING_APPROVAL}
# Approved, issued or beyond, and not at its end.
OPEN_STATUSES = tuple(status for status, moves in MOVES.items() if moves and status not in _BEFORE)
ISSUED_STATUSES = tuple(status for status in OPEN_STATUSES if status != OrderStatus.APPROVED)
_COMING = Q(receipt_status__in=(ReceiptFacet.NONE, ReceiptFacet.PARTIAL))

ORDERS = {
    "draft_orders": Q(status=OrderStatus.DRAFT),
    "pending_orders": Q(status=OrderStatus.PENDING_APPROVAL),
    "open_orders": Q(status__in=OPEN_STATUSES),
    "unreceived_orders": Q(status__in=ISSUED_STATUSES) & _COMING,
}
INVOICES = {
    "unmatched_invoices": Q(status__in=sorted(UNDECIDED)),
    "unpaid_invoices": Q(status=InvoiceStatus.APPROVED),
}


def blockers_of(project: Project) -> dict[str, int]:
    """How many of each kind, in three statements; kinds there is none of are left out."""
    orders = PurchaseOrder.objects.filter(project=project)
    invoices = Invoice.objects.filter(project=project)
    changes = OrderChange.objects.filter(order__project=project, status=ChangeStatus.PROPOSED)
    found = {
        **orders.aggregate(**{kind: Count("pk", filter=is_it) for kind, is_it in ORDERS.items()}),
        "open_changes": changes.count(),
        **invoices.aggregate(
            **{kind: Count("pk", filter=is_it) for kind, is_it in INVOICES.items()}
        ),
    }
    return {kind: count for kind, count in found.items() if count}
