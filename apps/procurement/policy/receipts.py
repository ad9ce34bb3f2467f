"""What may be received of an order (reference 2d no. 2)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apps.core.errors import FieldError, ValidationFailedError
from apps.procurement.errors import OverReceiptError
from apps.procurement.models import PurchaseOrderLine, Tolerance
from apps.procurement.money import plain
from apps.procurement.policy.numbering import numbering_faults
from apps.procurement.policy.tolerances import tolerance_for, with_tolerance
from apps.procurement.policy.units import check_units

ZERO = Decimal(0)
MOST = Decimal(10) ** 13  # What a line counts has 13 digits before the point.


@dataclass(frozen=True, kw_only=True)
class ReceivedLine:
    """How much of a line came, and how much of that was turned away and why."""

    line_no: int
    quantity: Decimal
    rejected: Decimal = ZERO
    reason: str = ""

    @property
    def accepted(self) -> Decimal:
        return self.quantity - self.rejected


@dataclass(frozen=True, kw_only=True)
class ReceiptDraft:
    """A receipt as it is posted; order and shipment by their public ids."""

    purchase_order: str
    lines: Sequence[ReceivedLine]
    shipment: str = ""
    note: str = ""


def check_receipt(
    received: Sequence[ReceivedLine],
    lines: Mapping[int, PurchaseOrderLine],
    known: Iterable[Tolerance],
) -> None:
    """``lines`` are the order's, by number, with what was received before; ``known`` the
    tolerances of its buyer. Raises ValidationFailedError, OverReceiptError and
    UnitNotAllowedError, each with every fault of its kind.
    """
    faults = [*numbering_faults((line.line_no for line in received), lines)]
    for place, line in enumerate(received):
        faults += _quantity_faults(line, f"/lines/{place}")
    if faults:
        raise ValidationFailedError("See errors for what to mend.", errors=faults)
    _check_cap(received, lines, list(known))
    units: list[tuple[str, str, Decimal]] = []
    for place, line in enumerate(received):
        uom = lines[line.line_no].uom
        units += [(f"/lines/{place}", uom, line.quantity), (f"/lines/{place}", uom, line.rejected)]
    check_units(units)


def _quantity_faults(line: ReceivedLine, pointer: str) -> Iterator[FieldError]:
    if line.quantity <= 0:
        yield FieldError(f"{pointer}/quantity", "not-positive", "Receive more than nothing.")
    elif not 0 <= line.rejected <= line.quantity:
        detail = "At most what came can be turned away."
        yield FieldError(f"{pointer}/rejected", "out-of-range", detail)
    elif line.reason and not line.rejected:
        detail = "A reason says why something was turned away."
        yield FieldError(f"{pointer}/reason", "nothing-rejected", detail)


def _check_cap(
    received: Sequence[ReceivedLine],
    lines: Mapping[int, PurchaseOrderLine],
    known: Sequence[Tolerance],
) -> None:
    """Accepted so far and now, at most what was ordered and its tolerance, exactly: what was
    turned away may be delivered again.
    """
    faults, told = [], []
    for place, line in enumerate(received):
        ordered = lines[line.line_no]
        percent = tolerance_for(ordered.category, known).over_receipt_percent
        allowed = with_tolerance(ordered.quantity, percent)
        over = ordered.quantity_accepted + line.accepted > allowed
        if over or ordered.quantity_received + line.quantity >= MOST:
            remaining = max(allowed - ordered.quantity_accepted, ZERO)
            detail = f"Of this line, {plain(remaining)} {ordered.uom} may still be received."
            faults.append(FieldError(f"/lines/{place}/quantity", "over-receipt", detail))
            told.append(_told(ordered, percent, allowed, remaining))
    if faults:
        raise OverReceiptError(
            "See lines for what may still be received.", errors=faults, extra={"lines": told}
        )


def _told(
    line: PurchaseOrderLine, percent: Decimal, allowed: Decimal, remaining: Decimal
) -> dict[str, Any]:
    return {
        "line_no": line.line_no,
        "ordered": plain(line.quantity),
        "received": plain(line.quantity_accepted),
        "tolerance_percent": plain(percent),
        "allowed": plain(allowed),
        "remaining": plain(remaining),
    }
