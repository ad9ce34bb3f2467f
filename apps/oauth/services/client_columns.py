"""A client's columns: as they are stored, as the trail tells them, and read back."""

from collections.abc import Sequence
from typing import Any

from apps.oauth.models import Client, ClientKind
from apps.oauth.models.clients import (
    AuthMethod,
    ClientEnvironment,
    ClientPeople,
    GrantType,
    IdTokenAlgorithm,
    Profile,
)
from apps.oauth.policy.client_keys import kept_members, thumbprints
from apps.oauth.policy.metadata import ClientMetadata
from apps.oauth.policy.registration import Registration
from apps.partners.models import Role


def once(values: Sequence[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


def lasting_columns(wanted: Registration) -> dict[str, Any]:
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


def columns(wanted: Registration) -> dict[str, Any]:
    """The columns that may change, as they are stored."""
    metadata = wanted.metadata
    return {
        "allowed_scopes": list(wanted.scopes),
        "scope_reasons": _reasons(wanted),
        "environment": metadata.environment,
        "people": wanted.people,
        "redirect_uris": " ".join(wanted.redirect_uris),
        "post_logout_redirect_uris": " ".join(once(metadata.post_logout_redirect_uris)),
        "allowed_origins": " ".join(once(metadata.cors_origins)),
        "allowed_resources": once(metadata.allowed_resources),
        "networks": once(metadata.networks),
        "client_jwks": kept_members(metadata.client_jwks) if metadata.client_jwks else None,
        "client_jwks_uri": metadata.client_jwks_uri,
        "did": metadata.did,
        "client_assertion_issuer": metadata.client_assertion_issuer,
        "client_assertion_subject": metadata.client_assertion_subject,
        "backchannel_logout_uri": metadata.backchannel_logout_uri,
        "vendor_claims_in_token_response": metadata.vendor_claims_in_token_response,
        "access_token_seconds": metadata.access_token_seconds,
        "refresh_idle_seconds": metadata.refresh_idle_seconds,
        "session_seconds": metadata.session_seconds,
        "expires_at": metadata.expires_at,
    }


def _reasons(wanted: Registration) -> dict[str, str]:
    """A reason goes with its scope."""
    return {name: wanted.reasons[name] for name in wanted.scopes if name in wanted.reasons}


def told(wanted: Registration) -> dict[str, Any]:
    """What may change, as the trail tells it: of keys the thumbprints (RFC 7638)."""
    metadata = wanted.metadata
    issuer = metadata.client_assertion_issuer
    return {
        "scopes": list(wanted.scopes),
        "scope_reasons": _reasons(wanted),
        "environment": metadata.environment,
        "people": wanted.people,
        "redirect_uris": list(wanted.redirect_uris),
        "post_logout_redirect_uris": once(metadata.post_logout_redirect_uris),
        "cors_origins": once(metadata.cors_origins),
        "allowed_resources": once(metadata.allowed_resources),
        "networks": once(metadata.networks),
        "client_jwks": thumbprints(metadata.client_jwks),
        "client_jwks_uri": metadata.client_jwks_uri,
        "did": metadata.did,
        "client_assertion_issuer": issuer.public_id if issuer else None,
        "client_assertion_subject": metadata.client_assertion_subject,
        "backchannel_logout_uri": metadata.backchannel_logout_uri,
        "vendor_claims_in_token_response": metadata.vendor_claims_in_token_response,
        "access_token_seconds": metadata.access_token_seconds,
        "refresh_idle_seconds": metadata.refresh_idle_seconds,
        "session_seconds": metadata.session_seconds,
        "expires_at": metadata.expires_at.isoformat() if metadata.expires_at else None,
    }


def told_once(wanted: Registration) -> dict[str, Any]:
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


def as_registered(client: Client) -> Registration:
    return Registration(
        name=client.name,
        kind=ClientKind(client.kind),
        auth_method=AuthMethod(client.token_endpoint_auth_method),
        grant_types=[GrantType(name) for name in client.grant_types],
        scopes=client.allowed_scopes,
        reasons=client.scope_reasons,
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
        environment=ClientEnvironment(client.environment),
        people=ClientPeople(client.people),
        client_jwks=client.client_jwks,
        client_jwks_uri=client.client_jwks_uri,
        did=client.did,
        client_assertion_issuer=client.client_assertion_issuer,
        client_assertion_subject=client.client_assertion_subject,
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
        vendor_claims_in_token_response=client.vendor_claims_in_token_response,
        access_token_seconds=client.access_token_seconds,
        refresh_idle_seconds=client.refresh_idle_seconds,
        session_seconds=client.session_seconds,
        expires_at=client.expires_at,
    )
