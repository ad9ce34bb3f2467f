"""Reads of the authorization server: the liveness query first of all."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.db.models.lookups import IsNull

from apps.core.errors import NotFoundError
from apps.core.ids import encode_id
from apps.core.models import Statement
from apps.identity.models import User
from apps.oauth.crypto import sha256_hex
from apps.oauth.keys import TokenRejectedError, read_access_token
from apps.oauth.models import (
    AccessToken,
    Client,
    ClientStatus,
    Grant,
    RefreshToken,
    TokenSession,
)
from apps.oauth.scopes import buyer_role
from apps.partners.states import PartnerStatus
from apps.projects.models import Project, ProjectMember
from apps.projects.selectors import open_projects, valid_membership


def _counts_since(fence: str, granted_at: str) -> Q:
    """A fence lies before the grant, or there is none (core.models.Fenced)."""
    return Q(**{f"{fence}__isnull": True}) | Q(**{f"{fence}__lt": F(granted_at)})


def _stands(name: str, active: dict[str, Any], *, prefix: str) -> Q:
    """What the session stands on is absent, or active and not flipped since the grant."""
    of_it = {f"{prefix}{name}__{column}": value for column, value in active.items()}
    fence = _counts_since(f"{prefix}{name}__not_before", f"{prefix}granted_at")
    return Q(**{f"{prefix}{name}__isnull": True}) | (Q(**of_it) & fence)


def live_condition(*, at: datetime, prefix: str = "") -> Q:
    """What makes a session count, apart from its projects: not ended, not expired, and client,
    client's partner, person and person's partner active and not flipped since it was granted
    (spec 3, token sessions).
    """
    condition = Q(**{f"{prefix}ended_at__isnull": True, f"{prefix}expires_at__gt": at})
    condition &= Q(**{f"{prefix}client__expires_at__isnull": True}) | Q(
        **{f"{prefix}client__expires_at__gt": at}
    )
    active_partner = {"status": PartnerStatus.ACTIVE}
    condition &= _stands("client", {"status": ClientStatus.ACTIVE}, prefix=prefix)
    condition &= _stands("client__partner", active_partner, prefix=prefix)
    condition &= _stands("user", {"is_active": True}, prefix=prefix)
    return condition & _stands("partner", active_partner, prefix=prefix)


def _still_member(*, at: datetime, prefix: str) -> Q:
    """The session's partner, or the buyer's person, is a member of the project at this moment.
    An internal client has neither: its projects are those it names.
    """
    partner = OuterRef(f"{prefix}partner_id")
    user = OuterRef(f"{prefix}user_id")
    members = ProjectMember.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=at),
        project=OuterRef("pk"),
        valid_from__lte=at,
    )
    of_partner = Exists(members.filter(partner=OuterRef(partner)))
    of_person = Exists(members.filter(user=OuterRef(user)))
    nobody = Q(IsNull(partner, True)) & Q(IsNull(user, True))
    return Q(of_partner) | Q(of_person) | nobody


def open_projects_of_session(*, at: datetime, prefix: str = "") -> ArraySubquery:
    """The session's projects that are open now, were not flipped since it was granted, and that
    it may still act in.
    """
    granted = OuterRef(f"{prefix}granted_at")
    return ArraySubquery(
        open_projects(at=at)
        .filter(id__any_of=OuterRef(f"{prefix}project_ids"))
        .filter(Q(not_before__isnull=True) | Q(not_before__lt=granted))
        .filter(_still_member(at=at, prefix=prefix))
        .order_by()
        .values("id")
    )


def live_sessions(*, at: datetime) -> QuerySet[TokenSession]:
    """Sessions by which somebody could act now."""
    return (
        TokenSession.objects.filter(live_condition(at=at))
        .alias(open_now=open_projects_of_session(at=at))
        .exclude(project_bound=True, open_now=[])
    )


@dataclass(frozen=True, kw_only=True)
class TokenState:
    """What the database says of an access token at this moment."""

    session_id: uuid.UUID
    kind: str
    role: str
    client_id: str
    client_name: str
    user_id: uuid.UUID | None
    user_email: str | None
    partner_id: uuid.UUID | None
    partner_kind: str | None
    project_ids: list[uuid.UUID]
    open_projects: list[uuid.UUID]
    authorization_details_sha256: str
    scope: str
    project_bound: bool
    is_live: bool

    @property
    def subject(self) -> str:
        """The token's `sub`: a person's public id, or the client itself."""
        return encode_id(User.id_prefix, self.user_id) if self.user_id else self.client_id

    def counts_for(self, session_id: uuid.UUID) -> bool:
        """Whether the token is live, and is this session's."""
        if not self.is_live or self.session_id != session_id:
            return False
        return bool(self.open_projects) or not self.project_bound


_TOKEN_COLUMNS = {
    "kind": F("session__kind"),
    "role": F("session__role"),
    "client_id": F("session__client__client_id"),
    "client_name": F("session__client__name"),
    "user_id": F("session__user_id"),
    "user_email": F("session__user__email"),
    "partner_id": F("session__partner_id"),
    "partner_kind": F("session__partner__kind"),
    "project_ids": F("session__project_ids"),
    "project_bound": F("session__project_bound"),
    "authorization_details_sha256": F("session__authorization_details_sha256"),
}


def _token_rows(*, jti: uuid.UUID, at: datetime) -> QuerySet[AccessToken, dict[str, Any]]:
    live = live_condition(at=at, prefix="session__") & Q(revoked_at__isnull=True)
    return (
        AccessToken.objects.filter(pk=jti)
        .annotate(
            is_live=ExpressionWrapper(live, output_field=BooleanField()),
            open_projects=open_projects_of_session(at=at, prefix="session__"),
            **_TOKEN_COLUMNS,
        )
        .values("session_id", "scope", "is_live", "open_projects", *_TOKEN_COLUMNS)
    )


_TOKEN_STATEMENT = Statement(_token_rows, jti=uuid.UUID(int=0), at=datetime.min.replace(tzinfo=UTC))


def token_state(jti: uuid.UUID, *, at: datetime) -> TokenState | None:
    """The one query of every authenticated request: token, session, client, person, partner and
    projects, by the token's primary key. None for a token that was never issued here.
    """
    rows = _TOKEN_STATEMENT.rows(jti=jti, at=at)
    return TokenState(**rows[0]) if rows else None


def client_by_client_id(client_id: str) -> Client:
    """Raises NotFoundError."""
    if "\x00" in client_id:
        raise NotFoundError("There is no such client.")
    client = Client.objects.select_related("partner").filter(client_id=client_id).first()
    if client is None:
        raise NotFoundError("There is no such client.")
    return client


@dataclass(frozen=True)
class ClientAtGrant:
    """A client as it stood in the statement that ``granted_at`` is the clock of."""

    client: Client
    granted_at: datetime
    projects: frozenset[uuid.UUID]
    is_bound: bool  # It acts in its projects or not at all.


def client_at_grant(client_id: str, *, at: datetime) -> ClientAtGrant | None:
    """The client, the database's clock and the open projects it may act in, in one statement.

    Reading all three at once is what lets a later flip be compared with the grant without locks
    (docs/adr/0004). None for an unknown client.
    """
    if "\x00" in client_id:
        return None
    named = Client.projects.through.objects.filter(client_id=OuterRef("pk"))
    own = open_projects(at=at).filter(clients=OuterRef("pk"))
    member = open_projects(at=at).filter(valid_membership(at=at, partner=OuterRef("partner_id")))
    client = (
        Client.objects.select_related("partner")
        .filter(client_id=client_id)
        .annotate(
            read_at=Now(),
            names_projects=Exists(named),
            own_projects=ArraySubquery(own.order_by().values("id")),
            member_projects=ArraySubquery(member.order_by().values("id")),
        )
        .first()
    )
    if client is None:
        return None
    is_bound = client.partner_id is not None or client.names_projects
    return ClientAtGrant(client, client.read_at, _projects_of(client), is_bound)


def _projects_of(client: Any) -> frozenset[uuid.UUID]:  # noqa: ANN401 -- an annotated row
    """A partner's client acts where the partner is a member, narrowed to the projects it names;
    an internal one only where it names projects.
    """
    own = frozenset(client.own_projects)
    member = frozenset(client.member_projects)
    if client.partner_id is None:
        return own
    return own & member if client.names_projects else member


@dataclass(frozen=True)
class PersonAtGrant:
    """A person as they stood in the statement that ``granted_at`` is the clock of."""

    user: User
    granted_at: datetime
    is_live: bool
    role: str
    partner_id: uuid.UUID | None
    partner_name: str
    projects: frozenset[uuid.UUID]


def person_at_grant(user_id: uuid.UUID, *, at: datetime) -> PersonAtGrant:
    """The person, whom they act for, in what role, and the open projects they or their partner
    are members of, in one statement.
    """
    partner = OuterRef("partner_user__partner_id")
    own = valid_membership(at=at, user=OuterRef("pk"))
    user = (
        User.objects.select_related("partner_user__partner")
        .annotate(
            read_at=Now(),
            group_names=ArraySubquery(Group.objects.filter(user=OuterRef("pk")).values("name")),
            own_projects=ArraySubquery(open_projects(at=at).filter(own).order_by().values("id")),
            partner_projects=ArraySubquery(
                open_projects(at=at)
                .filter(valid_membership(at=at, partner=partner))
                .order_by()
                .values("id")
            ),
        )
        .get(pk=user_id)
    )
    return _person(user)


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
        projects=frozenset(user.partner_projects if partner else user.own_projects),
    )


def role_today(session: TokenSession, *, at: datetime) -> str:
    """The role of whoever the session is for: a person's may have changed or ended since."""
    if session.user_id is None:
        return session.role
    person = person_at_grant(session.user_id, at=at)
    return person.role if person.partner_id == session.partner_id else ""


def refresh_token_row(token: str, *, at: datetime) -> RefreshToken | None:
    """The refresh token with its session and whether that session is live; None if unknown."""
    return (
        RefreshToken.objects.select_related("session")
        .filter(token_checksum=sha256_hex(token))
        .annotate(
            session_is_live=ExpressionWrapper(
                live_condition(at=at, prefix="session__"), output_field=BooleanField()
            ),
            open_projects=open_projects_of_session(at=at, prefix="session__"),
        )
        .first()
    )


RETRY_WINDOW = timedelta(seconds=30)


def refresh_may_be_retried(row: RefreshToken, *, at: datetime) -> bool:
    """Whether this is the answer that got lost (RFC 9700 section 4.14, FAPI 2.0 section
    5.3.2.1): the immediate predecessor, within 30 seconds, its successor not used yet.
    """
    rotated_at = RefreshToken.objects.filter(pk=row.pk).values_list("rotated_at", flat=True).first()
    if rotated_at is None or at - rotated_at > RETRY_WINDOW:
        return False
    return not RefreshToken.objects.filter(
        session=row.session_id, generation__gt=row.generation, rotated_at__isnull=False
    ).exists()


def code_row(code: str, *, at: datetime) -> Grant | None:
    """The authorization code with its session and whether that session is live."""
    return (
        Grant.objects.select_related("session")
        .filter(code=sha256_hex(code))
        .annotate(
            session_is_live=ExpressionWrapper(
                live_condition(at=at, prefix="session__"), output_field=BooleanField()
            ),
            open_projects=open_projects_of_session(at=at, prefix="session__"),
        )
        .first()
    )


def session_counts(row: Any) -> bool:  # noqa: ANN401 -- an annotated code or refresh token
    """Whether the annotated row's session is live, its projects included."""
    session: TokenSession = row.session
    return bool(row.session_is_live and (row.open_projects or not session.project_bound))


def introspect(*, client: Client, token: str, at: datetime) -> dict[str, Any]:
    """The members of RFC 7662 section 2.2, or only that the token is not active.

    A client that is no resource server, or asks about another audience, learns nothing more
    (section 4).
    """
    inactive = {"active": False}
    if not client.is_resource_server:
        return inactive
    try:
        claims = read_access_token(token, audience=client.audience, at=at)
    except TokenRejectedError:
        return inactive
    state = token_state(claims.jti, at=at)
    if state is None or not state.counts_for(claims.session_id):
        return inactive
    username = {"username": state.user_email} if state.user_email else {}
    projects = [encode_id(Project.id_prefix, one) for one in state.open_projects]
    return {"active": True, "token_type": "Bearer", **claims.raw, **username, "projects": projects}


def project_titles(projects: frozenset[uuid.UUID]) -> list[str]:
    return [str(project) for project in Project.objects.filter(id__in=projects)]


def dead_sessions(*, at: datetime) -> QuerySet[TokenSession]:
    """Sessions neither ended nor expired by which nobody can act any more."""
    return (
        TokenSession.objects.filter(ended_at__isnull=True, expires_at__gt=at)
        .alias(open_now=open_projects_of_session(at=at))
        .filter(~live_condition(at=at) | Q(project_bound=True, open_now=[]))
    )
