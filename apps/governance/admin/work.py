"""What waits for the member of staff who opens the admin, counted, each with its list."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from apps.identity.admin.cells import link, list_url
from apps.identity.admin.records import Table
from apps.partners.models import BankAccountChange
from apps.partners.selectors.banking import changes_to_verify
from apps.procurement.admin.queues import anybodys, my_changes, my_orders
from apps.procurement.models import Invoice, MatchException, OrderChange, PurchaseOrder
from apps.procurement.selectors import work

DECIDES, APPROVES = "procurement.change_purchaseorder", "procurement.delete_purchaseorder"
INVOICES, BANK = "procurement.change_invoice", "partners.change_bankaccountchange"
MOST = 99


@dataclass(frozen=True)
class Queue:
    """One line of the list: shown to who has the permission to work it off."""

    label: str
    permission: str
    rows: Callable[[HttpRequest], QuerySet[Any]]
    model: type[Model]
    query: str


QUEUES = (
    Queue("Orders to approve", APPROVES, my_orders, PurchaseOrder, "waits=approval"),
    Queue("Changes to approve", APPROVES, my_changes, OrderChange, "waits=approval"),
    Queue(
        "Vendors' changes to decide",
        DECIDES,
        anybodys(work.changes_to_decide),
        OrderChange,
        "waits=decision",
    ),
    Queue(
        "Differences of invoices to decide",
        INVOICES,
        anybodys(work.exceptions_to_decide),
        MatchException,
        "resolution=open",
    ),
    Queue(
        "Invoices to approve",
        INVOICES,
        anybodys(work.invoices_to_approve),
        Invoice,
        "waits=approval",
    ),
    Queue("Invoices to pay", INVOICES, anybodys(work.invoices_to_pay), Invoice, "waits=payment"),
    Queue(
        "Bank changes to verify",
        BANK,
        anybodys(changes_to_verify),
        BankAccountChange,
        "state__exact=proposed",
    ),
)


def waiting(request: HttpRequest) -> Iterator[Table]:
    """One count for each queue that the role works on, of what this very person may do now; no
    table for a role that works on none.
    """
    own = [queue for queue in QUEUES if request.user.has_perm(queue.permission)]
    if own:
        rows = [row for queue in own for row in _row(queue, request)]
        yield Table("Waiting for you", ("What", "How many"), rows, "Nothing waits for you.")


def _row(queue: Queue, request: HttpRequest) -> Iterator[tuple[object, str]]:
    """Counted as far as anybody wants to know, so that a long queue costs no more."""
    number = queue.rows(request).order_by()[: MOST + 1].count()
    if number:
        told = str(number) if number <= MOST else f"more than {MOST}"
        yield link(queue.label, list_url(queue.model, queue.query)), told
