"""Which receipts can be reversed: once each, whole, and not below what was invoiced."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from apps.core.errors import ConflictError, InvalidTransitionError
from apps.procurement.models import PurchaseOrderLine, Receipt, ReceiptLine, Tolerance
from apps.procurement.money import plain
from apps.procurement.policy.tolerances import tolerance_for
from apps.procurement.states import ReceiptStatus


def require_posted(receipt: Receipt) -> None:
    """A receipt is reversed once, and a reversal never. Raises InvalidTransitionError."""
    if receipt.status != ReceiptStatus.POSTED:
        said = "reversed already" if receipt.status == ReceiptStatus.REVERSED else "a reversal"
        raise InvalidTransitionError(
            f"The receipt is {said}.",
            extra={"from": receipt.status, "to": ReceiptStatus.REVERSED.value, "allowed": []},
        )


def require_not_invoiced(
    taken: Iterable[ReceiptLine], lines: Mapping[int, PurchaseOrderLine], known: Iterable[Tolerance]
) -> None:
    """Where an invoice waits for what was accepted (three-way), no less than was invoiced may be
    left of it (reference 2d no. 3). ``lines`` by key. Raises ConflictError.
    """
    known = list(known)
    told = []
    for row in taken:
        line = lines[row.line_id]
        left = line.quantity_accepted - (row.quantity - row.rejected)
        if left < line.quantity_invoiced and not tolerance_for(line.category, known).two_way:
            told.append(_told(line, left))
    if told:
        raise ConflictError(
            "More was invoiced than would be left. Have the invoice credited first.",
            extra={"lines": told},
        )


def _told(line: PurchaseOrderLine, left: Decimal) -> dict[str, object]:
    return {
        "line_no": line.line_no,
        "invoiced": plain(line.quantity_invoiced),
        "accepted_after": plain(left),
    }
