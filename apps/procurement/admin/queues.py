"""Filters of what waits for somebody, one queue for each thing that they may be asked to do."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from apps.identity.admin.acts import actor_of, clock
from apps.procurement.models import OrderChange, PurchaseOrder
from apps.procurement.selectors import work
from apps.procurement.services.whose_turn import changes_to_approve_by, orders_to_approve_by

Rows = Callable[[HttpRequest], QuerySet[Any]]
Queue = tuple[str, Rows]


def anybodys(rows: Callable[[], QuerySet[Any]]) -> Rows:
    """A queue that is the same for everybody who works on it."""
    return lambda _request: rows()


def my_orders(request: HttpRequest) -> QuerySet[PurchaseOrder]:
    return orders_to_approve_by(actor_of(request), at=clock())


def my_changes(request: HttpRequest) -> QuerySet[OrderChange]:
    return changes_to_approve_by(actor_of(request), at=clock())


def others_orders(request: HttpRequest) -> QuerySet[PurchaseOrder]:
    return work.orders_to_approve().exclude(pk__in=my_orders(request))


def others_changes(request: HttpRequest) -> QuerySet[OrderChange]:
    return work.changes_to_approve().exclude(pk__in=my_changes(request))


class Waiting(admin.SimpleListFilter):
    """Narrows a list to one of its queues."""

    title = "waits for"
    parameter_name = "waits"
    queues: ClassVar[Mapping[str, Queue]]

    def lookups(self, _request: HttpRequest, _admin: object) -> list[tuple[Any, str]]:
        return [(name, label) for name, (label, _rows) in self.queues.items()]

    def queryset(self, request: HttpRequest, rows: QuerySet[Model]) -> QuerySet[Model]:
        chosen = self.queues.get(self.value() or "")
        return rows.filter(pk__in=chosen[1](request).order_by().values("pk")) if chosen else rows


class OrdersWaiting(Waiting):
    queues: ClassVar = {
        "approval": ("Your approval", my_orders),
        "others": ("Somebody else's approval", others_orders),
    }


class ChangesWaiting(Waiting):
    queues: ClassVar = {
        "decision": ("A decision", anybodys(work.changes_to_decide)),
        "approval": ("Your approval", my_changes),
        "others": ("Somebody else's approval", others_changes),
    }


class InvoicesWaiting(Waiting):
    queues: ClassVar = {
        "approval": ("Approval", anybodys(work.invoices_to_approve)),
        "payment": ("Payment", anybodys(work.invoices_to_pay)),
    }
