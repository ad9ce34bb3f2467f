"""Where acts leave things, for the API's description: the answer to each act, by its name."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse

from apps.procurement.rest import examples, invoice_examples, receipts, shipments
from apps.procurement.rest.bodies import OrderBody
from apps.procurement.rest.change_bodies import ChangeBody
from apps.procurement.rest.invoice_bodies import ExceptionBody, InvoiceBody
from apps.procurement.states import ChangeStatus, InvoiceStatus, OrderStatus

THEN = "2026-11-20T10:00:00Z"


def answered(shape: type[Any], name: str, value: dict[str, Any]) -> OpenApiResponse:
    """An answer with an example of its own instead of the shape's."""
    return OpenApiResponse(shape, examples=[OpenApiExample(name, value=value, response_only=True)])


def _order(status: OrderStatus, revision: int, *acts: str, **changes: Any) -> OpenApiResponse:  # noqa: ANN401 -- JSON values
    path = examples.PATH
    value = {
        **examples.DRAFTED,
        "status": status.value,
        "revision": revision,
        "updated_at": THEN,
        "links": {"self": path, **{act: f"{path}/{act}" for act in acts}},
        **changes,
    }
    return answered(OrderBody, status.label, value)


def _invoice(status: InvoiceStatus, *acts: str, **changes: Any) -> OpenApiResponse:  # noqa: ANN401 -- as above
    path, before = invoice_examples.PATH, invoice_examples.SUBMITTED
    kept = ("self", "purchase_order", "exceptions", "credit-notes")
    value = {
        **before,
        "status": status.value,
        "revision": before["revision"] + 1,
        "updated_at": THEN,
        "links": {
            **{name: before["links"][name] for name in kept},
            **{act: f"{path}/{act}" for act in acts},
        },
        **changes,
    }
    return answered(InvoiceBody, status.label, value)


def _change(status: ChangeStatus, *acts: str, **changes: Any) -> OpenApiResponse:  # noqa: ANN401 -- as above
    before = examples.PROPOSED
    links = {name: before["links"][name] for name in ("self", "purchase_order")}
    value = {
        **before,
        "status": status.value,
        "revision": 2,
        "updated_at": THEN,
        "links": {**links, **{act: f"{links['self']}/{act}" for act in acts}},
        **changes,
    }
    return answered(ChangeBody, status.label, value)


_RUNNING = ("acknowledgements", "changes", "cancel", "close")
_ISSUED = {"issued_at": THEN}
_SETTLED = [{**invoice_examples.SUBMITTED["exceptions"][0], "resolution": "accepted"}]
_PASSED = {"exceptions": _SETTLED, "approved_at": THEN}
ORDER_ANSWERS = {
    "submit": _order(OrderStatus.APPROVED, 2, "issue", "cancel"),
    "approve": _order(OrderStatus.APPROVED, 3, "issue", "cancel"),
    "reject": _order(OrderStatus.DRAFT, 3, "submit", "cancel"),
    "issue": _order(OrderStatus.ISSUED, 3, *_RUNNING, **_ISSUED),
    "cancel": _order(OrderStatus.CANCELLED, 4, **_ISSUED),
    "close": _order(OrderStatus.CLOSED, 5, **_ISSUED),
    "hold": _order(OrderStatus.ISSUED, 4, *_RUNNING, **_ISSUED, holds=["buyer_hold"]),
    "release": _order(OrderStatus.ISSUED, 5, *_RUNNING, **_ISSUED),
}
INVOICE_ANSWERS = {
    "match": _invoice(InvoiceStatus.MATCHED, "match", "approve", "reject", exceptions=[]),
    "approve": _invoice(InvoiceStatus.APPROVED, "pay", **_PASSED),
    "reject": _invoice(InvoiceStatus.REJECTED, rejected_at=THEN, rejection_reason="Not ours"),
    "pay": _invoice(InvoiceStatus.PAID, **_PASSED, paid_at=THEN, payment_reference="PAY-2026-118"),
}
CHANGE_ANSWERS = {
    "approve": _change(
        ChangeStatus.PROPOSED,
        "accept", "refuse", exceeds=["amount"], approved_at=THEN,
    ),
    "accept": _change(ChangeStatus.ACCEPTED, decided_at=THEN, resulting_revision=4),
    "refuse": _change(ChangeStatus.REFUSED, decided_at=THEN, decision_reason="Too late"),
    "withdraw": _change(ChangeStatus.WITHDRAWN, decided_at=THEN),
}  # fmt: skip
RESOLVED = answered(
    ExceptionBody,
    "Accepted",
    {
        **invoice_examples.EXCEPTION,
        **invoice_examples.SETTLED,
        "revision": 2,
        "updated_at": THEN,
        "resolved_at": THEN,
    },
)
WITHDRAWN = answered(
    shipments.ShipmentBody,
    "Withdrawn",
    {
        **shipments.ANNOUNCED,
        "status": "withdrawn",
        "revision": 2,
        "updated_at": "2026-11-28T15:00:00Z",
        "withdrawn_at": "2026-11-28T15:00:00Z",
        "withdrawal_reason": "The truck broke down",
        "links": {name: shipments.ANNOUNCED["links"][name] for name in ("self", "purchase_order")},
    },
)
_REVERSAL = "rcp_01J8Z3K4M5N6P7Q8R9S0T1V2W4"
REVERSED = answered(
    receipts.ReceiptBody,
    "The reversal",
    {
        **receipts.POSTED,
        "id": _REVERSAL,
        "number": "RCP-2026-000043",
        "order_revision": 6,
        "status": "reversal",
        "reversal_of": receipts.POSTED["id"],
        "lines": [{"line_no": 1, "quantity": "-20", "rejected": "-2", "reason": "wet"}],
        "note": "",
        "reason": "As agreed by phone",
        "posted_at": "2026-12-01T10:00:00Z",
        "effective_at": "2026-12-01T09:30:00Z",
        "links": {
            "self": f"/api/v1/receipts/{_REVERSAL}",
            "purchase_order": receipts.POSTED["links"]["purchase_order"],
        },
    },
)
