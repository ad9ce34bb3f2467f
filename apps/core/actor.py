"""Who calls: the one object every service takes to know by what right it acts."""

import uuid
from dataclasses import dataclass, field
from enum import StrEnum


class ActorKind(StrEnum):
    """What stands behind a call."""

    CLIENT = "client"
    USER = "user"
    STAFF = "staff"
    SYSTEM = "system"


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a call came from, as the edge saw it."""

    request_id: str = ""
    ip: str | None = None
    user_agent: str = ""


@dataclass(frozen=True, kw_only=True)
class Actor:
    """The caller as its token, its staff session or the operator's shell established it.

    ``id`` and ``label`` name the caller in the trail. ``open_projects`` are the projects of the
    session that are open now, ``project_ids`` all of them. Nothing here comes from a request's
    body, path or query.
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
    authorization_details_sha256: str = ""
    scopes_exercised: tuple[str, ...] = ()
    origin: Origin = field(default_factory=Origin)

    # Django and DRF ask these two of whatever stands in `request.user`.
    is_authenticated: bool = True
    is_active: bool = True

    @property
    def acts_for_vendor(self) -> bool:
        return self.partner_kind == "vendor"


def system_actor(name: str) -> Actor:
    """The operator's shell or a scheduled job, named for the trail."""
    return Actor(kind=ActorKind.SYSTEM, id=f"system:{name}", label=name)
