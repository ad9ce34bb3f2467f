"""Clients and tokens, made by the services and endpoints that make real ones."""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings
from django.test import Client as Browser
from joserfc.jwk import Key

from apps.core.actor import system_actor
from apps.identity.models import User
from apps.oauth.models import Client, ClientKind
from apps.oauth.models.clients import AuthMethod, ClientPeople, GrantType
from apps.oauth.policy.metadata import ClientMetadata
from apps.oauth.services import NewClient, register_client
from apps.oauth.services.dpop import fresh_nonce
from apps.partners.models import Partner, Role
from apps.projects.models import Project
from tests.factories.jose import assertion_form, client_assertion, dpop_proof

REDIRECT_URI = "https://app.example/callback"


def machine(
    *,
    scopes: Sequence[str] = (),
    partner: Partner | None = None,
    role: Role | None = None,
    projects: Sequence[Project] = (),
    auth_method: AuthMethod = AuthMethod.SECRET_BASIC,
    is_resource_server: bool = False,
) -> NewClient:
    """A client that acts for itself."""
    return register_client(
        actor=system_actor("test"),
        at=datetime.now(tz=UTC),
        name="Machine",
        kind=ClientKind.SERVICE if partner else ClientKind.INTERNAL,
        auth_method=auth_method,
        grant_types=[GrantType.CLIENT_CREDENTIALS],
        scopes=scopes,
        role=role,
        partner=partner,
        projects=projects,
        is_resource_server=is_resource_server,
    )


def web_app(
    *,
    scopes: Sequence[str] = ("purchase_orders:read", "offline_access"),
    partner: Partner | None = None,
    auth_method: AuthMethod = AuthMethod.SECRET_BASIC,
    redirect_uris: Sequence[str] = (REDIRECT_URI,),
    people: ClientPeople | None = None,
) -> NewClient:
    """A client that acts for people, by authorization code: for everybody, where that is allowed
    and nothing else is said.
    """
    return register_client(
        actor=system_actor("test"),
        at=datetime.now(tz=UTC),
        name="Web app",
        kind=ClientKind.SERVICE if partner else ClientKind.INTERNAL,
        auth_method=auth_method,
        grant_types=[GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN],
        scopes=scopes,
        partner=partner,
        redirect_uris=redirect_uris,
        metadata=ClientMetadata(people=people or open_to(partner)),
    )


def open_to(partner: Partner | None) -> ClientPeople | None:
    """Most tests are not about whom a client is for: the buyer's own is for everybody in them."""
    return None if partner else ClientPeople.EVERYONE


def basic(client: Client | str, secret: str | None) -> str:
    name = client if isinstance(client, str) else client.client_id
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


Form = Mapping[str, str | Sequence[str]]


def post_form(
    path: str, data: Form, *, authorization: str = "", headers: dict[str, str] | None = None
) -> Any:
    """A form posted as a client library posts it; a parameter with a list is repeated."""
    named = {"Authorization": authorization} if authorization else {}
    return Browser().post(
        path,
        data=urlencode(data, doseq=True),
        content_type="application/x-www-form-urlencoded",
        headers={**named, **(headers or {})},
    )


def access_token(new: NewClient, scopes: Sequence[str] | None = None) -> str:
    """A client_credentials token over HTTP, with all the client's scopes unless told."""
    wanted = new.client.allowed_scopes if scopes is None else scopes
    answer = post_form(
        "/oauth/token",
        {"grant_type": "client_credentials", "scope": " ".join(wanted)},
        authorization=basic(new.client, new.secret),
    )
    assert answer.status_code == 200, answer.content
    return str(json.loads(answer.content)["access_token"])


def bound_token(client: Client, key: Key, scopes: Sequence[str] | None = None) -> str:
    """A client_credentials token bound to the key that the client proves itself by, with all its
    scopes unless told: what the restricted tier asks for.
    """
    wanted = client.allowed_scopes if scopes is None else scopes
    nonce = fresh_nonce(datetime.now(tz=UTC))
    answer = post_form(
        "/oauth/token",
        {
            "grant_type": "client_credentials",
            "scope": " ".join(wanted),
            **assertion_form(client_assertion(client.client_id, key, settings.PUBLIC_URL)),
        },
        headers={
            "DPoP": dpop_proof(key, "POST", f"{settings.PUBLIC_URL}/oauth/token", nonce=nonce)
        },
    )
    assert answer.status_code == 200, answer.content
    return str(json.loads(answer.content)["access_token"])


@dataclass(frozen=True)
class Pkce:
    """A verifier and its S256 challenge."""

    verifier: str
    challenge: str


def pkce() -> Pkce:
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    return Pkce(verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode())


def authorize_query(new: NewClient, proof: Pkce, **changes: str) -> dict[str, str]:
    """The parameters of a good authorization request."""
    return {
        "response_type": "code",
        "client_id": new.client.client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": " ".join(new.client.allowed_scopes),
        "state": "a-state",
        "code_challenge": proof.challenge,
        "code_challenge_method": "S256",
        **changes,
    }


def redirect_parameters(answer: Any) -> dict[str, str]:
    """What the browser is sent back to the client with."""
    return {k: v[0] for k, v in parse_qs(urlsplit(answer["Location"]).query).items()}


def consent(
    user: User, new: NewClient, proof: Pkce, decision: str = "allow", **changes: str
) -> Any:
    """Sign in, read the consent page, answer it; the redirect to the client."""
    browser = Browser()
    browser.force_login(user)
    page = browser.get("/oauth/authorize", authorize_query(new, proof, **changes))
    assert page.status_code == 200, page.content
    handle = page.context["request_handle"]
    return browser.post("/oauth/authorize", {"request_handle": handle, "decision": decision})


def code_for(user: User, new: NewClient, proof: Pkce, **changes: str) -> str:
    return redirect_parameters(consent(user, new, proof, **changes))["code"]


def redeem(new: NewClient, code: str, proof: Pkce, **changes: str) -> Any:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": proof.verifier,
        **changes,
    }
    if new.secret is None:
        return post_form("/oauth/token", {"client_id": new.client.client_id, **form})
    return post_form("/oauth/token", form, authorization=basic(new.client, new.secret))


def refresh(new: NewClient, token: str, **changes: str) -> Any:
    form = {"grant_type": "refresh_token", "refresh_token": token, **changes}
    if new.secret is None:
        return post_form("/oauth/token", {"client_id": new.client.client_id, **form})
    return post_form("/oauth/token", form, authorization=basic(new.client, new.secret))
