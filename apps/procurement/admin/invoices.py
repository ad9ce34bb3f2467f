"""Invoices as staff see them, with what does not match and what may be done."""

from collections.abc import Sequence
from decimal import Decimal

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.identity.admin.cells import EMPTY, code, day, link, record_url, sum_of, tag, to, when
from apps.identity.admin.records import Facts, Table
from apps.identity.admin.trail import trail_table
from apps.oauth.admin.who import who
from apps.procurement.admin.adjustments import adjustments
from apps.procurement.admin.invoice_acts import INVOICE_ACTS, left_to_pay
from apps.procurement.admin.match_exceptions import part_of
from apps.procurement.admin.queues import InvoicesWaiting
from apps.procurement.admin.seen_with_orders import SeenWithOrders
from apps.procurement.models import Invoice
from apps.procurement.money import amount, plain

LINE_HEAD = ("Line", "What", "Quantity", "Price", "Tax", "Net", "Credited")
TAX_HEAD = ("Category", "Rate", "Taxed", "Tax")
EXCEPTION_HEAD = ("What", "Part", "Expected", "Claimed", "Allowed", "Resolution")
CREDIT_HEAD = ("Credit note", "Vendor's number", "Reason", "With tax", "Received")


@admin.register(Invoice)
class InvoiceAdmin(SeenWithOrders[Invoice]):
    list_display = ("number", "vendor", "total", "state", "vendor_number", "order", "issued")
    list_filter = (InvoicesWaiting, "status", "buyer_entity", "currency")
    list_select_related = ("vendor", "order")
    search_fields = ("number", "vendor_number", "order__number", "vendor__name")
    date_hierarchy = "issue_date"
    acts = INVOICE_ACTS
    empty_hint = "No invoice yet. Vendors send them over the API, with invoices:submit."

    @admin.display(description="Status", ordering="status")
    def state(self, invoice: Invoice) -> SafeString:
        return tag(invoice.status)

    @admin.display(description="With tax", ordering="tax_inclusive")
    def total(self, invoice: Invoice) -> SafeString:
        return sum_of(_money(invoice.tax_inclusive, invoice))

    @admin.display(description="Issued", ordering="issue_date")
    def issued(self, invoice: Invoice) -> SafeString | str:
        return day(invoice.issue_date)

    def facts(self, _request: HttpRequest, invoice: Invoice) -> Facts:
        return (
            ("Status", tag(invoice.status)),
            ("Left to pay", left_to_pay(invoice)),
            ("Vendor", to(invoice.vendor)),
            ("Vendor's number", invoice.vendor_number),
            ("Type", invoice.get_document_type_display()),
            ("Order", to(invoice.order)),
            ("Project", to(invoice.project)),
            ("Issued", f"{invoice.issue_date:%-d %b %Y}"),
            ("Due", f"{invoice.due_date:%-d %b %Y}" if invoice.due_date else EMPTY),
            ("Bank account", str(invoice.bank_account or EMPTY)),
            ("Paid to", str(invoice.paid_to or EMPTY)),
            ("To be refunded", _money(invoice.refundable, invoice)),
            ("Lines", _money(invoice.lines_net, invoice)),
            ("Allowances", _money(invoice.allowances_total, invoice)),
            ("Charges", _money(invoice.charges_total, invoice)),
            ("Without tax", _money(invoice.tax_exclusive, invoice)),
            ("Tax", _money(invoice.tax_total, invoice)),
            ("With tax", _money(invoice.tax_inclusive, invoice)),
            ("Credited", _money(invoice.credited_total, invoice)),
            ("Note", invoice.note or EMPTY),
            ("Received", when(invoice.created_at)),
            ("Received by", who(invoice.created_by_session)),
            ("Approved", when(invoice.approved_at)),
            ("Approved by", who(invoice.approved_by_session)),
            ("Turned down", when(invoice.rejected_at)),
            ("Turned down by", who(invoice.rejected_by_session)),
            ("Why", invoice.rejection_reason or EMPTY),
            ("Paid", when(invoice.paid_at)),
            ("Paid by", who(invoice.paid_by_session)),
            ("Payment", invoice.payment_reference or EMPTY),
            ("Id", code(invoice.public_id)),
        )

    def tables(self, request: HttpRequest, invoice: Invoice) -> Sequence[Table]:
        return (
            _exceptions(invoice),
            _lines(invoice),
            adjustments(invoice),
            _taxes(invoice),
            _credits(invoice),
            *trail_table(request, invoice.public_id),
        )


def _money(value: Decimal, invoice: Invoice) -> str:
    return f"{amount(value, invoice.currency)} {invoice.currency}"


def _exceptions(invoice: Invoice) -> Table:
    rows = [
        (
            link(one.get_kind_display(), record_url(one)),
            part_of(one),
            one.expected or EMPTY,
            one.actual,
            one.allowed or EMPTY,
            tag(one.resolution or "open"),
        )
        for one in invoice.exceptions.select_related("line__line")
    ]
    return Table("What does not match", EXCEPTION_HEAD, rows, "Everything matches.")


def _lines(invoice: Invoice) -> Table:
    rows = [
        (
            row.line.line_no,
            row.line.description,
            f"{plain(row.quantity)} {row.line.uom}",
            f"{plain(row.unit_price, places=2)} per {plain(row.price_base_quantity)}",
            f"{row.tax_category} {plain(row.tax_rate)} %",
            amount(row.net, invoice.currency),
            amount(row.amount_credited, invoice.currency),
        )
        for row in invoice.lines.select_related("line")
    ]
    return Table("What is claimed", LINE_HEAD, rows, "No lines.")


def _taxes(invoice: Invoice) -> Table:
    rows = [
        (
            row.category,
            f"{plain(row.rate)} %",
            amount(row.taxable, invoice.currency),
            amount(row.tax, invoice.currency),
        )
        for row in invoice.taxes.all()
    ]
    return Table("Tax", TAX_HEAD, rows, "No tax.")


def _credits(invoice: Invoice) -> Table:
    rows = [
        (
            link(note.number, record_url(note)),
            note.vendor_number,
            note.reason,
            amount(note.tax_inclusive, invoice.currency),
            when(note.created_at),
        )
        for note in invoice.credit_notes.all()
    ]
    return Table("What was credited", CREDIT_HEAD, rows, "Nothing was credited.")
