"""The actor that a person is, on our own pages and through an application."""

from datetime import datetime
from uuid import UUID

from apps.core.actor import Actor, ActorKind, Origin
from apps.identity.models import User


def person_actor(
    user: User,
    origin: Origin,
    *,
    client_id: str = "",
    session_id: UUID | None = None,
    granted_at: datetime | None = None,
    partner_id: UUID | None = None,
    role: str = "",
) -> Actor:
    """Whoever acts through an application is a person like any other; staff are staff only where
    they act themselves.
    """
    is_staff = user.is_staff and not client_id
    return Actor(
        kind=ActorKind.STAFF if is_staff else ActorKind.USER,
        id=user.public_id,
        label=user.email,
        user_id=user.pk,
        client_id=client_id,
        session_id=session_id,
        granted_at=granted_at,
        partner_id=partner_id,
        role=role,
        origin=origin,
    )
