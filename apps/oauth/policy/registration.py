"""What a client may be registered as: one function per rule, each returning the faults it found."""

from collections.abc import Sequence
from datetime import datetime

from apps.core.actor import Actor, ActorKind
from apps.core.errors import FieldError
from apps.oauth.models import ClientKind
from apps.oauth.models.clients import AuthMethod, GrantType
from apps.oauth.policy.redirects import redirect_uri_is_acceptable
from apps.oauth.scopes import CATALOGUE, Tier
from apps.partners.models import VENDOR_ROLES, Partner, PartnerKind, Role
from apps.projects.models import Project
from apps.projects.selectors import open_projects_for

MAX_NAME = 255


def name_faults(name: str) -> list[FieldError]:
    length = len(name.strip())
    if not length:
        return [FieldError("/name", "required", "A client needs a name.")]
    if length > MAX_NAME:
        detail = f"A name has at most {MAX_NAME} characters, not {length}."
        return [FieldError("/name", "too-long", detail)]
    return []


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
    if auth_method == AuthMethod.NONE and GrantType.CLIENT_CREDENTIALS in grants:
        detail = "A public client cannot use client_credentials (RFC 6749 section 4.4)."
        faults.append(FieldError("/grant_types", "grant-not-allowed", detail))
    if GrantType.REFRESH_TOKEN in grants and not uses_code:
        detail = "refresh_token needs authorization_code beside it."
        faults.append(FieldError("/grant_types", "grant-not-allowed", detail))
    if uses_code != bool(redirect_uris):
        detail = "Redirect URIs go with authorization_code, and only with it."
        faults.append(FieldError("/redirect_uris", "redirect-uri-mismatch", detail))
    for uri in redirect_uris:
        if not redirect_uri_is_acceptable(uri):
            detail = f"{uri!r} must be https, or http on 127.0.0.1 or [::1], without a fragment."
            faults.append(FieldError("/redirect_uris", "redirect-uri-not-allowed", detail))
    return faults


def restricted_faults(scopes: Sequence[str], role: Role, actor: Actor) -> list[FieldError]:
    """Staff short of administrator let nobody in who could see or do what is restricted.

    Until a second person approves such scopes (spec 3, row scopes), an administrator's word is
    the bar; the operator's shell has it by having the machine.
    """
    if actor.kind != ActorKind.STAFF or actor.role == Role.APPROVER_ADMIN:
        return []
    names = [name for name in scopes if name in CATALOGUE]
    faults = [
        FieldError("/scopes", "restricted", f"{name} is given by an administrator only.")
        for name in names
        if CATALOGUE[name].tier == Tier.RESTRICTED
    ]
    if role == Role.APPROVER_ADMIN:
        faults.append(FieldError("/role", "restricted", "Only an administrator gives this role."))
    return faults
