"""What came of orders, and taking a receipt back."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.identity.admin.acts import Act, actor_of, clock
from apps.identity.admin.cells import EMPTY, code, day, tag, to, when
from apps.identity.admin.records import Facts, Table
from apps.identity.admin.trail import trail_table
from apps.oauth.admin.who import who
from apps.procurement.admin.seen_with_orders import SeenWithOrders
from apps.procurement.models import Receipt
from apps.procurement.money import plain
from apps.procurement.selectors.receipts import told_receipts
from apps.procurement.services import reverse_receipt
from apps.procurement.states import ReceiptStatus

HEAD = ("Line", "What", "Came", "Turned away", "Why")


class WhatBecame(admin.SimpleListFilter):
    """A receipt's status is told, not stored."""

    title = "status"
    parameter_name = "status"

    def lookups(self, _request: HttpRequest, _admin: object) -> list[tuple[Any, str]]:
        return [(status.value, status.label) for status in ReceiptStatus]

    def queryset(self, _request: HttpRequest, rows: QuerySet[Receipt]) -> QuerySet[Receipt]:
        wanted = self.value()
        return rows.filter(status=wanted) if wanted else rows  # type: ignore[misc]  # told_receipts annotates it


def _reverse(request: HttpRequest, receipt: Receipt, given: dict[str, Any]) -> str:
    reversal = reverse_receipt(
        actor=actor_of(request),
        at=clock(),
        receipt_id=receipt.public_id,
        **given,
    )
    return f"{receipt} is taken back by {reversal}."


def _explain(_request: HttpRequest, receipt: Receipt) -> Sequence[object]:
    return (
        f"The whole of {receipt} is taken back, and {receipt.order} counts that much less.",
        "Not possible once an invoice counts on it, or on an order that is closed or held.",
    )


@admin.register(Receipt)
class ReceiptAdmin(SeenWithOrders[Receipt]):
    list_display = ("number", "vendor", "order", "state", "in_project", "posted")
    list_filter = (WhatBecame, "buyer_entity")
    list_select_related = ("order", "vendor", "project")
    search_fields = ("number", "order__number", "vendor__name", "project__number")
    date_hierarchy = "posted_at"
    empty_hint = "Nothing was received yet. Receipts come over the API, with receipts:write."
    acts: ClassVar[Sequence[Act[Receipt]]] = (
        Act(
            name="reverse",
            label="Take back",
            permission="procurement.change_purchaseorder",
            decides=True,
            explain=_explain,
            perform=_reverse,
            takes_away=True,
            applies=lambda receipt: receipt.status == ReceiptStatus.POSTED,
        ),
    )

    def get_queryset(self, _request: HttpRequest) -> QuerySet[Receipt]:
        return told_receipts()

    @admin.display(description="Status")
    def state(self, receipt: Receipt) -> SafeString:
        return tag(receipt.status)

    @admin.display(description="Posted", ordering="posted_at")
    def posted(self, receipt: Receipt) -> SafeString | str:
        return day(receipt.posted_at)

    @admin.display(description="Project", ordering="project__number")
    def in_project(self, receipt: Receipt) -> str:
        return receipt.project.number

    def facts(self, _request: HttpRequest, receipt: Receipt) -> Facts:
        return (
            ("Status", tag(receipt.status)),
            ("Order", to(receipt.order)),
            ("Revision it made", receipt.order_revision),
            ("Vendor", to(receipt.vendor)),
            ("Project", to(receipt.project)),
            ("Shipment", to(receipt.shipment)),
            ("Takes back", to(receipt.reversal_of)),
            ("Taken back by", to(getattr(receipt, "reversal", None))),
            ("Reason", receipt.reason or EMPTY),
            ("Note", receipt.note or EMPTY),
            ("Posted", when(receipt.posted_at)),
            ("Took effect outside", when(receipt.effective_at)),
            ("Posted by", code(receipt.receiver)),
            ("By", who(receipt.created_by_session)),
            ("Id", code(receipt.public_id)),
        )

    def tables(self, request: HttpRequest, receipt: Receipt) -> Sequence[Table]:
        rows = [
            (
                row.line.line_no,
                row.line.description,
                f"{plain(row.quantity)} {row.line.uom}",
                plain(row.rejected) if row.rejected else EMPTY,
                row.reason or EMPTY,
            )
            for row in receipt.lines.all()
        ]
        return (
            Table("What came", HEAD, rows, "Nothing."),
            *trail_table(request, receipt.public_id),
        )
