"""The sealed trail, as far as the caller may see it."""

import uuid

from django.db.models import QuerySet

from apps.audit.models import Leaf
from apps.core.actor import Actor
from apps.core.errors import ForbiddenError


def sealed_trail(
    *,
    actor: Actor,
    action: str | None = None,
    subject: str | None = None,
    client_id: str | None = None,
    session: uuid.UUID | None = None,
    request_id: str | None = None,
) -> QuerySet[Leaf]:
    """Sealed events that match all that is given, newest first. The whole trail is the buyer's.

    Raises ForbiddenError.
    """
    if actor.acts_for_vendor:
        raise ForbiddenError("Only the buyer's side may read the whole trail.")
    wanted = {
        "event__action": action,
        "event__subject_id": subject,
        "event__client_id": client_id,
        "event__session_id": session,
        "event__request_id": request_id,
    }
    given = {column: value for column, value in wanted.items() if value is not None}
    return Leaf.objects.filter(**given).select_related("event").order_by("-sequence")
