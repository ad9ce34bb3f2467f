"""Token sessions: opening one, and ending one or many."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor, ActorKind, Origin
from apps.core.canonical import canonical_digest
from apps.identity.models import User
from apps.oauth.models import SessionKind, TokenSession

STAFF_SESSION_LIFETIME = timedelta(hours=12)


def build_session(
    *,
    at: datetime,
    origin: Origin,
    authorization_details: list[Any] | None = None,
    **columns: Any,  # noqa: ANN401 -- the model's columns
) -> TokenSession:
    """An unsaved session with the columns that every kind has."""
    details = authorization_details or []
    return TokenSession(
        authorization_details=details,
        authorization_details_sha256=canonical_digest(details) if details else "",
        ip=origin.ip,
        user_agent=origin.user_agent,
        created_at=at,
        last_used_at=at,
        **columns,
    )


def session_subject(session: TokenSession) -> Subject:
    return Subject("token_session", session.public_id, session.kind)


def open_staff_session(*, user: User, at: datetime, origin: Origin) -> TokenSession:
    """The session of a staff member's sign-in to the admin: it has no token, but every act in the
    trail names it (spec 3, token sessions).
    """
    with transaction.atomic():
        session = build_session(
            at=at,
            origin=origin,
            kind=SessionKind.STAFF,
            user=user,
            auth_method="password",
            granted_at=Now(),
            expires_at=at + STAFF_SESSION_LIFETIME,
        )
        session.save(force_insert=True)
        actor = Actor(
            kind=ActorKind.STAFF,
            id=user.public_id,
            label=user.email,
            session_id=session.id,
            user_id=user.id,
            origin=origin,
        )
        record(action=Action.SESSION_OPENED, actor=actor, at=at, subject=session_subject(session))
    return session


def end_session(*, actor: Actor, at: datetime, session: TokenSession, reason: str) -> bool:
    """End one session; False when it had ended already. The next request with it is refused."""
    with transaction.atomic():
        ended = TokenSession.objects.filter(pk=session.pk, ended_at__isnull=True).update(
            ended_at=at, ended_by=actor.label[:100], end_reason=reason[:300]
        )
        if not ended:
            return False
        record(
            action=Action.SESSION_ENDED,
            actor=actor,
            at=at,
            subject=session_subject(session),
            data={"reason": reason, "kind": session.kind, "scopes": session.scopes},
        )
    return True


def end_sessions(
    *, at: datetime, sessions: QuerySet[TokenSession], by: Actor, reason: str, limit: int
) -> int:
    """End at most ``limit`` of these; one bounded batch of a larger act, which records the event.

    Rows another run holds are left to it.
    """
    with transaction.atomic():
        batch = (
            sessions.filter(ended_at__isnull=True)
            .order_by("id")
            .select_for_update(skip_locked=True, of=("self",))
            .values_list("pk", flat=True)[:limit]
        )
        return TokenSession.objects.filter(pk__in=list(batch)).update(
            ended_at=at, ended_by=by.label[:100], end_reason=reason[:300]
        )
