"""What a client may be registered as: one function per rule, each returning the faults it found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from apps.core.actor import Actor
from apps.core.errors import FieldError
from apps.oauth.models import ClientKind, TrustedIssuer
from apps.oauth.models.clients import AuthMethod, ClientPeople, GrantType
from apps.oauth.policy.client_keys import thumbprints
from apps.oauth.policy.metadata import ClientMetadata, expiry_faults, metadata_faults
from apps.oauth.policy.people import people_faults, usual_people
from apps.oauth.policy.redirects import redirect_uri_is_acceptable
from apps.oauth.policy.scopes import scope_faults
from apps.oauth.policy.workloads import choice_faults
from apps.oauth.scopes import CATALOGUE, ROLE_SCOPES, Tier, restricted
from apps.partners.models import VENDOR_ROLES, Partner, PartnerKind, Role
from apps.partners.policy import is_unbounded
from apps.projects.models import Project
from apps.projects.selectors import open_projects_for

MAX_NAME = 255
# A token found somewhere would be all that is needed, where the client proves nothing itself.
CONFIDENTIAL_ONLY = {
    GrantType.CLIENT_CREDENTIALS: "RFC 6749 section 4.4",
    GrantType.TOKEN_EXCHANGE: "RFC 8693 section 2.1",
    GrantType.JWT_BEARER: "RFC 7521 section 4.1",
}
REFRESHABLE = frozenset({GrantType.AUTHORIZATION_CODE, GrantType.DEVICE_CODE})


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A client as somebody wants it to be."""

    name: str
    kind: ClientKind
    auth_method: AuthMethod
    grant_types: Sequence[GrantType]
    scopes: Sequence[str]
    role: Role
    partner: Partner | None
    projects: Sequence[Project]
    redirect_uris: Sequence[str]
    is_resource_server: bool
    with_api_key: bool
    metadata: ClientMetadata
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def people(self) -> ClientPeople:
        """Whom the client is for, said or not."""
        return self.metadata.people or usual_people(self.partner, self.scopes)


def registration_faults(wanted: Registration, *, actor: Actor, at: datetime) -> list[FieldError]:
    """Everything that is wrong with a client that does not exist yet."""
    return [
        *name_faults(wanted.name),
        *kind_faults(wanted.kind, wanted.partner, wanted.role),
        *api_key_faults(wanted.auth_method, with_api_key=wanted.with_api_key),
        *project_faults(wanted.projects, wanted.partner, at=at),
        *detail_faults(wanted),
        *expiry_faults(wanted.metadata.expires_at, at=at),
        *choice_faults(wanted.metadata.client_assertion_issuer, wanted.partner),
        *role_faults(wanted.role, actor),
        *beyond_faults(wanted.scopes, wanted.role, actor),
    ]


def detail_faults(wanted: Registration) -> list[FieldError]:
    """What is wrong with what may be changed later."""
    grants = wanted.grant_types
    return [
        *grant_faults(grants, wanted.auth_method, wanted.redirect_uris),
        *scope_faults(wanted.scopes, role=wanted.role, grant_types=grants),
        *people_faults(wanted.people, wanted.partner),
        *metadata_faults(
            wanted.metadata,
            auth_method=wanted.auth_method,
            is_resource_server=wanted.is_resource_server,
        ),
    ]


def name_faults(name: str) -> list[FieldError]:
    length = len(name.strip())
    if not length:
        return [FieldError("/name", "required", "A client needs a name.")]
    if length > MAX_NAME:
        detail = f"A name has at most {MAX_NAME} characters, not {length}."
        return [FieldError("/name", "too-long", detail)]
    return []


def api_key_faults(auth_method: AuthMethod, *, with_api_key: bool) -> list[FieldError]:
    """The extra key is a second secret, and an app on somebody's device keeps none."""
    if not with_api_key or auth_method != AuthMethod.NONE:
        return []
    return [FieldError("/with_api_key", "public-client", "A public client keeps no API key.")]


def project_faults(
    projects: Sequence[Project], partner: Partner | None, *, at: datetime
) -> list[FieldError]:
    """A partner's client cannot name a project the partner may not act in: it would get no
    token, and nobody would see why.
    """
    if partner is None or not projects:
        return []
    allowed = set(open_projects_for(partner, at).values_list("pk", flat=True))
    return [
        FieldError(
            "/projects", "not-a-member", f"{partner.name} cannot act in {project.number} now."
        )
        for project in projects
        if project.pk not in allowed
    ]


def default_role(partner: Partner | None) -> Role:
    """Spec 4 no. 1: `manager` for a vendor's client, `integration` for the buyer's."""
    is_vendor = partner is not None and partner.kind == PartnerKind.VENDOR
    return Role.MANAGER if is_vendor else Role.INTEGRATION


def kind_faults(kind: ClientKind, partner: Partner | None, role: Role) -> list[FieldError]:
    if (kind == ClientKind.INTERNAL) != (partner is None):
        detail = "An internal client has no partner, any other has one."
        return [FieldError("/partner", "partner-mismatch", detail)]
    is_vendor = partner is not None and partner.kind == PartnerKind.VENDOR
    if is_vendor != (role in VENDOR_ROLES):
        side = "a vendor" if is_vendor else "the buyer's side"
        return [FieldError("/role", "role-not-allowed", f"{role} is not a role for {side}.")]
    if partner is not None and not partner.is_live:
        detail = f"{partner.name} is {partner.status}; it gets no new clients."
        return [FieldError("/partner", "partner-not-active", detail)]
    return []


def grant_faults(
    grants: Sequence[GrantType], auth_method: AuthMethod, redirect_uris: Sequence[str]
) -> list[FieldError]:
    faults = []
    uses_code = GrantType.AUTHORIZATION_CODE in grants
    for grant in grants:
        if auth_method == AuthMethod.NONE and grant in CONFIDENTIAL_ONLY:
            detail = f"A public client cannot use {grant.value} ({CONFIDENTIAL_ONLY[grant]})."
            faults.append(FieldError("/grant_types", "grant-not-allowed", detail))
    if GrantType.REFRESH_TOKEN in grants and not REFRESHABLE.intersection(grants):
        detail = "refresh_token needs authorization_code or device_code beside it."
        faults.append(FieldError("/grant_types", "grant-not-allowed", detail))
    if uses_code != bool(redirect_uris):
        detail = "Redirect URIs go with authorization_code, and only with it."
        faults.append(FieldError("/redirect_uris", "redirect-uri-mismatch", detail))
    for uri in redirect_uris:
        if not redirect_uri_is_acceptable(uri):
            detail = f"{uri!r} must be https, or http on 127.0.0.1 or [::1], without a fragment."
            faults.append(FieldError("/redirect_uris", "redirect-uri-not-allowed", detail))
    return faults


def changes_hands(before: Registration, after: Registration) -> bool:
    """Whether somebody else may be the client from now on: its answers go to an address that was
    not registered, or a key or an issuer proves it that did not. Taking any away lets nobody in.
    """
    had, has = before.metadata, after.metadata
    return (
        not set(after.redirect_uris) <= set(before.redirect_uris)
        or not set(thumbprints(has.client_jwks)) <= set(thumbprints(had.client_jwks))
        or has.client_jwks_uri not in {"", had.client_jwks_uri}
        or has.did not in {"", had.did}
        or _spoken_for(has) not in {(None, ""), _spoken_for(had)}
    )


def _spoken_for(metadata: ClientMetadata) -> tuple[TrustedIssuer | None, str]:
    return metadata.client_assertion_issuer, metadata.client_assertion_subject


def restricted_faults(scopes: Sequence[str], role: Role, actor: Actor) -> list[FieldError]:
    """Of a client that holds these scopes already: staff short of administrator get at nothing
    by it that they may not see or do. How a client comes to restricted ones is for two people
    (policy/scope_requests.py); the operator's shell has the machine.
    """
    held = () if is_unbounded(actor) else restricted(scopes)
    return [
        *(
            FieldError("/scopes", "restricted", f"It holds {name}: for an administrator only.")
            for name in held
        ),
        *role_faults(role, actor),
        *beyond_faults(scopes, role, actor),
    ]


def role_faults(role: Role, actor: Actor) -> list[FieldError]:
    """Nobody short of administrator makes a client that approves."""
    if is_unbounded(actor) or role != Role.APPROVER_ADMIN:
        return []
    return [FieldError("/role", "restricted", "Only an administrator gives this role.")]


def beyond_faults(scopes: Sequence[str], role: Role, actor: Actor) -> list[FieldError]:
    """Below the restricted tier, staff short of administrator give what anybody may have, what
    their own role carries, and what letting in a vendor or an integration means: what its role
    carries. A machine would otherwise do for them what they may not.
    """
    if is_unbounded(actor):
        return []
    is_let_in = role in VENDOR_ROLES or role == Role.INTEGRATION
    of_client = ROLE_SCOPES[role] if is_let_in else frozenset()
    of_actor = frozenset() if role in VENDOR_ROLES else ROLE_SCOPES.get(actor.role, frozenset())
    return [
        FieldError("/scopes", "restricted", f"{name} is beyond your role; ask an administrator.")
        for name in scopes
        if _is_guarded(name) and name not in of_client | of_actor
    ]


def _is_guarded(name: str) -> bool:
    """Neither open to anybody nor restricted, which has its own rule."""
    scope = CATALOGUE.get(name)
    if scope is None or scope.tier == Tier.RESTRICTED:
        return False
    return scope.buyer_only or scope.tier == Tier.SENSITIVE
