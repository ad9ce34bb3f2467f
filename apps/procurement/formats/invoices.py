"""Invoices."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.urls import reverse

from apps.core.actor import Actor
from apps.core.ids import encode_id
from apps.partners.models import Partner, PartnerBankAccount
from apps.procurement.formats.orders import order_path
from apps.procurement.formats.times import instant
from apps.procurement.models import Invoice, InvoiceLine, MatchException, PurchaseOrder
from apps.procurement.money import PRICE_DECIMALS, amount, plain
from apps.procurement.states import InvoiceStatus
from apps.projects.models import Project

# What the buyer may do next, as far as the status goes; rights are another matter.
NEXT = {
    InvoiceStatus.MATCHED: ("match", "approve", "reject"),
    InvoiceStatus.EXCEPTION: ("match", "approve", "reject"),
    InvoiceStatus.APPROVED: ("pay",),
}


def invoice_path(invoice_id: str) -> str:
    return f"{reverse('api:invoices')}/{invoice_id}"


def invoice_body(invoice: Invoice, actor: Actor) -> dict[str, Any]:
    """Wants an invoice read by selectors.invoices."""
    order_id = encode_id(PurchaseOrder.id_prefix, invoice.order_id)
    lines, currency = list(invoice.lines.all()), invoice.currency
    account = invoice.bank_account_id
    return {
        "id": invoice.public_id,
        "number": invoice.number,
        "status": invoice.status,
        "revision": invoice.revision,
        "purchase_order": order_id,
        "project": encode_id(Project.id_prefix, invoice.project_id),
        "vendor": encode_id(Partner.id_prefix, invoice.vendor_id),
        "vendor_number": invoice.vendor_number,
        "type": invoice.document_type,
        "issue_date": invoice.issue_date.isoformat(),
        "due_date": invoice.due_date.isoformat() if invoice.due_date else None,
        "currency": currency,
        "note": invoice.note,
        "bank_account": account and encode_id(PartnerBankAccount.id_prefix, account),
        "allowances": _amounts(invoice.allowances, currency),
        "charges": _amounts(invoice.charges, currency),
        "lines": [_line(line, currency) for line in lines],
        "totals": _totals(invoice),
        "credited": amount(invoice.credited_total, currency),
        "payable": amount(invoice.payable, currency),
        "refundable": amount(invoice.refundable, currency),
        "exceptions": _exceptions(invoice, lines),
        "rejection_reason": invoice.rejection_reason,
        "payment_reference": invoice.payment_reference,
        "paid_to": invoice.paid_to_id
        and encode_id(PartnerBankAccount.id_prefix, invoice.paid_to_id),
        "created_at": instant(invoice.created_at),
        "updated_at": instant(invoice.updated_at),
        "approved_at": instant(invoice.approved_at),
        "rejected_at": instant(invoice.rejected_at),
        "paid_at": instant(invoice.paid_at),
        "links": _links(invoice, order_id, actor),
    }


def exception_brief(exception: MatchException, line_no: int | None) -> dict[str, Any]:
    """In what the invoice differs from what was agreed, and whether that was resolved. What a
    tolerance lets pass is left out: vendors read it too.
    """
    return {
        "id": exception.public_id,
        "line_no": line_no,
        "kind": exception.kind,
        "part": exception.part,
        "expected": exception.expected,
        "actual": exception.actual,
        "resolution": exception.resolution or None,
    }


def _exceptions(invoice: Invoice, lines: Iterable[InvoiceLine]) -> list[dict[str, Any]]:
    numbers = {line.pk: line.line.line_no for line in lines}
    return [
        exception_brief(one, numbers[one.line_id] if one.line_id else None)
        for one in invoice.exceptions.all()
    ]


def _line(line: InvoiceLine, currency: str) -> dict[str, Any]:
    return {
        "line_no": line.line.line_no,
        "quantity": plain(line.quantity),
        "unit_price": plain(line.unit_price, places=PRICE_DECIMALS),
        "price_base_quantity": plain(line.price_base_quantity),
        "allowances": _amounts(line.allowances, currency),
        "charges": _amounts(line.charges, currency),
        "net": amount(line.net, currency),
        "tax": {"category": line.tax_category, "rate": plain(line.tax_rate)},
        "quantity_credited": plain(line.quantity_credited),
        "amount_credited": amount(line.amount_credited, currency),
    }


def _amounts(adjustments: Iterable[dict[str, Any]], currency: str) -> list[dict[str, Any]]:
    """As they were posted, with the currency's decimals."""
    return [{**one, "amount": amount(Decimal(one["amount"]), currency)} for one in adjustments]


def _totals(invoice: Invoice) -> dict[str, Any]:
    currency = invoice.currency
    return {
        "lines_net": amount(invoice.lines_net, currency),
        "allowances": amount(invoice.allowances_total, currency),
        "charges": amount(invoice.charges_total, currency),
        "tax_exclusive": amount(invoice.tax_exclusive, currency),
        "tax": amount(invoice.tax_total, currency),
        "tax_inclusive": amount(invoice.tax_inclusive, currency),
        "by_tax": [
            {
                "category": row.category,
                "rate": plain(row.rate),
                "taxable": amount(row.taxable, currency),
                "tax": amount(row.tax, currency),
            }
            for row in invoice.taxes.all()
        ],
    }


def _links(invoice: Invoice, order_id: str, actor: Actor) -> dict[str, str]:
    path = invoice_path(invoice.public_id)
    acts = () if actor.acts_for_vendor else NEXT.get(InvoiceStatus(invoice.status), ())
    return {
        "self": path,
        "purchase_order": order_path(order_id),
        **{name: f"{path}/{name}" for name in ("exceptions", "credit-notes", *acts)},
    }
