"""What a legacy API key is granted on, and the one query by which a request with it is judged."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, ExpressionWrapper, F, OuterRef, QuerySet
from django.db.models.functions import Now

from apps.core.crypto import keyed_digest
from apps.core.ids import encode_id
from apps.core.models import Statement
from apps.oauth.models import ApiKey
from apps.oauth.scopes import only_winds_down
from apps.oauth.selectors.liveness import live_condition, open_projects_of_session
from apps.partners.models import Partner
from apps.projects.selectors import newest_version, unclosed_projects, valid_membership
from apps.projects.states import ProjectStatus


def api_key_digest(key: str) -> str:
    """What is kept of a key."""
    return keyed_digest("api-key", key).hex()


@dataclass(frozen=True, kw_only=True)
class PartnerAtGrant:
    """A partner as it stood in the statement that ``granted_at`` is the clock of."""

    partner: Partner
    granted_at: datetime
    open_projects: frozenset[uuid.UUID]
    winding_down: frozenset[uuid.UUID]
    policy_version: int | None

    def projects_for(self, scopes: Iterable[str]) -> frozenset[uuid.UUID]:
        """Those that a key of these scopes is for."""
        further = self.winding_down if only_winds_down(scopes) else frozenset()
        return self.open_projects | further


def partner_at_grant(partner_id: uuid.UUID, *, at: datetime) -> PartnerAtGrant:
    """The partner, the database's clock and the open projects it is a member of, in one statement
    (docs/adr/0004).
    """
    of_partner = valid_membership(at=at, partner=OuterRef("pk"))
    member = unclosed_projects(at=at).filter(of_partner).order_by().values("id")
    found: Any = Partner.objects.annotate(
        read_at=Now(),
        open_to_it=ArraySubquery(member.filter(status=ProjectStatus.OPEN)),
        winding_down=ArraySubquery(member.filter(status=ProjectStatus.CLOSING)),
        newest_policy=newest_version(at),
    ).get(pk=partner_id)
    return PartnerAtGrant(
        partner=found,
        granted_at=found.read_at,
        open_projects=frozenset(found.open_to_it),
        winding_down=frozenset(found.winding_down),
        policy_version=found.newest_policy,
    )


@dataclass(frozen=True, kw_only=True)
class ApiKeyState:
    """What the database says of a presented key at this moment."""

    id: uuid.UUID
    name: str
    networks: list[str]
    created_at: datetime
    session_id: uuid.UUID
    granted_at: datetime
    role: str
    scopes: list[str]
    partner_id: uuid.UUID
    partner_kind: str
    project_ids: list[uuid.UUID]
    open_projects: list[uuid.UUID]
    last_used_at: datetime | None
    expires_at: datetime
    is_live: bool

    @property
    def public_id(self) -> str:
        return encode_id(ApiKey.id_prefix, self.id)

    @property
    def counts(self) -> bool:
        """A key acts in open projects or not at all."""
        return self.is_live and bool(self.open_projects)


_COLUMNS = {
    "role": F("session__role"),
    "scopes": F("session__scopes"),
    "granted_at": F("session__granted_at"),
    "partner_kind": F("partner__kind"),
    "project_ids": F("session__project_ids"),
    "last_used_at": F("session__last_used_at"),
    "expires_at": F("session__expires_at"),
}
_OWN = ("id", "name", "networks", "created_at", "session_id", "partner_id")


def _rows(*, digest: str, at: datetime) -> QuerySet[ApiKey, dict[str, Any]]:
    live = live_condition(at=at, prefix="session__")
    return (
        ApiKey.objects.filter(key_digest=digest)
        .order_by()
        .annotate(
            is_live=ExpressionWrapper(live, output_field=BooleanField()),
            open_projects=open_projects_of_session(at=at, prefix="session__"),
            **_COLUMNS,
        )
        .values(*_OWN, "is_live", "open_projects", *_COLUMNS)
    )


_STATEMENT = Statement(_rows, digest="a placeholder", at=datetime.min.replace(tzinfo=UTC))


def api_key_state(key: str, *, at: datetime) -> ApiKeyState | None:
    """The one query of every request with a key: key, session, partner and projects, by the
    digest's index. None for a key that was never made here.
    """
    rows = _STATEMENT.rows(digest=api_key_digest(key), at=at)
    return ApiKeyState(**rows[0]) if rows else None
