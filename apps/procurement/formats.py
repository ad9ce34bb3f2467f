"""Orders, answers and traces as the API and the commands show them."""

from datetime import UTC, datetime
from typing import Any

from django.urls import reverse

from apps.oauth.models import TokenSession
from apps.procurement.models import Acknowledgement, AcknowledgementLine, PurchaseOrder
from apps.procurement.money import plain
from apps.procurement.selectors.documents import order_content
from apps.procurement.selectors.trace import TracedRevision
from apps.procurement.states import OrderStatus

# What may be done next, as far as the status goes; rights are another matter.
NEXT = {
    OrderStatus.DRAFT: ("submit",),
    OrderStatus.APPROVED: ("issue",),
    OrderStatus.ISSUED: ("acknowledgements",),
}
HOLDS = ("buyer_hold", "vendor_hold", "compliance_hold")


def instant(at: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def order_path(order_id: str) -> str:
    return f"{reverse('api:purchase-orders')}/{order_id}"


def order_body(order: PurchaseOrder) -> dict[str, Any]:
    """Wants an order read by selectors.orders."""
    content = order_content(order)
    path = order_path(order.public_id)
    return {
        "id": order.public_id,
        "number": content.pop("number"),
        "status": order.status,
        "revision": order.revision,
        **content,
        "receipt_status": "none",
        "billing_status": "none",
        "holds": [name for name in HOLDS if getattr(order, name)],
        "created_at": instant(order.created_at),
        "updated_at": instant(order.updated_at),
        "issued_at": instant(order.issued_at),
        "links": {
            "self": path,
            **{name: f"{path}/{name}" for name in NEXT.get(OrderStatus(order.status), ())},
        },
    }


def acknowledgement_body(acknowledgement: Acknowledgement) -> dict[str, Any]:
    """``order_status`` is where the order stands now."""
    return {
        "id": acknowledgement.public_id,
        "purchase_order": acknowledgement.order.public_id,
        "response": acknowledgement.response,
        "reason": acknowledgement.reason,
        "lines": [_answer(line) for line in acknowledgement.lines.all()],
        "order_status": acknowledgement.order.status,
        "order_revision": acknowledgement.order_revision,
        "at": instant(acknowledgement.at),
    }


def _answer(line: AcknowledgementLine) -> dict[str, Any]:
    return {
        "line_no": line.line.line_no,
        "code": line.code,
        "promised_quantity": None
        if line.promised_quantity is None
        else plain(line.promised_quantity),
        "promised_date": line.promised_date.isoformat() if line.promised_date else None,
    }


def traced_body(traced: TracedRevision) -> dict[str, Any]:
    """One revision: what was done, by what right, in which session, and the proof of it."""
    revision = traced.revision
    return {
        "order": revision.order.public_id,
        "number": revision.order.number,
        "revision": revision.revision,
        "act": revision.act,
        "status": revision.status,
        "at": instant(revision.at),
        "reason": revision.reason,
        "content_sha256": revision.content_sha256,
        "client_id": revision.client_id,
        "subject": revision.subject,
        "role": revision.role,
        "scopes_granted": revision.scopes_granted,
        "scopes_exercised": revision.scopes_exercised,
        "authorization_details_sha256": revision.authorization_details_sha256,
        "access_token_sha256": revision.access_token_sha256,
        "request_id": revision.request_id,
        "idempotency_key_sha256": revision.idempotency_key_sha256,
        "ip": revision.ip,
        "session": _session(revision.session),
        "event": revision.event.public_id,
        "proof": traced.proof.document() if traced.proof else None,
    }


def _session(session: TokenSession) -> dict[str, Any]:
    return {
        "id": session.public_id,
        "kind": session.kind,
        "client_id": session.client.client_id if session.client else None,
        "client": session.client.name if session.client else None,
        "subject": session.user.email if session.user else None,
        "scopes": session.scopes,
        "opened_at": instant(session.created_at),
        "ended_at": instant(session.ended_at),
        "end_reason": session.end_reason,
    }
