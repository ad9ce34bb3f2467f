"""What of an order was approved, and who asked for it and so does not approve it."""

import uuid
from typing import Any

from apps.core.ids import encode_id
from apps.identity.models import User
from apps.procurement.models import OrderChange, OrderRevision, PurchaseOrder, RevisionAct
from apps.procurement.states import Side

AUTHORING = (RevisionAct.CREATE, RevisionAct.UPDATE, RevisionAct.SUBMIT)


def approved_content(order: PurchaseOrder) -> dict[str, Any]:
    """What the order said when it was last approved, from the revision that the approval is bound
    to. Wants an order that was approved.
    """
    bound_to = OrderRevision.objects.filter(order=order, content_sha256=order.approved_hash)
    content: dict[str, Any] = bound_to.values_list("content", flat=True).order_by("revision")[0]
    return content


def requesters_of(order: PurchaseOrder) -> tuple[set[str], set[uuid.UUID]]:
    """Whoever wrote or submitted the order, and the sessions they did it in."""
    rows = OrderRevision.objects.filter(order=order, act__in=AUTHORING).values_list(
        "subject", "session_id"
    )
    subjects, sessions = set(), set()
    for subject, session_id in rows:
        subjects.add(subject)
        sessions.add(session_id)
    return subjects, sessions


def requesters_of_change(change: OrderChange) -> tuple[set[str], set[uuid.UUID]]:
    """Those of the order, and whoever of the buyer's proposed the change."""
    subjects, sessions = requesters_of(change.order)
    if change.proposed_by == Side.BUYER:
        session = change.created_by_session
        sessions.add(session.pk)
        if session.user_id is not None:
            subjects.add(encode_id(User.id_prefix, session.user_id))
    return subjects, sessions
