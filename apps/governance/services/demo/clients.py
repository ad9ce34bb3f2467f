"""The demo's clients: made where they lack, their credentials mended where they do not fit."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import check_password
from joserfc.jwk import ECKey

from apps.governance.services.demo.cast import DemoClient
from apps.governance.services.demo.run import Document, Run
from apps.oauth.models import Client, ClientStatus
from apps.oauth.models.clients import SECRET_METHODS, AuthMethod
from apps.oauth.policy.kinds import client_kind
from apps.oauth.policy.metadata import ClientMetadata
from apps.oauth.services import change_client, register_client, rotate_secret, suspend_client
from apps.partners.models import Partner
from apps.projects.models import Project

REPLACED = "the demo's client of this name authenticates in another way now"


def ensure_client(
    run: Run, wanted: DemoClient, partners: dict[str, Partner], projects: list[Project]
) -> Document | None:
    """None where the client's partner was thrown out before the client was made."""
    partner = partners[wanted.partner] if wanted.partner else None
    same = Client.objects.filter(name=wanted.name, partner=partner).order_by("pk")
    client = same.filter(token_endpoint_auth_method=wanted.auth).first()
    if client is not None:
        credentials = _credentials(run, client)
    elif partner is None or partner.is_live:
        for earlier in same.filter(status=ClientStatus.ACTIVE):
            suspend_client(**run.who, client=earlier, reason=REPLACED)
        client, credentials = _register(run, wanted, partner, projects)
    else:
        return None
    return {
        "client_id": client.client_id,
        **credentials,
        "grants": client.grant_types,
        "scopes": client.allowed_scopes,
        "redirect_uris": client.redirect_uris.split(),
        "post_logout_redirect_uris": client.post_logout_redirect_uris.split(),
        "cors_origins": client.allowed_origins.split(),
        "auth": client.token_endpoint_auth_method,
    }


def _register(
    run: Run, wanted: DemoClient, partner: Partner | None, projects: list[Project]
) -> tuple[Client, Document]:
    run.made.append(f"client {wanted.name}")
    key = _new_key() if wanted.auth == AuthMethod.PRIVATE_KEY_JWT else None
    new = register_client(
        **run.who,
        name=wanted.name,
        kind=client_kind(partner),
        auth_method=wanted.auth,
        grant_types=wanted.grants,
        scopes=wanted.scopes,
        role=wanted.role,
        partner=partner,
        projects=() if partner else projects,
        redirect_uris=wanted.redirect_uris,
        is_resource_server=wanted.is_resource_server,
        metadata=ClientMetadata(
            client_jwks=_public_set(key) if key else None,
            post_logout_redirect_uris=wanted.post_logout_redirect_uris,
            cors_origins=wanted.cors_origins,
            dpop_bound_access_tokens=wanted.dpop_bound,
        ),
    )
    if key:
        return new.client, {"private_jwk": key}
    return new.client, {"client_secret": new.secret} if new.secret else {}


def _credentials(run: Run, client: Client) -> Document:
    """Those we know, if they are still good; else new ones, unless the client is disabled."""
    if client.token_endpoint_auth_method in SECRET_METHODS:
        return {"client_secret": _secret(run, client)}
    if client.token_endpoint_auth_method == AuthMethod.PRIVATE_KEY_JWT:
        return {"private_jwk": _key(run, client)}
    return {}


def _secret(run: Run, client: Client) -> str:
    known = run.known.secrets.get(client.client_id, "")
    if check_password(known, client.client_secret) or client.status == ClientStatus.DISABLED:
        return known
    run.made.append(f"secret of {client.name}")
    return rotate_secret(**run.who, client=client, overlap=timedelta(0)).secret


def _key(run: Run, client: Client) -> Document:
    known = run.known.keys.get(client.client_id, {})
    fits = bool(known) and _public_set(known) == client.client_jwks
    if fits or client.status == ClientStatus.DISABLED:
        return known
    run.made.append(f"key of {client.name}")
    key = _new_key()
    change_client(**run.who, client=client, client_jwks=_public_set(key))
    return key


def _new_key() -> Document:
    key = ECKey.generate_key("P-256")
    return {**key.as_dict(private=True), "kid": key.thumbprint(), "use": "sig", "alg": "ES256"}


def _public_set(key: Document) -> dict[str, Any]:
    return {"keys": [{name: value for name, value in key.items() if name != "d"}]}
