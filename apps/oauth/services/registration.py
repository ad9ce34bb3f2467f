"""Registering a client, and changing what may be changed without registering it again."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.db import transaction

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import Actor
from apps.core.errors import ValidationFailedError
from apps.identity.models import User
from apps.oauth.crypto import new_secret
from apps.oauth.models import Client, ClientKind, RestrictedScopeRequest, TrustedIssuer
from apps.oauth.models.clients import (
    SECRET_METHODS,
    AuthMethod,
    ClientEnvironment,
    ClientPeople,
    GrantType,
)
from apps.oauth.policy.metadata import ClientMetadata, expiry_faults, settled
from apps.oauth.policy.registration import (
    Registration,
    changes_hands,
    default_role,
    detail_faults,
    registration_faults,
    restricted_faults,
)
from apps.oauth.policy.scope_requests import scopes_to_ask_for
from apps.oauth.policy.workloads import choice_faults
from apps.oauth.services.client_columns import (
    as_registered,
    columns,
    lasting_columns,
    once,
    told,
    told_once,
)
from apps.oauth.services.client_secrets import hash_secret
from apps.oauth.services.clients import client_subject, open_row, revoke_consents
from apps.oauth.services.scope_requests import ask_for_scopes, withdraw_for_change
from apps.oauth.services.two_people import TwoPeople
from apps.partners.models import Partner, Role
from apps.projects.models import Project

REFUSED = "The client cannot be registered so."
# The places where a client's keys may be, empty.
NO_KEYS: dict[str, Any] = {
    "client_jwks": None,
    "client_jwks_uri": "",
    "did": "",
    "client_assertion_issuer": None,
}
NO_PROOF = {**NO_KEYS, "client_assertion_subject": ""}
# Changing these leaves the client what a second person read that it is.
OF_SCOPES = {"allowed_scopes", "scope_reasons"}


@dataclass(frozen=True)
class NewClient:
    """A registered client. ``secret`` and ``api_key`` are shown once, here; None where it has
    none: a public client has no secret, nor has one that proves itself by a key. ``request`` is
    for the restricted scopes that it has not yet: a second person decides.
    """

    client: Client
    secret: str | None
    api_key: str | None = None
    request: RestrictedScopeRequest | None = None


class Changes(TypedDict, total=False):
    """What may be changed of a client; what is left out stays."""

    scopes: Sequence[str]
    reasons: Mapping[str, str]
    environment: ClientEnvironment
    people: ClientPeople
    redirect_uris: Sequence[str]
    post_logout_redirect_uris: Sequence[str]
    cors_origins: Sequence[str]
    allowed_resources: Sequence[str]
    networks: Sequence[str]
    client_jwks: dict[str, Any] | None
    client_jwks_uri: str
    did: str
    client_assertion_issuer: TrustedIssuer | None
    client_assertion_subject: str
    backchannel_logout_uri: str
    vendor_claims_in_token_response: bool
    access_token_seconds: int
    refresh_idle_seconds: int
    session_seconds: int
    expires_at: datetime | None


def register_client(
    *,
    actor: Actor,
    at: datetime,
    name: str,
    kind: ClientKind,
    auth_method: AuthMethod,
    grant_types: Sequence[GrantType],
    scopes: Sequence[str],
    role: Role | None = None,
    partner: Partner | None = None,
    projects: Sequence[Project] = (),
    redirect_uris: Sequence[str] = (),
    is_resource_server: bool = False,
    owner: User | None = None,
    metadata: ClientMetadata | None = None,
    with_api_key: bool = False,
    reasons: Mapping[str, str] | None = None,
    agreed_by: TwoPeople | None = None,
) -> NewClient:
    """Register a client. What is restricted of its scopes waits for a second person, unless
    ``agreed_by`` names two who have. Raises ValidationFailedError with one entry per fault.
    """
    wanted = Registration(
        name=name.strip(),
        kind=kind,
        auth_method=auth_method,
        grant_types=once(grant_types),
        scopes=once(scopes),
        role=role or default_role(partner),
        partner=partner,
        projects=projects,
        redirect_uris=once(redirect_uris),
        is_resource_server=is_resource_server,
        metadata=settled(metadata or ClientMetadata(), is_resource_server=is_resource_server),
        with_api_key=with_api_key,
        reasons=reasons or {},
    )
    asked = scopes_to_ask_for((), wanted.scopes, actor=actor, is_agreed=agreed_by is not None)
    with transaction.atomic():
        if partner is not None:  # So that no client slips in while the partner is offboarded.
            partner = Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)
            wanted = replace(wanted, partner=partner)
        faults = registration_faults(wanted, actor=actor, at=at)
        if faults:
            raise ValidationFailedError(REFUSED, errors=faults)
        given = _without(asked, wanted)
        new = _create(given, owner)
        record(
            action=Action.CLIENT_CREATED,
            actor=actor,
            at=at,
            subject=client_subject(new.client),
            data={**told_once(given), **told(given)},
        )
        if not asked:
            return new
        request = ask_for_scopes(
            actor=actor,
            at=at,
            client=new.client,
            scopes=asked,
            reasons=wanted.reasons,
            agreed_by=agreed_by,
        )
    return replace(new, request=request)


def change_client(
    *, actor: Actor, at: datetime, client: Client, **changes: Unpack[Changes]
) -> Client:
    """Change what is given and nothing else; the client as it is now.

    One that holds what is beyond a member of staff is not theirs to change: where its answers go
    and which keys are its own decide who can be it. For the same reason a new one of these ends
    what people have agreed to. A restricted scope that is new waits for a second person. Raises
    ValidationFailedError with one entry per fault, InvalidTransitionError when the client is
    disabled.
    """
    with transaction.atomic():
        row = open_row(client)
        before = as_registered(row)
        after = _changed(before, changes)
        asked = scopes_to_ask_for(before.scopes, after.scopes, actor=actor, is_agreed=False)
        given = _without(asked, after)
        named = changes.get("client_assertion_issuer")
        faults = [
            *detail_faults(after),
            *(choice_faults(named, row.partner) if named != row.client_assertion_issuer else ()),
            *(expiry_faults(changes["expires_at"], at=at) if changes.get("expires_at") else ()),
            *restricted_faults(once([*before.scopes, *given.scopes]), before.role, actor),
        ]
        if faults:
            raise ValidationFailedError("The client cannot be changed so.", errors=faults)
        _save(row, before, given, actor=actor, at=at)
        if asked:
            ask_for_scopes(actor=actor, at=at, client=row, scopes=asked, reasons=after.reasons)
    return row


def _without(scopes: Sequence[str], wanted: Registration) -> Registration:
    return replace(wanted, scopes=[name for name in wanted.scopes if name not in scopes])


def _create(wanted: Registration, owner: User | None) -> NewClient:
    secret = new_secret() if wanted.auth_method in SECRET_METHODS else None
    api_key = new_secret() if wanted.with_api_key else None
    client = Client.objects.create(
        client_id=f"cli_{secrets.token_urlsafe(18)}",
        client_secret=hash_secret(secret) if secret else "",
        api_key_hash=hash_secret(api_key) if api_key else "",
        user=owner,
        **lasting_columns(wanted),
        **columns(wanted),
    )
    client.projects.set(wanted.projects)
    return NewClient(client, secret, api_key)


def _changed(present: Registration, changes: Changes) -> Registration:
    """Keys are in one place: naming another place empties the present one."""
    given: dict[str, Any] = dict(changes)
    if any(given.get(place) for place in NO_KEYS):
        given = {**NO_PROOF, **given}
    own: dict[str, Any] = {
        name: once(given.pop(name)) for name in ("scopes", "redirect_uris") if name in given
    }
    own["reasons"] = {**present.reasons, **given.pop("reasons", {})}
    metadata = settled(
        replace(present.metadata, **given), is_resource_server=present.is_resource_server
    )
    return replace(present, **own, metadata=metadata)


def _save(
    row: Client, before: Registration, after: Registration, *, actor: Actor, at: datetime
) -> None:
    """Write and tell what differs; nothing when nothing does."""
    present, wanted = columns(before), columns(after)
    differing = [name for name in wanted if wanted[name] != present[name]]
    if not differing:
        return
    for name in differing:
        setattr(row, name, wanted[name])
    row.save(update_fields=[*differing, "updated"])
    if set(differing) - OF_SCOPES:
        withdraw_for_change(actor=actor, at=at, client=row)
    revoked = revoke_consents(row, at=at) if changes_hands(before, after) else 0
    was, now = told(before), told(after)
    names = [name for name in now if now[name] != was[name]]
    record(
        action=Action.CLIENT_CHANGED,
        actor=actor,
        at=at,
        subject=client_subject(row),
        data={
            "before": {name: was[name] for name in names},
            "after": {name: now[name] for name in names},
            "consents_revoked": revoked,
        },
    )
