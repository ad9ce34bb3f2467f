"""Whether a session counts at this moment: the condition, and the one query of every request."""

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BooleanField,
    CharField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce, NullIf
from django.db.models.lookups import IsNull

from apps.core.actor import Granted
from apps.core.canonical import canonical_digest
from apps.core.ids import encode_id
from apps.core.models import Statement
from apps.identity.models import User
from apps.oauth.keys import AccessTokenClaims
from apps.oauth.models import (
    AccessToken,
    ClientStatus,
    TokenSession,
)
from apps.oauth.scopes import WIND_DOWN
from apps.partners.states import PartnerStatus
from apps.projects.models import Project, ProjectMember
from apps.projects.selectors import unclosed_projects
from apps.projects.states import ProjectStatus


def _counts_since(fence: str, granted_at: str) -> Q:
    """A fence lies before the grant, or there is none (core.models.Fenced)."""
    return Q(**{f"{fence}__isnull": True}) | Q(**{f"{fence}__lt": F(granted_at)})


def _stands(name: str, active: dict[str, Any], *, prefix: str) -> Q:
    """What the session stands on is absent, or active and not flipped since the grant."""
    of_it = {f"{prefix}{name}__{column}": value for column, value in active.items()}
    fence = _counts_since(f"{prefix}{name}__not_before", f"{prefix}granted_at")
    return Q(**{f"{prefix}{name}__isnull": True}) | (Q(**of_it) & fence)


def live_condition(*, at: datetime, prefix: str = "") -> Q:
    """What makes a session count, apart from its projects and its lineage: not ended, not expired,
    and client, client's partner, person, person's partner and every issuer it rests on active and
    not flipped since it was granted (spec 3, token sessions).
    """
    condition = Q(**{f"{prefix}ended_at__isnull": True, f"{prefix}expires_at__gt": at})
    condition &= Q(**{f"{prefix}client__expires_at__isnull": True}) | Q(
        **{f"{prefix}client__expires_at__gt": at}
    )
    active_partner = {"status": PartnerStatus.ACTIVE}
    condition &= _stands("client", {"status": ClientStatus.ACTIVE}, prefix=prefix)
    condition &= _stands("client__partner", active_partner, prefix=prefix)
    condition &= _stands("client__client_assertion_issuer", {"is_active": True}, prefix=prefix)
    condition &= _stands("user", {"is_active": True}, prefix=prefix)
    condition &= _stands("issuer", {"is_active": True}, prefix=prefix)
    condition &= _stands("federation", {"is_active": True}, prefix=prefix)
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


def open_projects_of_session(*, at: datetime, prefix: str = "", among: str = "") -> ArraySubquery:
    """The session's projects, or those ``among`` names, that are open to it now, were not flipped
    since it was granted, and that it may still act in. One that winds down is open to sessions
    that are for nothing but finishing what is under way.
    """
    return ArraySubquery(_open_of_session(at=at, prefix=prefix, among=among).values("id"))


def last_end_of_session(*, at: datetime, prefix: str = "") -> Subquery:
    """When access in the last of these projects ends; null where there is none."""
    last = Func(F("access_until"), function="max", output_field=DateTimeField())
    return Subquery(_open_of_session(at=at, prefix=prefix, among="").values(last=last))


def _open_of_session(*, at: datetime, prefix: str, among: str) -> QuerySet[Project]:
    granted = OuterRef(f"{prefix}granted_at")
    scopes = ExpressionWrapper(OuterRef(f"{prefix}scopes"), output_field=ArrayField(CharField()))
    return (
        unclosed_projects(at=at)
        .alias(scopes=scopes)
        .filter(id__any_of=OuterRef(among or f"{prefix}project_ids"))
        .filter(Q(status=ProjectStatus.OPEN) | Q(scopes__contained_by=sorted(WIND_DOWN)))
        .filter(Q(not_before__isnull=True) | Q(not_before__lt=granted))
        .filter(_still_member(at=at, prefix=prefix))
        .order_by()
    )


def lineage_stands(*, at: datetime) -> Q:
    """No access token that was exchanged for the session was revoked, and every session of theirs
    stands; most sessions came of none. Tokens are purged after their end, sessions never, so
    this can be asked of a session long after.
    """
    revoked = AccessToken.objects.filter(jti__any_of=OuterRef("lineage"), revoked_at__isnull=False)
    chain = TokenSession.objects.filter(id__any_of=OuterRef("exchanged_from"))
    standing = ArraySubquery(chain.filter(live_condition(at=at)).order_by().values("pk"))
    is_known = Q(lineage__len=F("exchanged_from__len"))
    return is_known & Q(exchanged_from__contained_by=standing) & ~Q(Exists(revoked))


def standing_tokens(*, at: datetime) -> QuerySet[AccessToken]:
    """Access tokens that count, apart from the projects and the lineage of their sessions: of a
    chain of exchanges each is looked at for itself.
    """
    live = live_condition(at=at, prefix="session__")
    return AccessToken.objects.filter(live, revoked_at__isnull=True)


def live_sessions(*, at: datetime) -> QuerySet[TokenSession]:
    """Sessions by which somebody could act now."""
    return (
        TokenSession.objects.filter(live_condition(at=at) & lineage_stands(at=at))
        .alias(open_now=open_projects_of_session(at=at))
        .exclude(project_bound=True, open_now=[])
    )


@dataclass(frozen=True, kw_only=True)
class TokenState:
    """What the database says of an access token at this moment."""

    session_id: uuid.UUID
    granted_at: datetime
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
    networks: list[str] | None
    lineage: list[uuid.UUID]
    is_live: bool
    exchanged_from: tuple[Granted, ...] = ()

    @property
    def subject(self) -> str:
        """The token's `sub`: a person's public id, or the client itself."""
        return encode_id(User.id_prefix, self.user_id) if self.user_id else self.client_id

    def counts_for(self, session_id: uuid.UUID) -> bool:
        """Whether the token is live, and is this session's."""
        if not self.is_live or self.session_id != session_id:
            return False
        return bool(self.open_projects) or not self.project_bound

    def granted_limits_of(self, claims: AccessTokenClaims) -> bool:
        """Whether the limits that the token carries are those on its record: a signature alone
        does not say whose they are.
        """
        carried = canonical_digest(claims.details) if claims.details else ""
        return compare_digest(carried, self.authorization_details_sha256)


_TOKEN_COLUMNS = {
    "granted_at": F("session__granted_at"),
    "kind": F("session__kind"),
    "role": F("session__role"),
    "client_id": F("session__client__client_id"),
    "client_name": F("session__client__name"),
    "user_id": F("session__user_id"),
    "user_email": F("session__user__email"),
    "partner_id": F("session__partner_id"),
    "partner_kind": F("session__partner__kind"),
    "project_ids": Coalesce("narrowed_project_ids", "session__project_ids"),
    "project_bound": F("session__project_bound"),
    "networks": F("session__client__networks"),
    "lineage": F("session__lineage"),
    "authorization_details_sha256": Coalesce(
        NullIf("narrowed_details_sha256", Value("")), "session__authorization_details_sha256"
    ),
}


def _token_rows(*, jti: uuid.UUID, at: datetime) -> QuerySet[AccessToken, dict[str, Any]]:
    live = live_condition(at=at, prefix="session__") & Q(revoked_at__isnull=True)
    return (
        AccessToken.objects.filter(pk=jti)
        .annotate(is_live=ExpressionWrapper(live, output_field=BooleanField()), **_TOKEN_COLUMNS)
        .annotate(
            open_projects=open_projects_of_session(at=at, prefix="session__", among="project_ids")
        )
        .values("session_id", "scope", "is_live", "open_projects", *_TOKEN_COLUMNS)
    )


_TOKEN_STATEMENT = Statement(_token_rows, jti=uuid.UUID(int=0), at=datetime.min.replace(tzinfo=UTC))


def token_state(jti: uuid.UUID, *, at: datetime) -> TokenState | None:
    """The one query of every authenticated request: token, session, client, person, partner and
    projects, by the token's primary key; one more where the token came of an exchange, for that
    alone would slow down all the others. None for a token that was never issued here.
    """
    rows = _TOKEN_STATEMENT.rows(jti=jti, at=at)
    if not rows:
        return None
    state = TokenState(**rows[0])
    if not state.is_live or not state.lineage:
        return state
    came_of = _standing_grants(state.lineage, at=at)
    return replace(state, is_live=len(came_of) == len(state.lineage), exchanged_from=tuple(came_of))


def _standing_grants(lineage: list[uuid.UUID], *, at: datetime) -> list[Granted]:
    """The sessions of those of the tokens that stand, in their order."""
    rows = (
        standing_tokens(at=at)
        .filter(jti__in=lineage)
        .values_list("jti", "session_id", "session__client__client_id", "session__granted_at")
    )
    found = {jti: Granted(*granted) for jti, *granted in rows}
    return [found[jti] for jti in lineage if jti in found]


def dead_sessions(*, at: datetime) -> QuerySet[TokenSession]:
    """Sessions neither ended nor expired by which nobody can act any more."""
    return (
        TokenSession.objects.filter(ended_at__isnull=True, expires_at__gt=at)
        .alias(open_now=open_projects_of_session(at=at))
        .filter(
            ~live_condition(at=at) | ~lineage_stands(at=at) | Q(project_bound=True, open_now=[])
        )
    )
