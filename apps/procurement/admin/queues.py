"""Filters of what waits for somebody, one queue for each thing that they may be asked to do."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from apps.procurement.selectors import work

Queue = tuple[str, Callable[[], QuerySet[Any]]]


class Waiting(admin.SimpleListFilter):
    """Narrows a list to one of its queues."""

    title = "waits for"
    parameter_name = "waits"
    queues: ClassVar[Mapping[str, Queue]]

    def lookups(self, _request: HttpRequest, _admin: object) -> list[tuple[Any, str]]:
        return [(name, label) for name, (label, _rows) in self.queues.items()]

    def queryset(self, _request: HttpRequest, rows: QuerySet[Model]) -> QuerySet[Model]:
        chosen = self.queues.get(self.value() or "")
        return rows.filter(pk__in=chosen[1]().order_by().values("pk")) if chosen else rows


class OrdersWaiting(Waiting):
    queues: ClassVar = {"approval": ("Approval", work.orders_to_approve)}


class ChangesWaiting(Waiting):
    queues: ClassVar = {
        "decision": ("A decision", work.changes_to_decide),
        "approval": ("An approval", work.changes_to_approve),
    }


class InvoicesWaiting(Waiting):
    queues: ClassVar = {
        "approval": ("Approval", work.invoices_to_approve),
        "payment": ("Payment", work.invoices_to_pay),
    }
