"""What people have agreed to, and what acts for them."""

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from apps.core.errors import NotFoundError
from apps.oauth.models import Client, Consent, TokenSession
from apps.oauth.scopes import CATALOGUE, Scope
from apps.oauth.selectors.liveness import live_sessions


def standing_consent(user_id: uuid.UUID, client_id: int) -> Consent | None:
    """What the person has agreed to for this client, and not taken back."""
    return Consent.objects.filter(
        user_id=user_id, client_id=client_id, revoked_at__isnull=True
    ).first()


@dataclass(frozen=True, kw_only=True)
class GivenAccess:
    """What one client may do for a person: by their standing consent (``is_remembered``), by
    sessions that live now, or by both.
    """

    client: Client
    scopes: list[Scope]
    partners: list[str]
    since: datetime
    last_used_at: datetime | None
    ends_at: datetime | None
    sessions: int
    is_remembered: bool


def access_given_by(user_id: uuid.UUID, *, at: datetime) -> list[GivenAccess]:
    """Every client the person has let in, by name."""
    consents = Consent.objects.filter(user_id=user_id, revoked_at__isnull=True)
    sessions = live_sessions(at=at).filter(user_id=user_id, client__isnull=False)
    given: list[Consent | TokenSession] = [
        *consents.select_related("client__partner", "partner"),
        *sessions.select_related("client__partner", "partner"),
    ]
    rows: dict[Client, list[Consent | TokenSession]] = defaultdict(list)
    for row in given:
        if row.client is not None:
            rows[row.client].append(row)
    found = [_given(client, of_it) for client, of_it in rows.items()]
    return sorted(found, key=lambda one: (one.client.name.lower(), one.client.client_id))


def _given(client: Client, rows: list[Consent | TokenSession]) -> GivenAccess:
    sessions = [row for row in rows if isinstance(row, TokenSession)]
    consents = [row for row in rows if isinstance(row, Consent)]
    names = {name for row in rows for name in row.scopes}
    begun = [row.given_at for row in consents] + [row.created_at for row in sessions]
    used = [row.last_used_at for row in sessions if row.last_used_at is not None]
    return GivenAccess(
        client=client,
        scopes=[scope for scope in CATALOGUE.values() if scope.name in names],
        partners=sorted({row.partner.name for row in rows if row.partner is not None}),
        since=min(begun),
        last_used_at=max(used, default=None),
        ends_at=max((row.expires_at for row in sessions), default=None),
        sessions=len(sessions),
        is_remembered=bool(consents),
    )


def access_given_to(user_id: uuid.UUID, client_id: str, *, at: datetime) -> GivenAccess:
    """What this person has given to one client. Raises NotFoundError, also for what others gave."""
    given = access_given_by(user_id, at=at)
    found = next((one for one in given if one.client.client_id == client_id), None)
    if found is None:
        raise NotFoundError("You have not given this application access.")
    return found
