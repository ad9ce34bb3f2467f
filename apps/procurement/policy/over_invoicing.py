"""What may ever be invoiced of an order: beyond it, nothing is taken in (reference 2d no. 3)."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from apps.core.errors import FieldError, ValidationFailedError
from apps.procurement.errors import OverInvoiceError
from apps.procurement.models import PurchaseOrderLine, Tolerance
from apps.procurement.money import LIMIT, plain
from apps.procurement.policy.invoices import InvoicedLine
from apps.procurement.policy.receipts import MOST
from apps.procurement.policy.tolerances import tolerance_for, with_tolerance

COUNTABLE = MOST - Decimal("0.000001")


def invoice_cap(line: PurchaseOrderLine, tolerance: Tolerance) -> Decimal:
    """What was ordered and its tolerance, and whatever was accepted, should the tolerance have
    been lowered since; never more than a line can count.
    """
    ordered = with_tolerance(line.quantity, tolerance.over_receipt_percent)
    return min(max(ordered, line.quantity_accepted), COUNTABLE)


def check_cap(
    invoiced: Sequence[InvoicedLine],
    lines: Mapping[int, PurchaseOrderLine],
    known: Iterable[Tolerance],
) -> None:
    """Invoiced before and now, at most the cap, exactly. ``lines`` are the order's, by number, with
    what was invoiced before. Raises OverInvoiceError.
    """
    known = list(known)
    faults, told = [], []
    for place, line in enumerate(invoiced):
        ordered = lines[line.line_no]
        cap = invoice_cap(ordered, tolerance_for(ordered.category, known))
        if ordered.quantity_invoiced + line.quantity > cap:
            faults.append(FieldError(f"/lines/{place}/quantity", "over-invoice", _detail(ordered)))
            told.append(_told(ordered))
    if faults:
        raise OverInvoiceError(
            "See lines for what was ordered and invoiced.", errors=faults, extra={"lines": told}
        )


def check_amounts(
    invoiced: Sequence[InvoicedLine],
    nets: Iterable[Decimal],
    lines: Mapping[int, PurchaseOrderLine],
) -> None:
    """What a line counts of money stays within what can be counted. Raises
    ValidationFailedError.
    """
    faults = [
        FieldError(f"/lines/{place}", "too-large", "The line's invoices would be too large.")
        for place, (line, net) in enumerate(zip(invoiced, nets, strict=True))
        if lines[line.line_no].amount_invoiced + net >= LIMIT
    ]
    if faults:
        raise ValidationFailedError("See errors for what to mend.", errors=faults)


def _detail(line: PurchaseOrderLine) -> str:
    ordered, invoiced = plain(line.quantity), plain(line.quantity_invoiced)
    return f"Of this line, {ordered} {line.uom} were ordered and {invoiced} invoiced already."


def _told(line: PurchaseOrderLine) -> dict[str, Any]:
    """Read by a vendor, so without the tolerance, which is the buyer's business."""
    return {
        "line_no": line.line_no,
        "ordered": plain(line.quantity),
        "accepted": plain(line.quantity_accepted),
        "invoiced": plain(line.quantity_invoiced),
    }
