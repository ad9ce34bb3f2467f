"""A vendor's answers."""

from typing import Any

from apps.procurement.formats.orders import order_path
from apps.procurement.formats.times import instant
from apps.procurement.models import Acknowledgement, AcknowledgementLine
from apps.procurement.money import PRICE_DECIMALS, plain
from apps.procurement.states import MOVES, RESPONSE_ACTS, OrderStatus


def acknowledgement_path(acknowledgement: Acknowledgement) -> str:
    order = order_path(acknowledgement.order.public_id)
    return f"{order}/acknowledgements/{acknowledgement.public_id}"


def acknowledgement_body(acknowledgement: Acknowledgement) -> dict[str, Any]:
    """``order_status`` is where the answer left the order. Wants an answer read by
    selectors.orders.
    """
    change = getattr(acknowledgement, "change", None)
    return {
        "id": acknowledgement.public_id,
        "purchase_order": acknowledgement.order.public_id,
        "response": acknowledgement.response,
        "reason": acknowledgement.reason,
        "lines": [_answer(line) for line in acknowledgement.lines.all()],
        "order_status": MOVES[OrderStatus.ISSUED][RESPONSE_ACTS[acknowledgement.response]],
        "order_revision": acknowledgement.order_revision,
        "change": change.public_id if change else None,
        "at": instant(acknowledgement.at),
    }


def _answer(line: AcknowledgementLine) -> dict[str, Any]:
    return {
        "line_no": line.line.line_no,
        "code": line.code,
        "promised_quantity": None
        if line.promised_quantity is None
        else plain(line.promised_quantity),
        "promised_price": None
        if line.promised_price is None
        else plain(line.promised_price, places=PRICE_DECIMALS),
        "promised_date": line.promised_date.isoformat() if line.promised_date else None,
    }
