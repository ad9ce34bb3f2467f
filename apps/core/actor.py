"""Who calls: the one object every service takes to know by what right it acts."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple


class ActorKind(StrEnum):
    """What stands behind a call."""

    CLIENT = "client"
    USER = "user"
    STAFF = "staff"
    SYSTEM = "system"


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a call came from, as the edge saw it, and the hash of its Idempotency-Key, if any."""

    request_id: str = ""
    idempotency_key_sha256: str = ""
    ip: str | None = None
    user_agent: str = ""


class Granted(NamedTuple):
    """A session that an act rests on: the client it was granted to, and when."""

    session_id: uuid.UUID | None
    client_id: str
    granted_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Actor:
    """The caller as its token, its staff session or the operator's shell established it.

    ``id`` and ``label`` name the caller in the trail. ``open_projects`` are the projects of the
    session that are open now, ``project_ids`` all of them. Nothing here comes from a request's
    body, path or query. ``authorization_details`` are the token's limits (RFC 9396), as it carries
    them; ``granted_at`` is when its session was, by the database's clock. ``exchanged_from`` are
    the sessions whose tokens were exchanged for this one (RFC 8693), the first one first.
    """

    kind: ActorKind
    id: str
    label: str
    session_id: uuid.UUID | None = None
    client_id: str = ""
    user_id: uuid.UUID | None = None
    partner_id: uuid.UUID | None = None
    partner_kind: str = ""
    role: str = ""
    scopes: frozenset[str] = frozenset()
    project_ids: frozenset[uuid.UUID] = frozenset()
    open_projects: frozenset[uuid.UUID] = frozenset()
    token_sha256: str = ""
    authorization_details: tuple[Mapping[str, Any], ...] = ()
    authorization_details_sha256: str = ""
    granted_at: datetime | None = None
    exchanged_from: tuple[Granted, ...] = ()
    scopes_exercised: tuple[str, ...] = ()
    origin: Origin = field(default_factory=Origin)

    # Django and DRF ask these two of whatever stands in `request.user`.
    is_authenticated: bool = True
    is_active: bool = True

    @property
    def acts_for_vendor(self) -> bool:
        return self.partner_kind == "vendor"

    @property
    def grants(self) -> tuple[Granted, ...]:
        """All that the act rests on, its own session last. What bound one of them binds the act:
        an exchange frees nobody.
        """
        own = Granted(self.session_id, self.client_id, self.granted_at)
        return (*self.exchanged_from, own)

    @property
    def limits_session_id(self) -> uuid.UUID | None:
        """The session on which the token's own limits are counted: that of the first token of a
        chain of exchanges, or each exchange would be a fresh budget.
        """
        return self.grants[0].session_id


def system_actor(name: str) -> Actor:
    """The operator's shell or a scheduled job, named for the trail."""
    return Actor(kind=ActorKind.SYSTEM, id=f"system:{name}", label=name)
