"""Credit notes."""

from typing import Any

from apps.procurement.formats.invoices import invoice_path
from apps.procurement.formats.times import instant
from apps.procurement.models import CreditNote, Invoice
from apps.procurement.money import amount, plain

TYPE = "381"  # UNTDID 1001


def credit_note_path(note: CreditNote, invoice: Invoice) -> str:
    return f"{invoice_path(invoice.public_id)}/credit-notes/{note.public_id}"


def credit_note_body(note: CreditNote, invoice: Invoice) -> dict[str, Any]:
    """Wants a credit note read by selectors.invoices."""
    currency = invoice.currency
    return {
        "id": note.public_id,
        "number": note.number,
        "vendor_number": note.vendor_number,
        "type": TYPE,
        "invoice": invoice.public_id,
        "invoice_revision": note.invoice_revision,
        "issue_date": note.issue_date.isoformat(),
        "reason": note.reason,
        "currency": currency,
        "whole": note.whole,
        "lines": [
            {
                "line_no": row.line.line.line_no,
                "quantity": plain(row.quantity),
                "net": amount(row.net, currency),
            }
            for row in note.lines.all()
        ],
        "totals": {
            "lines_net": amount(note.lines_net, currency),
            "tax_exclusive": amount(note.tax_exclusive, currency),
            "tax": amount(note.tax_total, currency),
            "tax_inclusive": amount(note.tax_inclusive, currency),
            "by_tax": [
                {
                    "category": row.category,
                    "rate": plain(row.rate),
                    "taxable": amount(row.taxable, currency),
                    "tax": amount(row.tax, currency),
                }
                for row in note.taxes.all()
            ],
        },
        "refundable": amount(note.refundable, currency),
        "created_at": instant(note.created_at),
        "links": {
            "self": credit_note_path(note, invoice),
            "invoice": invoice_path(invoice.public_id),
        },
    }
