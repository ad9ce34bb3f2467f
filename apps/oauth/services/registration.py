"""Registering a client, and changing what may be changed without registering it again."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.db import transaction

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import Actor
from apps.core.errors import InvalidTransitionError, ValidationFailedError
from apps.identity.models import User
from apps.oauth.crypto import new_secret
from apps.oauth.models import Client, ClientKind, ClientStatus
from apps.oauth.models.clients import (
    SECRET_METHODS,
    AuthMethod,
    GrantType,
    IdTokenAlgorithm,
    Profile,
)
from apps.oauth.policy.client_keys import kept_members, thumbprints
from apps.oauth.policy.metadata import ClientMetadata, expiry_faults, settled
from apps.oauth.policy.registration import (
    Registration,
    changes_hands,
    default_role,
    detail_faults,
    registration_faults,
    restricted_faults,
)
from apps.oauth.services.clients import client_subject, hash_secret, revoke_consents
from apps.partners.models import Partner, Role
from apps.projects.models import Project

REFUSED = "The client cannot be registered so."
# The places where a client's keys may be, empty.
NO_KEYS: dict[str, Any] = {"client_jwks": None, "client_jwks_uri": "", "did": ""}


@dataclass(frozen=True)
class NewClient:
    """A registered client. ``secret`` and ``api_key`` are shown once, here; None where it has
    none: a public client has no secret, nor has one that proves itself by a key.
    """

    client: Client
    secret: str | None
    api_key: str | None = None


class Changes(TypedDict, total=False):
    """What may be changed of a client; what is left out stays."""

    scopes: Sequence[str]
    redirect_uris: Sequence[str]
    post_logout_redirect_uris: Sequence[str]
    cors_origins: Sequence[str]
    allowed_resources: Sequence[str]
    networks: Sequence[str]
    client_jwks: dict[str, Any] | None
    client_jwks_uri: str
    did: str
    backchannel_logout_uri: str
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
) -> NewClient:
    """Register a client. Raises ValidationFailedError with one entry per fault."""
    wanted = Registration(
        name=name.strip(),
        kind=kind,
        auth_method=auth_method,
        grant_types=_once(grant_types),
        scopes=_once(scopes),
        role=role or default_role(partner),
        partner=partner,
        projects=projects,
        redirect_uris=_once(redirect_uris),
        is_resource_server=is_resource_server,
        metadata=settled(metadata or ClientMetadata(), is_resource_server=is_resource_server),
        with_api_key=with_api_key,
    )
    with transaction.atomic():
        if partner is not None:  # So that no client slips in while the partner is offboarded.
            partner = Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)
            wanted = replace(wanted, partner=partner)
        faults = registration_faults(wanted, actor=actor, at=at)
        if faults:
            raise ValidationFailedError(REFUSED, errors=faults)
        new = _create(wanted, owner)
        record(
            action=Action.CLIENT_CREATED,
            actor=actor,
            at=at,
            subject=client_subject(new.client),
            data={**_told_once(wanted), **_told(wanted)},
        )
    return new


def change_client(
    *, actor: Actor, at: datetime, client: Client, **changes: Unpack[Changes]
) -> Client:
    """Change what is given and nothing else; the client as it is now.

    One that holds what is beyond a member of staff is not theirs to change: where its answers go
    and which keys are its own decide who can be it. For the same reason a new one of these ends
    what people have agreed to. Raises ValidationFailedError with one entry per fault,
    InvalidTransitionError when the client is disabled.
    """
    with transaction.atomic():
        row = Client.objects.select_for_update(no_key=True).get(pk=client.pk)
        if row.status == ClientStatus.DISABLED:
            raise InvalidTransitionError("The client is disabled for good.")
        before = _as_registered(row)
        after = _changed(before, changes)
        faults = [
            *detail_faults(after),
            *(expiry_faults(changes["expires_at"], at=at) if changes.get("expires_at") else ()),
            *restricted_faults(_once([*before.scopes, *after.scopes]), before.role, actor),
        ]
        if faults:
            raise ValidationFailedError("The client cannot be changed so.", errors=faults)
        _save(row, before, after, actor=actor, at=at)
    return row


def _once(values: Sequence[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


def _create(wanted: Registration, owner: User | None) -> NewClient:
    secret = new_secret() if wanted.auth_method in SECRET_METHODS else None
    api_key = new_secret() if wanted.with_api_key else None
    client = Client.objects.create(
        client_id=f"cli_{secrets.token_urlsafe(18)}",
        client_secret=hash_secret(secret) if secret else "",
        api_key_hash=hash_secret(api_key) if api_key else "",
        user=owner,
        **_lasting_columns(wanted),
        **_columns(wanted),
    )
    client.projects.set(wanted.projects)
    return NewClient(client, secret, api_key)


def _lasting_columns(wanted: Registration) -> dict[str, Any]:
    """The columns that stay as they were registered."""
    public, metadata = wanted.auth_method == AuthMethod.NONE, wanted.metadata
    return {
        "client_type": Client.CLIENT_PUBLIC if public else Client.CLIENT_CONFIDENTIAL,
        "name": wanted.name,
        "kind": wanted.kind,
        "partner": wanted.partner,
        "role": wanted.role,
        "grant_types": wanted.grant_types,
        "token_endpoint_auth_method": wanted.auth_method,
        "is_resource_server": wanted.is_resource_server,
        "audience": metadata.audience,
        "profile": metadata.profile,
        "dpop_bound_access_tokens": metadata.dpop_bound_access_tokens,
        "require_pushed_authorization_requests": metadata.require_pushed_authorization_requests,
        "id_token_signed_response_alg": metadata.id_token_signed_response_alg,
        "userinfo_signed_response_alg": metadata.userinfo_signed_response_alg or "",
    }


def _columns(wanted: Registration) -> dict[str, Any]:
    """The columns that may change, as they are stored."""
    metadata = wanted.metadata
    return {
        "allowed_scopes": list(wanted.scopes),
        "redirect_uris": " ".join(wanted.redirect_uris),
        "post_logout_redirect_uris": " ".join(_once(metadata.post_logout_redirect_uris)),
        "allowed_origins": " ".join(_once(metadata.cors_origins)),
        "allowed_resources": _once(metadata.allowed_resources),
        "networks": _once(metadata.networks),
        "client_jwks": kept_members(metadata.client_jwks) if metadata.client_jwks else None,
        "client_jwks_uri": metadata.client_jwks_uri,
        "did": metadata.did,
        "backchannel_logout_uri": metadata.backchannel_logout_uri,
        "access_token_seconds": metadata.access_token_seconds,
        "refresh_idle_seconds": metadata.refresh_idle_seconds,
        "session_seconds": metadata.session_seconds,
        "expires_at": metadata.expires_at,
    }


def _told(wanted: Registration) -> dict[str, Any]:
    """What may change, as the trail tells it: of keys the thumbprints (RFC 7638)."""
    metadata = wanted.metadata
    return {
        "scopes": list(wanted.scopes),
        "redirect_uris": list(wanted.redirect_uris),
        "post_logout_redirect_uris": _once(metadata.post_logout_redirect_uris),
        "cors_origins": _once(metadata.cors_origins),
        "allowed_resources": _once(metadata.allowed_resources),
        "networks": _once(metadata.networks),
        "client_jwks": thumbprints(metadata.client_jwks),
        "client_jwks_uri": metadata.client_jwks_uri,
        "did": metadata.did,
        "backchannel_logout_uri": metadata.backchannel_logout_uri,
        "access_token_seconds": metadata.access_token_seconds,
        "refresh_idle_seconds": metadata.refresh_idle_seconds,
        "session_seconds": metadata.session_seconds,
        "expires_at": metadata.expires_at.isoformat() if metadata.expires_at else None,
    }


def _told_once(wanted: Registration) -> dict[str, Any]:
    """What stays as it was registered."""
    metadata = wanted.metadata
    return {
        "kind": wanted.kind,
        "role": wanted.role,
        "partner": wanted.partner.public_id if wanted.partner else None,
        "grant_types": list(wanted.grant_types),
        "auth_method": wanted.auth_method,
        "api_key": wanted.with_api_key,
        "projects": [project.public_id for project in wanted.projects],
        "profile": metadata.profile,
        "audience": metadata.audience,
        "dpop_bound_access_tokens": metadata.dpop_bound_access_tokens,
        "require_pushed_authorization_requests": metadata.require_pushed_authorization_requests,
        "id_token_signed_response_alg": metadata.id_token_signed_response_alg,
        "userinfo_signed_response_alg": metadata.userinfo_signed_response_alg,
    }


def _as_registered(client: Client) -> Registration:
    return Registration(
        name=client.name,
        kind=ClientKind(client.kind),
        auth_method=AuthMethod(client.token_endpoint_auth_method),
        grant_types=[GrantType(name) for name in client.grant_types],
        scopes=client.allowed_scopes,
        role=Role(client.role),
        partner=client.partner,
        projects=list(client.projects.all()),
        redirect_uris=client.redirect_uris.split(),
        is_resource_server=client.is_resource_server,
        with_api_key=bool(client.api_key_hash),
        metadata=_metadata_of(client),
    )


def _metadata_of(client: Client) -> ClientMetadata:
    userinfo = client.userinfo_signed_response_alg
    return ClientMetadata(
        profile=Profile(client.profile),
        client_jwks=client.client_jwks,
        client_jwks_uri=client.client_jwks_uri,
        did=client.did,
        backchannel_logout_uri=client.backchannel_logout_uri,
        post_logout_redirect_uris=client.post_logout_redirect_uris.split(),
        cors_origins=client.allowed_origins.split(),
        allowed_resources=client.allowed_resources,
        networks=client.networks,
        audience=client.audience,
        id_token_signed_response_alg=IdTokenAlgorithm(client.id_token_signed_response_alg),
        userinfo_signed_response_alg=IdTokenAlgorithm(userinfo) if userinfo else None,
        dpop_bound_access_tokens=client.dpop_bound_access_tokens,
        require_pushed_authorization_requests=client.require_pushed_authorization_requests,
        access_token_seconds=client.access_token_seconds,
        refresh_idle_seconds=client.refresh_idle_seconds,
        session_seconds=client.session_seconds,
        expires_at=client.expires_at,
    )


def _changed(present: Registration, changes: Changes) -> Registration:
    """Keys are in one place: naming another place empties the present one."""
    given: dict[str, Any] = dict(changes)
    if any(given.get(place) for place in NO_KEYS):
        given = {**NO_KEYS, **given}
    own: dict[str, Any] = {
        name: _once(given.pop(name)) for name in ("scopes", "redirect_uris") if name in given
    }
    metadata = settled(
        replace(present.metadata, **given), is_resource_server=present.is_resource_server
    )
    return replace(present, **own, metadata=metadata)


def _save(
    row: Client, before: Registration, after: Registration, *, actor: Actor, at: datetime
) -> None:
    """Write and tell what differs; nothing when nothing does."""
    present, wanted = _columns(before), _columns(after)
    differing = [name for name in wanted if wanted[name] != present[name]]
    if not differing:
        return
    for name in differing:
        setattr(row, name, wanted[name])
    row.save(update_fields=[*differing, "updated"])
    revoked = revoke_consents(row, at=at) if changes_hands(before, after) else 0
    was, now = _told(before), _told(after)
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
