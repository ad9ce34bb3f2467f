"""Revisions of an order: what it said after each act."""

from collections.abc import Collection
from typing import Any

from apps.core.actor import Actor
from apps.procurement.formats.orders import order_path
from apps.procurement.formats.times import instant
from apps.procurement.models import OrderRevision, RevisionAct

CONTENT = "content"
# Why the buyer holds an order is not for the vendor.
KEPT_FROM_VENDOR = frozenset({RevisionAct.HOLD, RevisionAct.RELEASE})


def revision_path(order_id: str, revision: OrderRevision) -> str:
    return f"{order_path(order_id)}/revisions/{revision.public_id}"


def revision_body(
    revision: OrderRevision,
    actor: Actor,
    order_id: str,
    *,
    expand: Collection[str] = (),
) -> dict[str, Any]:
    """``content`` on demand; its hash always."""
    body: dict[str, Any] = {
        "id": revision.public_id,
        "purchase_order": order_id,
        "revision": revision.revision,
        "act": revision.act,
        "status": revision.status,
        "at": instant(revision.at),
        "reason": revision.reason,
        "content_sha256": revision.content_sha256,
    }
    if actor.acts_for_vendor and revision.act in KEPT_FROM_VENDOR:
        del body["reason"]
        body["_redacted"] = ["reason"]
    if CONTENT in expand:
        body[CONTENT] = revision.content
    body["links"] = {
        "self": revision_path(order_id, revision),
        "purchase_order": order_path(order_id),
    }
    return body
