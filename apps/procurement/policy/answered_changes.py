"""The change that a vendor's answer asks for."""

from apps.procurement.policy.changes import ChangeDraft, LineChange
from apps.procurement.policy.drafts import Answer, LineAnswer
from apps.procurement.states import LineResponse


def change_in_answer(answer: Answer) -> ChangeDraft:
    """What a vendor that accepts with changes would have changed: the lines it answers with 3
    (changed), and the removal of those it does not accept (7). Every line of the answer has its
    place here, so that faults point into the answer.
    """
    return ChangeDraft(lines=tuple(map(_answered, answer.lines)), note=answer.reason)


def _answered(line: LineAnswer) -> LineChange:
    promised = {
        "quantity": line.promised_quantity,
        "unit_price": line.promised_price,
        "need_by": line.promised_date,
    }
    changed = line.code == LineResponse.CHANGED
    said = {name: value for name, value in promised.items() if changed and value is not None}
    if line.code == LineResponse.NOT_ACCEPTED or said.get("quantity") == 0:
        return LineChange(line_no=line.line_no, remove=True)
    return LineChange(line_no=line.line_no, fields=said)
