"""Goods under way as their vendors announced them, read-only."""

from collections.abc import Sequence

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.identity.admin.cells import EMPTY, code, day, tag, to, when
from apps.identity.admin.records import Facts, Table
from apps.identity.admin.trail import trail_table
from apps.oauth.admin.who import who
from apps.procurement.admin.seen_with_orders import SeenWithOrders
from apps.procurement.models import ShipmentNotice
from apps.procurement.money import plain

HEAD = ("Line", "What", "Quantity", "Packages", "Lots", "Serial numbers")


@admin.register(ShipmentNotice)
class ShipmentNoticeAdmin(SeenWithOrders[ShipmentNotice]):
    list_display = ("number", "vendor", "order", "state", "carrier", "expected", "announced")
    list_filter = ("status", "buyer_entity")
    list_select_related = ("order", "vendor")
    search_fields = ("number", "reference", "tracking", "order__number", "vendor__name")
    date_hierarchy = "created_at"
    empty_hint = "No vendor has announced goods yet."

    @admin.display(description="Status", ordering="status")
    def state(self, shipment: ShipmentNotice) -> SafeString:
        return tag(shipment.status)

    @admin.display(description="Announced", ordering="created_at")
    def announced(self, shipment: ShipmentNotice) -> SafeString | str:
        return day(shipment.created_at)

    @admin.display(description="Expected", ordering="eta")
    def expected(self, shipment: ShipmentNotice) -> SafeString | str:
        return day(shipment.eta)

    def facts(self, _request: HttpRequest, shipment: ShipmentNotice) -> Facts:
        return (
            ("Status", tag(shipment.status)),
            ("Order", to(shipment.order)),
            ("Vendor", to(shipment.vendor)),
            ("Project", to(shipment.project)),
            ("The vendor's number", shipment.reference or EMPTY),
            ("Carrier", shipment.carrier or EMPTY),
            ("Tracking", code(shipment.tracking) if shipment.tracking else EMPTY),
            ("Shipped", when(shipment.shipped_at)),
            ("Expected", f"{shipment.eta:%-d %b %Y}" if shipment.eta else EMPTY),
            ("Note", shipment.note or EMPTY),
            ("Announced", when(shipment.created_at)),
            ("Announced by", who(shipment.created_by_session)),
            ("Withdrawn", when(shipment.withdrawn_at)),
            ("Withdrawn by", who(shipment.withdrawn_by_session)),
            ("Reason", shipment.withdrawal_reason or EMPTY),
            ("Id", code(shipment.public_id)),
        )

    def tables(self, request: HttpRequest, shipment: ShipmentNotice) -> Sequence[Table]:
        rows = [
            (
                row.line.line_no,
                row.line.description,
                f"{plain(row.quantity)} {row.line.uom}",
                f"{row.packages or ''} {row.package_unit}".strip() or EMPTY,
                ", ".join(row.lots) or EMPTY,
                ", ".join(row.serials) or EMPTY,
            )
            for row in shipment.lines.select_related("line")
        ]
        receipts = [
            (to(receipt), when(receipt.posted_at))
            for receipt in shipment.receipts.order_by("-id")[:50]
        ]
        return (
            Table("What is under way", HEAD, rows, "Nothing."),
            Table("Receipts", ("Receipt", "Posted"), receipts, "Nothing of it was received yet."),
            *trail_table(request, shipment.public_id),
        )
