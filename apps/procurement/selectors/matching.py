"""What was invoiced before an invoice, and what looks like it. An invoice counts after those that
were submitted before it, so that it does not come into dispute for what others claim later.
"""

from decimal import Decimal

from django.db.models import F, QuerySet, Sum

from apps.procurement.models import Invoice, InvoiceLine
from apps.procurement.states import VOIDED

ZERO = Decimal(0)


def _earlier(invoice: Invoice) -> QuerySet[Invoice]:
    """Those of the order that count and were submitted before."""
    others = Invoice.objects.filter(
        order_id=invoice.order_id, order_revision__lt=invoice.order_revision
    )
    return others.exclude(status__in=VOIDED)


def claimed_before(invoice: Invoice) -> dict[int, tuple[Decimal, Decimal]]:
    """By the order's line: quantity and money that earlier invoices claim."""
    rows = InvoiceLine.objects.filter(invoice__in=_earlier(invoice)).order_by()
    summed = rows.values("line_id").annotate(
        quantity_before=Sum(F("quantity") - F("quantity_credited")),
        money_before=Sum(F("net") - F("amount_credited")),
    )
    return {row["line_id"]: (row["quantity_before"], row["money_before"]) for row in summed}


def totals_before(invoice: Invoice) -> tuple[Decimal, Decimal]:
    """What earlier invoices come to without tax, and what of it they add to the whole. A credit
    note on a part takes back of lines only, so charges stay until their invoice is void.
    """
    summed = _earlier(invoice).aggregate(
        total=Sum(F("tax_exclusive") - F("credited_exclusive"), default=ZERO),
        charged=Sum("charges_total", default=ZERO),
    )
    return summed["total"], summed["charged"]


def alike(invoice: Invoice) -> str:
    """The number of an earlier invoice of the vendor's with the same amount and date (2d no. 8)."""
    others = Invoice.objects.filter(
        vendor_id=invoice.vendor_id,
        buyer_entity_id=invoice.buyer_entity_id,
        issue_date=invoice.issue_date,
        currency=invoice.currency,
        tax_inclusive=invoice.tax_inclusive,
        pk__lt=invoice.pk,
    )
    standing = others.exclude(status__in=VOIDED).order_by("id")
    return standing.values_list("number", flat=True).first() or ""
