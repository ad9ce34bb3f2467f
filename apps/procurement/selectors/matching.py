"""What was invoiced before an invoice, and what looks like it. An invoice counts after those that
were submitted before it, so that it does not come into dispute for what others claim later.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, QuerySet, Sum, Value
from django.db.models.functions import Greatest, Round

from apps.core.money import minor_units
from apps.procurement.models import Invoice, InvoiceLine, OrderAdjustment, PurchaseOrder
from apps.procurement.states import VOIDED, InvoiceStatus

ZERO = Decimal(0)
MONEY: "DecimalField[Decimal, Decimal]" = DecimalField(max_digits=19, decimal_places=4)


def _earlier(invoice: Invoice) -> QuerySet[Invoice]:
    """Those of the order that count and were submitted before."""
    others = Invoice.objects.filter(
        order_id=invoice.order_id, order_revision__lt=invoice.order_revision
    )
    return others.exclude(status__in=VOIDED)


@dataclass(frozen=True)
class LineBefore:
    """What earlier invoices claim of one of the order's lines; ``kept`` is what of the money is
    left though its pieces were credited.
    """

    quantity: Decimal = ZERO
    money: Decimal = ZERO
    kept: Decimal = ZERO


def claimed_before(invoice: Invoice) -> dict[int, LineBefore]:
    """By the order's line."""
    rows = InvoiceLine.objects.filter(invoice__in=_earlier(invoice)).order_by()
    quantity, money = F("quantity") - F("quantity_credited"), F("net") - F("amount_credited")
    beyond = Round(money - F("net") * quantity / F("quantity"), minor_units(invoice.currency))
    summed = rows.values("line_id").annotate(
        quantity_before=Sum(quantity),
        money_before=Sum(money),
        kept=Sum(Greatest(beyond, Value(ZERO), output_field=MONEY)),
    )
    return {
        row["line_id"]: LineBefore(row["quantity_before"], row["money_before"], row["kept"])
        for row in summed
    }


@dataclass(frozen=True)
class WholesBefore:
    """What earlier invoices come to without tax, and what they take off and add beside their
    lines, as their documents say.
    """

    total: Decimal
    allowances: list[dict[str, Any]]
    charges: list[dict[str, Any]]


def wholes_before(invoice: Invoice) -> WholesBefore:
    """A credit note on a part takes back of lines only, so charges and allowances stay until their
    invoice is void.
    """
    rows = _earlier(invoice).values_list(
        F("tax_exclusive") - F("credited_exclusive"), "allowances", "charges"
    )
    known = list(rows.order_by())
    return WholesBefore(
        total=sum((left for left, *_documents in known), ZERO),
        allowances=[one for _left, allowances, _charges in known for one in allowances],
        charges=[one for _left, _allowances, charges in known for one in charges],
    )


def agreed_adjustments(order: PurchaseOrder) -> list[OrderAdjustment]:
    """What is taken off or added to the whole of an order."""
    return list(OrderAdjustment.objects.filter(order=order, line=None))


def alike(invoice: Invoice) -> str:
    """The number of an earlier invoice of the vendor's with the same amount and date (2d no. 8).
    Beside a new one all are, whose clock so ever they were made by: it wants the lock of
    services.lookalikes.
    """
    others = Invoice.objects.filter(
        vendor_id=invoice.vendor_id,
        buyer_entity_id=invoice.buyer_entity_id,
        issue_date=invoice.issue_date,
        currency=invoice.currency,
        tax_inclusive=invoice.tax_inclusive,
    ).exclude(pk=invoice.pk)
    is_new = invoice.status == InvoiceStatus.RECEIVED
    before = others if is_new else others.filter(pk__lt=invoice.pk)
    standing = before.exclude(status__in=VOIDED).order_by("id")
    return standing.values_list("number", flat=True).first() or ""
