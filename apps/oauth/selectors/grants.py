"""What a grant is decided on, each read together with the database's clock (ADR 0004)."""

import json
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Self

from django.contrib.auth.models import Group
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, JSONField, Model, OuterRef, QuerySet
from django.db.models.functions import Lower, Now

from apps.core.errors import NotFoundError
from apps.core.models import Statement
from apps.identity.models import User
from apps.oauth.models import (
    Client,
    TokenSession,
    TrustedIssuer,
)
from apps.oauth.scopes import buyer_role
from apps.oauth.selectors.ends import ends_of, read_ends
from apps.oauth.selectors.reach import Ends, Reach
from apps.partners.models import Partner
from apps.projects.selectors import newest_version, unclosed_projects, valid_membership


def client_by_client_id(client_id: str) -> Client:
    """Raises NotFoundError."""
    if "\x00" in client_id:
        raise NotFoundError("There is no such client.")
    client = Client.objects.select_related("partner").filter(client_id=client_id).first()
    if client is None:
        raise NotFoundError("There is no such client.")
    return client


@dataclass(frozen=True, kw_only=True)
class AtGrant:
    """Somebody as they stood in the statement that ``granted_at`` is the clock of."""

    granted_at: datetime
    reach: Reach

    @property
    def ends(self) -> Ends:
        return self.reach.ends

    @property
    def projects(self) -> frozenset[uuid.UUID]:
        return frozenset(self.ends)

    def for_scopes(self, scopes: Iterable[str]) -> Self:
        """As they stand for a grant of these scopes: where they are for finishing what is under
        way, projects that wind down are theirs too.
        """
        reach = self.reach
        ends = reach.by_scopes(scopes)
        return self if ends is reach.ends else replace(self, reach=Reach(ends=ends))


@dataclass(frozen=True, kw_only=True)
class ClientAtGrant(AtGrant):
    """A client as it stood in the statement that ``granted_at`` is the clock of, and the newest
    version of any purchasing policy then. One that ``is_bound`` acts in its projects or not at all.
    """

    client: Client
    is_bound: bool
    policy_version: int | None


def _columns(model: type[Model], *names: str) -> list[str]:
    """In the order that `from_db` wants them: the model's own."""
    fields = model._meta.concrete_fields  # noqa: SLF001 -- Django's documented name
    return [field.attname for field in fields if not names or field.attname in names]


_CLIENT_COLUMNS = _columns(Client)
_JSON_COLUMNS = (  # The driver leaves them as text.
    *(name for name in _CLIENT_COLUMNS if isinstance(Client._meta.get_field(name), JSONField)),  # noqa: SLF001 -- Django's documented name
    "client_assertion_issuer__jwks",
    "own_projects",
    "member_projects",
)
_PARTNER_COLUMNS = _columns(Partner, "id", "name", "kind", "status")  # What a grant looks at.
_ISSUER_COLUMNS = _columns(
    TrustedIssuer, "id", "issuer", "jwks_uri", "jwks", "partner_id", "is_active"
)


def _client_rows(*, client_id: str, at: datetime) -> QuerySet[Client, dict[str, Any]]:
    named = Client.projects.through.objects.filter(client_id=OuterRef("pk"))
    own = unclosed_projects(at=at).filter(clients=OuterRef("pk"))
    of_partner = valid_membership(at=at, partner=OuterRef("partner_id"))
    member = unclosed_projects(at=at).filter(of_partner)
    return (
        Client.objects.filter(client_id=client_id)
        .annotate(
            read_at=Now(),
            names_projects=Exists(named),
            own_projects=ends_of(own),
            member_projects=ends_of(member),
            newest_policy=newest_version(at),
        )
        .order_by()
        .values(
            *_CLIENT_COLUMNS,
            *(f"partner__{column}" for column in _PARTNER_COLUMNS),
            *(f"client_assertion_issuer__{column}" for column in _ISSUER_COLUMNS),
            "read_at",
            "names_projects",
            "own_projects",
            "member_projects",
            "newest_policy",
        )
    )


_CLIENT_STATEMENT = Statement(
    _client_rows, client_id="a placeholder", at=datetime.min.replace(tzinfo=UTC)
)


def client_at_grant(client_id: str, *, at: datetime) -> ClientAtGrant | None:
    """The client, the database's clock, the open projects it may act in and whoever signs its
    assertions, in one statement.

    Reading all of it at once is what lets a later flip be compared with the grant without locks
    (docs/adr/0004). None for an unknown client.
    """
    if "\x00" in client_id:
        return None
    rows = _CLIENT_STATEMENT.rows(client_id=client_id, at=at)
    if not rows:
        return None
    row = rows[0]
    for name in _JSON_COLUMNS:
        row[name] = json.loads(row[name]) if row[name] else None
    client = Client.from_db("default", _CLIENT_COLUMNS, [row[name] for name in _CLIENT_COLUMNS])
    if client.partner_id is not None:
        values = [row[f"partner__{column}"] for column in _PARTNER_COLUMNS]
        client.partner = Partner.from_db("default", _PARTNER_COLUMNS, values)
    if client.client_assertion_issuer_id is not None:
        values = [row[f"client_assertion_issuer__{column}"] for column in _ISSUER_COLUMNS]
        client.client_assertion_issuer = TrustedIssuer.from_db("default", _ISSUER_COLUMNS, values)
    is_bound = client.partner_id is not None or row["names_projects"]
    return ClientAtGrant(
        client=client,
        granted_at=row["read_at"],
        reach=_reach_at_grant(row),
        is_bound=is_bound,
        policy_version=row["newest_policy"],
    )


def _reach_at_grant(row: dict[str, Any]) -> Reach:
    """A partner's client acts where the partner is a member, narrowed to the projects it names;
    an internal one only where it names projects.
    """
    own, member = read_ends(row["own_projects"]), read_ends(row["member_projects"])
    if row["partner_id"] is None:
        return own
    if not row["names_projects"]:
        return member
    return member.within(own)


@dataclass(frozen=True, kw_only=True)
class PersonAtGrant(AtGrant):
    """A person as they stood in that statement."""

    user: User
    is_live: bool
    role: str
    partner_id: uuid.UUID | None
    partner_name: str


PeopleAtGrant = dict[uuid.UUID, PersonAtGrant]


def person_at_grant(user_id: uuid.UUID, *, at: datetime) -> PersonAtGrant:
    """The person, whom they act for, in what role, and the open projects they or their partner
    are members of, in one statement.
    """
    return _person(_people(at=at).get(pk=user_id))


def people_at_grant(user_ids: Collection[uuid.UUID], *, at: datetime) -> PeopleAtGrant:
    """The same of several, by their keys."""
    return {user.pk: _person(user) for user in _people(at=at).filter(pk__in=user_ids)}


def person_by_email(email: str, *, at: datetime) -> PersonAtGrant | None:
    """The same of whoever has this address, which is in lower case; None where nobody has."""
    user = _people(at=at).alias(lower=Lower("email")).filter(lower=email).first()
    return _person(user) if user else None


def _people(*, at: datetime) -> QuerySet[User]:
    partner = OuterRef("partner_user__partner_id")
    own = valid_membership(at=at, user=OuterRef("pk"))
    return User.objects.select_related("partner_user__partner").annotate(
        read_at=Now(),
        group_names=ArraySubquery(Group.objects.filter(user=OuterRef("pk")).values("name")),
        own_projects=ends_of(unclosed_projects(at=at).filter(own)),
        partner_projects=ends_of(
            unclosed_projects(at=at).filter(valid_membership(at=at, partner=partner))
        ),
    )


def _person(user: Any) -> PersonAtGrant:  # noqa: ANN401 -- an annotated row
    acting = getattr(user, "partner_user", None)
    partner = acting.partner if acting else None
    return PersonAtGrant(
        user=user,
        granted_at=user.read_at,
        is_live=user.is_active and (partner is None or partner.is_live),
        role=acting.role if acting else buyer_role(user.group_names),
        partner_id=partner.id if partner else None,
        partner_name=partner.name if partner else "",
        reach=read_ends(user.partner_projects if partner else user.own_projects),
    )


def person_today(session: TokenSession, *, at: datetime) -> PersonAtGrant | None:
    """Whoever the session acts for, as they are now: their role may have changed since. None
    where it acts for nobody, or they are of another company by now.
    """
    if session.user_id is None:
        return None
    person = person_at_grant(session.user_id, at=at)
    return person if person.partner_id == session.partner_id else None
