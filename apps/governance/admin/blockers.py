"""What is not settled in a project, in words and with the way to it."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from django.db.models import Model
from django.utils.safestring import SafeString

from apps.governance.formats.blockers import WORDS
from apps.governance.selectors.blockers import ISSUED_STATUSES, OPEN_STATUSES
from apps.identity.admin.cells import link, list_url
from apps.procurement.models import Invoice, OrderChange, PurchaseOrder
from apps.procurement.states import (
    UNDECIDED,
    ChangeStatus,
    InvoiceStatus,
    OrderStatus,
    ReceiptFacet,
)
from apps.projects.models import Project

COMING = f"{ReceiptFacet.NONE},{ReceiptFacet.PARTIAL}"
# By kind: what is listed, and how.
LISTS: dict[str, tuple[type[Model], dict[str, str]]] = {
    "draft_orders": (PurchaseOrder, {"status__exact": OrderStatus.DRAFT}),
    "pending_orders": (PurchaseOrder, {"status__exact": OrderStatus.PENDING_APPROVAL}),
    "open_orders": (PurchaseOrder, {"status__in": ",".join(OPEN_STATUSES)}),
    "open_changes": (OrderChange, {"status__exact": ChangeStatus.PROPOSED}),
    "unreceived_orders": (
        PurchaseOrder,
        {"status__in": ",".join(ISSUED_STATUSES), "receipt_status__in": COMING},
    ),
    "unmatched_invoices": (Invoice, {"status__in": ",".join(sorted(UNDECIDED))}),
    "unpaid_invoices": (Invoice, {"status__exact": InvoiceStatus.APPROVED}),
}
BY_PROJECT: dict[type[Model], str] = {OrderChange: "project"}  # Its order's; else the field.


def blocker_rows(project: Project, blockers: Mapping[str, int]) -> Sequence[tuple[int, SafeString]]:
    """How many of what, each linked to the list of those there are now; in the words' order."""
    rows = []
    for kind, words in WORDS.items():
        if count := blockers.get(kind):
            model, query = LISTS[kind]
            of_it = {BY_PROJECT.get(model, "project__id__exact"): str(project.pk)}
            found = list_url(model, urlencode({**of_it, **query}))
            rows.append((count, link(words[count != 1], found)))
    return rows
