"""Vendors' answers, read-only."""

from collections.abc import Sequence

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.identity.admin.cells import EMPTY, code, day, to, when
from apps.identity.admin.records import Facts, Table
from apps.oauth.admin.who import who
from apps.procurement.admin.seen_with_orders import SeenWithOrders
from apps.procurement.models import Acknowledgement
from apps.procurement.money import plain

HEAD = ("Line", "Answer", "Quantity promised", "Price promised", "Day promised")


@admin.register(Acknowledgement)
class AcknowledgementAdmin(SeenWithOrders[Acknowledgement]):
    list_display = ("order", "vendor", "response", "reason", "answered")
    list_filter = ("response",)
    list_select_related = ("order__vendor",)
    search_fields = ("order__number", "order__vendor__name")
    date_hierarchy = "at"
    empty_hint = "No vendor has answered an order yet."

    @admin.display(description="Answered", ordering="at")
    def answered(self, answer: Acknowledgement) -> SafeString | str:
        return day(answer.at)

    @admin.display(description="Vendor", ordering="order__vendor__name")
    def vendor(self, answer: Acknowledgement) -> str:
        return answer.order.vendor.name

    def facts(self, _request: HttpRequest, answer: Acknowledgement) -> Facts:
        return (
            ("Answer", answer.get_response_display()),
            ("Order", to(answer.order)),
            ("Revision it made", answer.order_revision),
            ("Reason", answer.reason or EMPTY),
            ("Proposal", to(getattr(answer, "change", None))),
            ("By", who(answer.session)),
            ("Answered", when(answer.at)),
            ("Id", code(answer.public_id)),
        )

    def tables(self, _request: HttpRequest, answer: Acknowledgement) -> Sequence[Table]:
        rows = [
            (
                line.line.line_no,
                line.get_code_display(),
                EMPTY if line.promised_quantity is None else plain(line.promised_quantity),
                EMPTY if line.promised_price is None else plain(line.promised_price, places=2),
                f"{line.promised_date:%-d %b %Y}" if line.promised_date else EMPTY,
            )
            for line in answer.lines.select_related("line")
        ]
        return (Table("Line by line", HEAD, rows, "It answers the order as a whole."),)
