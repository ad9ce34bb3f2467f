"""Token sessions: opening one, and ending one or many."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from apps.audit.events import Action
from apps.audit.services import Subject, record, record_many
from apps.core.actor import Actor, Origin, system_actor
from apps.core.canonical import canonical_digest
from apps.identity.models import User
from apps.identity.policy.actors import person_actor
from apps.oauth.models import AccessToken, SessionKind, TokenSession
from apps.oauth.selectors import dead_sessions
from apps.oauth.selectors.causes import TOKEN_ENDED, cause_text
from apps.projects.selectors import newest_policy_version

STAFF_SESSION_LIFETIME = timedelta(hours=12)
BATCH = 5000


def build_session(
    *,
    at: datetime,
    origin: Origin,
    authorization_details: list[Any] | None = None,
    **columns: Any,  # noqa: ANN401 -- the model's columns
) -> TokenSession:
    """An unsaved session with the columns that every kind has.

    A client's session begins with a token; a person's has none before its code is redeemed, and
    one of staff never has.
    """
    session = TokenSession(
        ip=origin.ip,
        user_agent=origin.user_agent,
        created_at=at,
        last_used_at=at if columns["kind"] == SessionKind.CLIENT else None,
        **columns,
    )
    limit_session(session, authorization_details or [])
    return session


def limit_session(session: TokenSession, details: list[Any]) -> None:
    """What the session is limited to, and the digest that its tokens are compared with."""
    session.authorization_details = details
    session.authorization_details_sha256 = canonical_digest(details) if details else ""


def session_subject(session: TokenSession) -> Subject:
    return Subject("token_session", session.public_id, session.kind)


def open_staff_session(
    *,
    user: User,
    at: datetime,
    origin: Origin,
    auth_method: str = "password",
    federation_id: UUID | None = None,
) -> TokenSession:
    """The session of a staff member's sign-in to the admin: it has no token, but every act in the
    trail names it (spec 3, token sessions). ``federation_id`` is whose word it rests on.
    """
    with transaction.atomic():
        session = build_session(
            at=at,
            origin=origin,
            kind=SessionKind.STAFF,
            user=user,
            federation_id=federation_id,
            auth_method=auth_method,
            policy_version=newest_policy_version(at=at),
            granted_at=Now(),
            expires_at=at + STAFF_SESSION_LIFETIME,
        )
        session.save(force_insert=True)
        session.refresh_from_db(fields=["granted_at"])  # The database's clock, not ours.
        actor = person_actor(user, origin, session_id=session.id, granted_at=session.granted_at)
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
            data=_end_data(session, reason),
        )
    return True


def end_sessions(
    *, at: datetime, sessions: QuerySet[TokenSession], by: Actor, reason: str, limit: int
) -> int:
    """End at most ``limit`` of these, with an event each; one bounded batch of a larger act.

    Rows another transaction holds are left: `end_dead_sessions` meets them. What had expired
    ended by that and is no part of it.
    """
    unexpired = sessions.filter(ended_at__isnull=True, expires_at__gt=at)
    return _end_batch(unexpired, at=at, by=by, reason_of=lambda _row: reason, limit=limit)


def end_dead_sessions(*, at: datetime, limit: int) -> int:
    """End at most ``limit`` rows that some flip refuses already; returns how many.

    Whatever the flip was, and whether its own batches were cut off: this is what follows it up.
    Safe to repeat and to run twice at once.
    """
    return _end_batch(
        dead_sessions(at=at).annotate(cause=cause_text(at=at)),
        at=at,
        by=system_actor("sessions"),
        reason_of=attrgetter("cause"),
        limit=limit,
    )


def end_refused_sessions(
    *,
    at: datetime,
    by: Actor,
    reason: str,
    **whose: Any,  # noqa: ANN401 -- the model's columns
) -> None:
    """The rows of somebody whose flip refuses them already, in batches; nothing waits for them.

    Only what the flip refuses: a session granted since stays. What this does not come to is met
    by `end_dead_sessions`.
    """
    rows = dead_sessions(at=at).filter(**whose)
    while end_sessions(at=at, sessions=rows, by=by, reason=reason, limit=BATCH) == BATCH:
        continue


def end_exchanged_sessions(*, at: datetime, token: AccessToken, by: Actor) -> None:
    """Those that the token of a person was exchanged for. Expired ones too, for what was asked for
    in them may wait for its effect: the token's own row, which says so, is purged. What others hold
    is waited for, as nothing comes back to an expired one.
    """
    rows = TokenSession.objects.filter(
        user=token.session.user_id, lineage__contains=[token.jti], ended_at__isnull=True
    )
    end = partial(_end_batch, rows, at=at, by=by, reason_of=lambda _row: TOKEN_ENDED, waits=True)
    while end(limit=BATCH) == BATCH:
        continue


def _end_batch(
    sessions: QuerySet[TokenSession],
    *,
    at: datetime,
    by: Actor,
    reason_of: Callable[[TokenSession], str],
    limit: int,
    waits: bool = False,
) -> int:
    """The lock is one that a token being written for the session does not wait for. Rows that
    another transaction holds are left, unless it ``waits`` for them.
    """
    with transaction.atomic():
        rows = list(
            sessions.defer("authorization_details")
            .order_by("id")
            .select_for_update(skip_locked=not waits, no_key=True, of=("self",))[:limit]
        )
        alike = defaultdict(list)
        for row in rows:
            alike[reason_of(row)].append(row.pk)
        for reason, keys in alike.items():
            TokenSession.objects.filter(pk__in=keys).update(
                ended_at=at, ended_by=by.label[:100], end_reason=reason[:300]
            )
        entries = [(session_subject(row), _end_data(row, reason_of(row))) for row in rows]
        return record_many(action=Action.SESSION_ENDED, actor=by, at=at, entries=entries)


def _end_data(session: TokenSession, reason: str) -> dict[str, Any]:
    return {"reason": reason, "kind": session.kind, "scopes": session.scopes}
