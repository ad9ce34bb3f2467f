"""What is not settled in a project, in words and with the way to it."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from django.db.models import Model
from django.utils.safestring import SafeString

from apps.governance.selectors.blockers import ISSUED_STATUSES, OPEN_STATUSES
from apps.identity.admin.cells import link, list_url
from apps.procurement.models import Invoice, PurchaseOrder
from apps.procurement.states import UNDECIDED, InvoiceStatus, OrderStatus, ReceiptFacet
from apps.projects.models import Project

COMING = f"{ReceiptFacet.NONE},{ReceiptFacet.PARTIAL}"
# By kind: what it is, one and many, and how its list is found.
KINDS: dict[str, tuple[str, str, type[Model], dict[str, str]]] = {
    "draft_orders": (
        "draft order", "draft orders", PurchaseOrder, {"status__exact": OrderStatus.DRAFT},
    ),
    "pending_orders": (
        "order waits for approval", "orders wait for approval", PurchaseOrder,
        {"status__exact": OrderStatus.PENDING_APPROVAL},
    ),
    "open_orders": (
        "open order", "open orders", PurchaseOrder, {"status__in": ",".join(OPEN_STATUSES)},
    ),
    "unreceived_orders": (
        "order is not received in full", "orders are not received in full", PurchaseOrder,
        {"status__in": ",".join(ISSUED_STATUSES), "receipt_status__in": COMING},
    ),
    "unmatched_invoices": (
        "invoice is not decided", "invoices are not decided", Invoice,
        {"status__in": ",".join(sorted(UNDECIDED))},
    ),
    "unpaid_invoices": (
        "invoice is not paid", "invoices are not paid", Invoice,
        {"status__exact": InvoiceStatus.APPROVED},
    ),
}  # fmt: skip


def blocker_rows(project: Project, blockers: Mapping[str, int]) -> Sequence[tuple[int, SafeString]]:
    """How many of what, each linked to the list of those there are now; in the order above."""
    rows = []
    for kind, (one, many, model, query) in KINDS.items():
        if count := blockers.get(kind):
            found = list_url(model, urlencode({"project__id__exact": str(project.pk), **query}))
            rows.append((count, link(one if count == 1 else many, found)))
    return rows
