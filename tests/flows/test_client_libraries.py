"""Standard client libraries complete their flows over real HTTP, by discovery alone.

Each knows the issuer, its own credentials and the scopes it wants; whatever else it needs, it
finds in the metadata.
"""

import asyncio
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from authlib.integrations.django_client import OAuth
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from django.contrib.sessions.backends.cache import SessionStore
from django.test import RequestFactory
from httpx_oauth.clients.openid import OpenID
from oauthlib.oauth2 import BackendApplicationClient
from requests_oauthlib import OAuth2Session

from tests.conformance.stage import Keyholder, fapi_of
from tests.factories.oauth import REDIRECT_URI, machine, pkce, web_app
from tests.factories.world import World, make_world
from tests.flows.node import exchange, prepared, script
from tests.flows.visitor import Visitor

pytestmark = pytest.mark.django_db(transaction=True)

SCOPES = ("openid", "profile", "email", "purchase_orders:read", "offline_access")
DISCOVERY = "/.well-known/openid-configuration"


@pytest.fixture
def server(live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    settings.PUBLIC_URL = live_server.url
    for library in ("AUTHLIB", "OAUTHLIB"):  # The test server speaks plain HTTP.
        monkeypatch.setenv(f"{library}_INSECURE_TRANSPORT", "1")
    return str(live_server.url)


@pytest.fixture
def world(server: str) -> World:
    del server
    return make_world()


def discovered(server: str) -> dict[str, Any]:
    return dict(requests.get(f"{server}{DISCOVERY}", timeout=10).json())


# --- Authlib --------------------------------------------------------------------------------------
def test_authlib_gets_a_token_for_a_machine(server: str, world: World) -> None:
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])
    session = AuthlibSession(new.client.client_id, new.secret, scope="purchase_orders:read")

    session.fetch_token(discovered(server)["token_endpoint"], grant_type="client_credentials")

    assert session.get(f"{server}/api/v1/purchase-orders").json()["data"] == []


def test_authlib_signs_a_person_in_and_checks_the_id_token(server: str, world: World) -> None:
    new = web_app(partner=world.acme, scopes=SCOPES)
    portal = OAuth().register(
        "countersign",
        client_id=new.client.client_id,
        client_secret=new.secret,
        server_metadata_url=f"{server}{DISCOVERY}",
        client_kwargs={"scope": " ".join(SCOPES), "code_challenge_method": "S256"},
    )
    asking = RequestFactory().get("/login")
    asking.session = SessionStore()
    address = portal.authorize_redirect(asking, REDIRECT_URI)["Location"]

    back = Visitor(server, world.bo.email).allow(address)
    coming = RequestFactory().get(back.partition(REDIRECT_URI)[2])
    coming.session = asking.session
    token = portal.authorize_access_token(coming)  # It validates the ID token and its nonce.

    assert token["userinfo"]["sub"] == portal.userinfo(token=token)["sub"] == world.bo.public_id
    assert portal.userinfo(token=token)["email"] == world.bo.email


# --- requests-oauthlib ----------------------------------------------------------------------------
def test_requests_oauthlib_gets_a_token_for_a_machine(server: str, world: World) -> None:
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])
    application = BackendApplicationClient(new.client.client_id, scope=["purchase_orders:read"])
    session = OAuth2Session(client=application)

    session.fetch_token(discovered(server)["token_endpoint"], client_secret=new.secret)

    assert session.get(f"{server}/api/v1/purchase-orders").json()["data"] == []


def test_requests_oauthlib_completes_code_and_refresh(server: str, world: World) -> None:
    new, found = web_app(partner=world.acme, scopes=SCOPES), discovered(server)
    session = OAuth2Session(
        new.client.client_id, redirect_uri=REDIRECT_URI, scope=list(SCOPES), pkce="S256"
    )
    address, _ = session.authorization_url(found["authorization_endpoint"])

    back = Visitor(server, world.bo.email).allow(address)
    first = session.fetch_token(
        found["token_endpoint"], authorization_response=back, client_secret=new.secret
    )
    second = session.refresh_token(
        found["token_endpoint"], auth=(new.client.client_id, str(new.secret))
    )

    assert session.get(f"{server}/api/v1/purchase-orders").json()["data"] == []
    assert second["refresh_token"] != first["refresh_token"]


# --- httpx-oauth ----------------------------------------------------------------------------------
def test_httpx_oauth_completes_code_refresh_and_revocation(server: str, world: World) -> None:
    new, proof = web_app(partner=world.acme, scopes=SCOPES), pkce()
    portal = OpenID(new.client.client_id, str(new.secret), f"{server}{DISCOVERY}")
    address = asyncio.run(
        portal.get_authorization_url(
            REDIRECT_URI,
            state="a-state",
            scope=list(SCOPES),
            code_challenge=proof.challenge,
            code_challenge_method="S256",
        )
    )

    back = Visitor(server, world.bo.email).allow(address)
    code = dict(parse_qsl(urlsplit(back).query))["code"]
    person, again, revoked = asyncio.run(_with_httpx(portal, code, proof.verifier))

    assert person == (world.bo.public_id, world.bo.email)
    assert (bool(again["access_token"]), revoked) == (True, None)


async def _with_httpx(portal: OpenID, code: str, verifier: str) -> tuple[Any, Any, Any]:
    token = await portal.get_access_token(code, REDIRECT_URI, verifier)
    person = await portal.get_id_email(token["access_token"])
    again = await portal.refresh_token(token["refresh_token"])
    revoked = await portal.revoke_token(again["access_token"], "access_token")
    return person, again, revoked


# --- openid-client --------------------------------------------------------------------------------
def test_openid_client_pushes_and_proves_its_keys(server: str, world: World) -> None:
    fapi = fapi_of(web_app(partner=world.acme, scopes=SCOPES))
    known = {
        "issuer": server,
        "client_id": fapi.new.client.client_id,
        "key": _private_jwk(fapi.holder),
        "redirect_uri": REDIRECT_URI,
        "scope": " ".join(SCOPES),
        "resource": f"{server}/api/v1/purchase-orders",
    }

    with script(prepared("openid_client"), "flow.mjs") as process:
        asked = exchange(process, known)
        back = Visitor(server, world.bo.email).allow(asked["address"])
        got = exchange(process, {"address": back})

    assert asked["parameters"] == ["client_id", "request_uri"]
    assert got == {
        "token_type": "dpop",
        "scope": " ".join(SCOPES),
        "email": world.bo.email,
        "orders": [200, 200],
        "rotated": False,
    }


def _private_jwk(holder: Keyholder) -> dict[str, Any]:
    return {**holder.key.as_dict(private=True), "kid": holder.thumbprint}
