"""Credit notes, read-only."""

from collections.abc import Sequence

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.identity.admin.cells import code, day, sum_of, to, when
from apps.identity.admin.records import Facts, Table
from apps.oauth.admin.who import who
from apps.procurement.admin.seen_with_orders import SeenWithOrders
from apps.procurement.models import CreditNote
from apps.procurement.money import amount, plain

LINE_HEAD = ("Line", "What", "Quantity", "Net")


@admin.register(CreditNote)
class CreditNoteAdmin(SeenWithOrders[CreditNote]):
    list_display = ("number", "vendor", "total", "invoice", "vendor_number", "received")
    list_filter = ("whole", "buyer_entity")
    list_select_related = ("invoice", "vendor")
    search_fields = ("number", "vendor_number", "invoice__number", "vendor__name")
    date_hierarchy = "issue_date"
    empty_hint = "Nothing was credited yet."

    @admin.display(description="With tax", ordering="tax_inclusive")
    def total(self, note: CreditNote) -> SafeString:
        currency = note.invoice.currency
        return sum_of(f"{amount(note.tax_inclusive, currency)} {currency}")

    @admin.display(description="Received", ordering="created_at")
    def received(self, note: CreditNote) -> SafeString | str:
        return day(note.created_at)

    def facts(self, _request: HttpRequest, note: CreditNote) -> Facts:
        currency = note.invoice.currency
        return (
            ("Invoice", to(note.invoice)),
            ("Of the whole", "yes" if note.whole else "no"),
            ("Revision it made", note.invoice_revision),
            ("Vendor", to(note.vendor)),
            ("Vendor's number", note.vendor_number),
            ("Reason", note.reason),
            ("Issued", f"{note.issue_date:%-d %b %Y}"),
            ("Without tax", f"{amount(note.tax_exclusive, currency)} {currency}"),
            ("Tax", f"{amount(note.tax_total, currency)} {currency}"),
            ("With tax", f"{amount(note.tax_inclusive, currency)} {currency}"),
            ("Received", when(note.created_at)),
            ("Received by", who(note.created_by_session)),
            ("Id", code(note.public_id)),
        )

    def tables(self, _request: HttpRequest, note: CreditNote) -> Sequence[Table]:
        rows = [
            (
                row.line.line.line_no,
                row.line.line.description,
                f"{plain(row.quantity)} {row.line.line.uom}",
                amount(row.net, note.invoice.currency),
            )
            for row in note.lines.select_related("line__line")
        ]
        return (Table("What was taken back", LINE_HEAD, rows, "No lines."),)
