"""OpenID Connect Core, sections 2, 3.1.3 and 12: ID tokens."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from joserfc import jwt
from joserfc.jwk import KeySet

from apps.core.keys import signatures
from tests.conformance.compliance import conforms
from tests.conformance.stage import (
    ISSUER,
    allow,
    ask,
    call_api,
    changed,
    claims_in,
    header_of,
    post,
    sent_back,
    signed_in,
    tokens_of,
    told,
)
from tests.factories.oauth import machine, pkce, redeem, refresh, web_app
from tests.factories.world import World

pytestmark = pytest.mark.django_db

SCOPES = ("openid", "profile", "email", "purchase_orders:read", "offline_access")
HASHES = {"RS256": hashlib.sha256, "ES256": hashlib.sha256, "EdDSA": hashlib.sha512}


@pytest.fixture
def new(world: World) -> Any:
    return web_app(partner=world.acme, scopes=SCOPES)


def id_claims(world: World, new: Any, **changes: str) -> dict[str, Any]:
    return claims_in(tokens_of(world.bo, new, **changes)["id_token"])


@conforms("OIDC Core", "2", "Every claim that has to be there is there.")
def test_required_claims_are_there(new: Any, world: World) -> None:
    claims = id_claims(world, new)

    assert (claims["iss"], claims["aud"]) == (ISSUER, new.client.client_id)
    assert {"sub", "exp", "iat", "auth_time"} - set(claims) == set()


@conforms("ASVS 5 V10", "10.3.3", "People are identified by what is never given to somebody else.")
@conforms("OIDC Core", "2", "The subject is short, opaque and always the same.")
def test_subject_is_opaque_and_stable(new: Any, world: World) -> None:
    one, two = (id_claims(world, new, prompt="consent")["sub"] for _ in range(2))

    assert (one == two, len(one) <= 255, one.isascii()) == (True, True, True)
    assert one not in {str(world.bo.pk), world.bo.email}


@conforms("OIDC Core", "2", "auth_time is when the person signed in, not now.")
def test_auth_time_is_the_sign_in(new: Any, world: World, time_machine: Any) -> None:
    browser, proof = signed_in(world.bo), pkce()
    before = datetime.now(tz=UTC)
    time_machine.move_to(before + timedelta(minutes=20))
    code = sent_back(allow(browser, ask(browser, new, proof)))["code"]

    claims = claims_in(told(redeem(new, code, proof))["id_token"])

    assert abs(claims["auth_time"] - before.timestamp()) <= 5


@conforms("OIDC Core", "2", "The nonce comes back as it was sent.")
def test_nonce_comes_back(new: Any, world: World) -> None:
    assert id_claims(world, new, nonce="n-0S6_WzA2Mj")["nonce"] == "n-0S6_WzA2Mj"


@conforms("OIDC Core", "2", "Without a nonce there is none.")
def test_no_nonce_is_no_claim(new: Any, world: World) -> None:
    assert "nonce" not in id_claims(world, new)


@conforms("OIDC Core", "3.1.3.3", "Without the scope openid there is no ID token.")
def test_no_openid_is_no_id_token(new: Any, world: World) -> None:
    assert "id_token" not in tokens_of(world.bo, new, scope="purchase_orders:read")


@conforms("OIDC Core", "3.1.3.6", "at_hash is the left half of the token's hash.")
@pytest.mark.parametrize("algorithm", ("RS256", "ES256", "EdDSA"))
def test_at_hash_fits_the_access_token(algorithm: str, new: Any, world: World) -> None:
    signed = changed(new, id_token_signed_response_alg=algorithm)
    body = tokens_of(world.bo, signed)
    digest = HASHES[algorithm](body["access_token"].encode()).digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()

    assert claims_in(body["id_token"])["at_hash"] == half


@conforms("OIDC Core", "3.1.3.7", "The signature verifies with a published key.")
@pytest.mark.parametrize("algorithm", ("RS256", "ES256", "EdDSA"))
def test_id_token_verifies(algorithm: str, new: Any, world: World) -> None:
    signed = changed(new, id_token_signed_response_alg=algorithm)
    token = tokens_of(world.bo, signed)["id_token"]
    keys = KeySet.import_key_set(told(Browser().get("/oauth/jwks")))

    found = jwt.decode(token, keys, registry=signatures([algorithm]))

    assert (found.header["alg"], found.claims["iss"]) == (algorithm, ISSUER)


@conforms("OIDC Core", "15.1", "RS256 is what a client gets unless it asks for another.")
def test_rs256_is_the_default(new: Any, world: World) -> None:
    header = header_of(tokens_of(world.bo, new)["id_token"])

    assert (header["alg"], bool(header["kid"])) == ("RS256", True)


@conforms("OIDC Core", "12.2", "A refreshed ID token has the same issuer, subject and sign-in.")
def test_refreshed_id_token_is_of_the_same_sign_in(new: Any, world: World) -> None:
    first = tokens_of(world.bo, new, nonce="once")
    second = told(refresh(new, first["refresh_token"]))
    one, two = claims_in(first["id_token"]), claims_in(second["id_token"])

    same = ("iss", "sub", "aud", "auth_time", "azp")
    assert [two[name] for name in same] == [one[name] for name in same]


@conforms("OIDC Core", "12.2", "A refreshed ID token has no nonce.", level="SHOULD")
def test_refreshed_id_token_has_no_nonce(new: Any, world: World) -> None:
    first = tokens_of(world.bo, new, nonce="once")

    assert "nonce" not in claims_in(told(refresh(new, first["refresh_token"]))["id_token"])


@conforms("OIDC Core", "16.11", "An ID token opens no resource.")
def test_id_token_is_no_access_token(new: Any, world: World) -> None:
    token = tokens_of(world.bo, new)["id_token"]
    asked = Browser().get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"})

    assert [call_api(token).status_code, asked.status_code] == [401, 401]


@conforms("OIDC Core", "3.1.3.3", "The token answer with an ID token is not stored.")
def test_answer_with_an_id_token_is_not_stored(new: Any, world: World) -> None:
    browser, proof = signed_in(world.bo), pkce()
    code = sent_back(allow(browser, ask(browser, new, proof)))["code"]

    assert redeem(new, code, proof)["Cache-Control"] == "no-store"


@conforms("OIDC Core", "12.1", "A machine has no ID token.")
def test_machine_gets_no_id_token(world: World) -> None:
    answer = post(
        "/oauth/token",
        {"grant_type": "client_credentials", "scope": "openid"},
        new=machine(partner=world.acme),
    )

    assert answer.status_code == 400
