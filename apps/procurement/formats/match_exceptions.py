"""Differences between an invoice and what it was compared with."""

from typing import Any

from apps.core.actor import Actor
from apps.procurement.formats.invoices import exception_brief
from apps.procurement.formats.times import instant
from apps.procurement.models import Invoice, MatchException


def exception_body(exception: MatchException, invoice: Invoice, actor: Actor) -> dict[str, Any]:
    """What the buyer's tolerance lets pass and what it said to it are for its own side only. Wants
    an exception read by selectors.invoices.
    """
    line_no = exception.line.line.line_no if exception.line else None
    body = {
        **exception_brief(exception, line_no),
        "invoice": invoice.public_id,
        "revision": exception.revision,
        "created_at": instant(exception.created_at),
        "updated_at": instant(exception.updated_at),
        "resolved_at": instant(exception.resolved_at),
    }
    if actor.acts_for_vendor:
        return body
    return {**body, "allowed": exception.allowed, "note": exception.note}
