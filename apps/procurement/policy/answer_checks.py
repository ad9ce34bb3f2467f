"""Whether a vendor's answer agrees with itself (codes of Peppol's order response)."""

from collections.abc import Iterator, Mapping

from apps.core.errors import FieldError, ValidationFailedError
from apps.procurement.models import PurchaseOrderLine
from apps.procurement.policy.drafts import Answer, LineAnswer
from apps.procurement.policy.units import check_units
from apps.procurement.states import LineResponse, Response

AS_ORDERED = frozenset({LineResponse.ACCEPTED, LineResponse.ALREADY_DELIVERED})


def check_agreement(answer: Answer, ordered: Mapping[int, PurchaseOrderLine]) -> None:
    """AP (accepted) takes every line as it was ordered, RE (rejected) none, and CA (accepted with
    change) leaves a line out or changes it. Another quantity or price than what was ordered is
    promised with code 3 (changed) only, and quantities are of their unit.

    Raises ValidationFailedError and UnitNotAllowedError.
    """
    faults = []
    for place, line in enumerate(answer.lines):
        here = f"/lines/{place}"
        if answer.response == Response.AP and line.code not in AS_ORDERED:
            detail = "AP accepts every line; answer CA where something is to change."
            faults.append(FieldError(f"{here}/code", "not-accepting", detail))
        if answer.response == Response.RE and line.code != LineResponse.NOT_ACCEPTED:
            detail = "RE takes no line; answer CA where some are accepted."
            faults.append(FieldError(f"{here}/code", "not-rejecting", detail))
        faults += _silent_changes(line, ordered[line.line_no], here)
    if answer.response == Response.CA and not (faults or _changes(answer, ordered)):
        detail = "CA changes a line (code 3) or leaves one out (7); to accept all, answer AP."
        faults.append(FieldError("/response", "nothing-changed", detail))
    if faults:
        raise ValidationFailedError("The answer does not agree with itself.", errors=faults)
    check_units(
        (f"/lines/{place}", ordered[line.line_no].uom, line.promised_quantity)
        for place, line in enumerate(answer.lines)
        if line.promised_quantity is not None
    )


def _changes(answer: Answer, ordered: Mapping[int, PurchaseOrderLine]) -> bool:
    """Whether the order would say something else."""
    return any(
        line.code == LineResponse.NOT_ACCEPTED
        or (line.code == LineResponse.CHANGED and _differs(line, ordered[line.line_no]))
        for line in answer.lines
    )


def _differs(line: LineAnswer, row: PurchaseOrderLine) -> bool:
    promised = (
        (line.promised_quantity, row.quantity),
        (line.promised_price, row.unit_price),
        (line.promised_date, row.need_by),
    )
    return any(said is not None and said != agreed for said, agreed in promised)


def _silent_changes(line: LineAnswer, row: PurchaseOrderLine, here: str) -> Iterator[FieldError]:
    if line.code not in AS_ORDERED:
        return
    promised = {
        "promised_quantity": (line.promised_quantity, row.quantity),
        "promised_price": (line.promised_price, row.unit_price),
    }
    for name, (said, agreed) in promised.items():
        if said is not None and said != agreed:
            detail = "This is not what was ordered: answer the line with code 3."
            yield FieldError(f"{here}/{name}", "not-as-ordered", detail)
