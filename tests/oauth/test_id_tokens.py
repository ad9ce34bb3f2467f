"""ID tokens (OpenID Connect Core sections 2, 3.1.3 and 12.2), and ID tokens as hints."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from apps.core.keys import active_key, forget_keys
from apps.core.models import SigningKeyBase
from apps.identity.models import User
from apps.oauth.keys import sign
from apps.oauth.models import Client, SessionKind, SigningKey, TokenSession
from apps.oauth.policy.sign_in import ACR_MFA, ACR_PASSWORD
from apps.oauth.services.id_tokens import (
    HintRejectedError,
    IdTokenHint,
    make_id_token,
    read_hint,
)
from tests.conformance.compliance import conforms
from tests.factories.oauth import access_token, machine, refresh
from tests.factories.openid import ALGORITHMS, openid_app, read_jwt, tokens_for
from tests.factories.world import World

pytestmark = pytest.mark.django_db

ISSUER = "https://buyer.example"
ASKED = {"essential": False}


def session_of(user: User, client: Client, at: datetime, **columns: Any) -> TokenSession:
    return TokenSession.objects.create(
        **{
            "kind": SessionKind.USER,
            "client": client,
            "user": user,
            "role": "manager",
            "scopes": ["openid"],
            "auth_method": "password",
            "auth_time": at - timedelta(hours=1),
            "acr": ACR_PASSWORD,
            "amr": ["pwd"],
            "created_at": at,
            "granted_at": at,
            "expires_at": at + timedelta(hours=1),
            **columns,
        }
    )


def issue(session: TokenSession, at: datetime, nonce: str = "") -> str:
    assert session.client is not None
    return make_id_token(
        session=session,
        client=session.client,
        access_token="an-access-token",
        nonce=nonce,
        scopes=session.scopes,
        at=at,
    )


def left_half(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


# --- Making one -----------------------------------------------------------------------------------
def test_id_token_says_who_signed_in_when_and_how(world: World, at: datetime) -> None:
    new = openid_app(partner=world.acme)
    session = session_of(world.bo, new.client, at)

    header, claims = read_jwt(issue(session, at, nonce="n-1"))

    assert header["typ"] == "JWT"
    assert claims == {
        "iss": ISSUER,
        "sub": world.bo.public_id,
        "aud": new.client.client_id,
        "azp": new.client.client_id,
        "exp": int((at + timedelta(minutes=10)).timestamp()),
        "iat": int(at.timestamp()),
        "auth_time": int((at - timedelta(hours=1)).timestamp()),
        "acr": ACR_PASSWORD,
        "amr": ["pwd"],
        "nonce": "n-1",
        "sid": session.public_id,
        "at_hash": left_half(hashlib.sha256(b"an-access-token").digest()),
    }


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_id_token_is_signed_as_registered(algorithm: str, world: World, at: datetime) -> None:
    new = openid_app(partner=world.acme, id_token_signed_response_alg=algorithm)
    token = issue(session_of(world.bo, new.client, at), at)

    header, claims = read_jwt(token)

    hashed = hashlib.sha512 if algorithm == "EdDSA" else hashlib.sha256
    assert (header["alg"], header["kid"]) == (algorithm, active_key(SigningKey, algorithm).kid)
    assert claims["at_hash"] == left_half(hashed(b"an-access-token").digest())


def test_id_token_ends_no_later_than_its_session(world: World, at: datetime) -> None:
    new = openid_app(partner=world.acme)
    session = session_of(world.bo, new.client, at, expires_at=at + timedelta(minutes=2))

    _, claims = read_jwt(issue(session, at))

    assert claims["exp"] == int((at + timedelta(minutes=2)).timestamp())


def test_session_of_unknown_sign_in_says_nothing_of_it(world: World, at: datetime) -> None:
    new = openid_app(partner=world.acme)
    session = session_of(world.bo, new.client, at, auth_time=None, acr="", amr=[])

    _, claims = read_jwt(issue(session, at))

    assert {"auth_time", "acr", "amr"} & claims.keys() == set()


def test_claims_asked_for_are_in_the_id_token_as_far_as_scopes_carry_them(
    world: World, at: datetime
) -> None:
    new = openid_app(partner=world.acme)
    asked = {"id_token": {"email": ASKED, "email_verified": ASKED, "name": ASKED, "sub": ASKED}}
    session = session_of(
        world.bo, new.client, at, scopes=["openid", "email"], claims=asked, partner=world.acme
    )

    _, claims = read_jwt(issue(session, at))

    assert (claims["email"], claims["email_verified"]) == ("bo@acme.example", False)
    assert "name" not in claims
    assert claims["sub"] == world.bo.public_id


def test_stronger_sign_in_is_told_as_what_was_asked_for(world: World, at: datetime) -> None:
    new = openid_app(partner=world.acme)
    asked = {"id_token": {"acr": {"essential": True, "values": [ACR_PASSWORD]}}}
    session = session_of(world.bo, new.client, at, acr=ACR_MFA, claims=asked)

    _, claims = read_jwt(issue(session, at))

    assert claims["acr"] == ACR_PASSWORD


def test_claims_asked_for_replace_none_of_the_tokens_own(world: World, at: datetime) -> None:
    new = openid_app(partner=world.acme)
    asked = {"id_token": {"iss": ASKED, "aud": ASKED, "sid": ASKED}}
    session = session_of(world.bo, new.client, at, claims=asked)

    _, claims = read_jwt(issue(session, at))

    assert (claims["iss"], claims["aud"]) == (ISSUER, new.client.client_id)


def test_machine_has_no_id_token(world: World, at: datetime) -> None:
    new = openid_app(partner=world.acme)

    with pytest.raises(TypeError):
        issue(session_of(world.bo, new.client, at, user=None), at)


# --- Over HTTP ------------------------------------------------------------------------------------
def test_code_flow_gives_an_id_token_with_the_nonce(world: World) -> None:
    new = openid_app(partner=world.acme)

    tokens = tokens_for(world.bo, new, nonce="from-the-client")

    _, claims = read_jwt(tokens["id_token"])
    session = TokenSession.objects.get(user=world.bo, kind=SessionKind.USER)
    assert (claims["nonce"], claims["sid"]) == ("from-the-client", session.public_id)
    assert claims["at_hash"] == left_half(hashlib.sha256(tokens["access_token"].encode()).digest())


def test_refresh_gives_an_id_token_of_the_same_sign_in_without_nonce(world: World) -> None:
    new = openid_app(partner=world.acme)
    first = tokens_for(world.bo, new, nonce="n-1")

    second = json.loads(refresh(new, first["refresh_token"]).content)

    _, before = read_jwt(first["id_token"])
    _, after = read_jwt(second["id_token"])
    same = ("iss", "sub", "aud", "azp", "auth_time", "acr", "sid")
    assert "nonce" not in after
    assert [after[name] for name in same] == [before[name] for name in same]
    assert after["at_hash"] != before["at_hash"]


def test_claims_asked_for_in_the_request_are_in_the_id_token(world: World) -> None:
    new = openid_app(partner=world.acme)
    asked = {"id_token": {"email": {"essential": True}, "birthdate": None}}

    _, claims = read_jwt(tokens_for(world.bo, new, claims=json.dumps(asked))["id_token"])

    assert claims["email"] == "bo@acme.example"
    assert "birthdate" not in claims


def test_no_id_token_without_openid(world: World) -> None:
    new = openid_app(partner=world.acme, scopes=["purchase_orders:read", "openid"])

    tokens = tokens_for(world.bo, new, scope="purchase_orders:read")

    assert "id_token" not in tokens


@pytest.mark.parametrize("path", ("/api/v1/purchase-orders", "/oauth/userinfo"))
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_id_token_is_no_access_token(path: str, algorithm: str, world: World) -> None:
    new = openid_app(
        partner=world.acme,
        scopes=["openid", "purchase_orders:read"],
        id_token_signed_response_alg=algorithm,
    )
    id_token = tokens_for(world.bo, new)["id_token"]

    answer = Browser().get(path, headers={"Authorization": f"Bearer {id_token}"})

    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]


# --- Reading one as a hint ------------------------------------------------------------------------
def own_token(at: datetime, typ: str = "JWT", **changes: Any) -> str:
    """Signed by our own ES256 key; a change to None leaves the claim out."""
    key = active_key(SigningKey)
    claims = {
        "iss": ISSUER,
        "sub": "usr_1",
        "aud": "cli_1",
        "sid": "ses_00000000000000000000000000",
        "iat": int(at.timestamp()),
    } | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": "ES256", "kid": key.kid, "typ": typ}, kept, key.private)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_hint_is_read_back(algorithm: str, world: World, at: datetime) -> None:
    new = openid_app(partner=world.acme, id_token_signed_response_alg=algorithm)
    session = session_of(world.bo, new.client, at)

    hint = read_hint(issue(session, at), at=at)

    assert hint == IdTokenHint(world.bo.public_id, new.client.client_id, session.pk)


def test_expired_hint_is_read(world: World, at: datetime) -> None:
    new = openid_app(partner=world.acme)
    token = issue(session_of(world.bo, new.client, at), at)

    assert read_hint(token, at=at + timedelta(days=400)).sub == world.bo.public_id


def test_hint_of_a_retired_key_is_read_and_of_a_revoked_one_not(world: World, at: datetime) -> None:
    new = openid_app(partner=world.acme, id_token_signed_response_alg="ES256")
    token = issue(session_of(world.bo, new.client, at), at)
    key = SigningKey.objects.filter(kid=active_key(SigningKey).kid)

    key.update(state=SigningKeyBase.State.RETIRED, retired_at=at - timedelta(days=900))
    forget_keys()
    assert read_hint(token, at=at).sub == world.bo.public_id

    key.update(state=SigningKeyBase.State.REVOKED)
    forget_keys()
    with pytest.raises(HintRejectedError):
        read_hint(token, at=at)


def test_access_token_is_no_hint(world: World, at: datetime) -> None:
    with pytest.raises(HintRejectedError, match="another type"):
        read_hint(access_token(machine(partner=world.acme)), at=at)


def test_signed_userinfo_is_no_hint(at: datetime) -> None:
    signed = sign({"iss": ISSUER, "sub": "usr_1", "aud": "cli_1"}, typ="JWT", algorithm="RS256")

    with pytest.raises(HintRejectedError):
        read_hint(signed, at=at)


@pytest.mark.parametrize(
    "changes",
    (
        {"iss": "https://other.example"},
        {"iss": None},
        {"sub": None},
        {"sub": 7},
        {"aud": None},
        {"aud": ["cli_1", "cli_2"]},
        {"sid": None},
        {"sid": "ses_\x00"},
        {"sid": "ses_1"},
        {"iat": None},
        {"iat": "now"},
        {"iat": int(datetime(2999, 1, 1, tzinfo=UTC).timestamp())},
    ),
)
def test_hint_with_a_claim_amiss_is_refused(changes: dict[str, Any], at: datetime) -> None:
    with pytest.raises(HintRejectedError):
        read_hint(own_token(at, **changes), at=at)


@pytest.mark.parametrize("typ", ("at+jwt", "logout+jwt", "dpop+jwt", "jwt"))
def test_hint_of_another_type_is_refused(typ: str, at: datetime) -> None:
    assert read_hint(own_token(at), at=at).sub == "usr_1"
    with pytest.raises(HintRejectedError):
        read_hint(own_token(at, typ=typ), at=at)


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    parts = [json.dumps(part).encode() for part in (header, claims)]
    head, body = (base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    return f"{head}.{body}."


@conforms(
    "OIDC Core",
    "16.14",
    "An ID token cannot choose the key or algorithm it is checked with.",
)
def test_hint_cannot_choose_its_key_or_algorithm(at: datetime) -> None:
    """RFC 8725 section 3.1: none, a public key taken for a secret, a key brought along."""
    own = active_key(SigningKey)
    claims = json.loads(base64.urlsafe_b64decode(own_token(at).split(".")[1] + "=="))
    public = OctKey.import_key(json.dumps(own.public_jwk).encode())
    stranger = ECKey.generate_key("P-256")
    brought = {"alg": "ES256", "kid": own.kid, "typ": "JWT", "jwk": stranger.as_dict(private=False)}
    tokens = (
        unsigned({"alg": "none", "kid": own.kid, "typ": "JWT"}, claims),
        jwt.encode({"alg": "HS256", "kid": own.kid, "typ": "JWT"}, claims, public),
        jwt.encode(brought, claims, stranger),
        jwt.encode({"alg": "ES256", "kid": "another", "typ": "JWT"}, claims, own.private),
        jwt.encode({"alg": "ES256", "typ": "JWT"}, claims, own.private),
    )

    for token in tokens:
        with pytest.raises(HintRejectedError):
            read_hint(token, at=at)


@pytest.mark.parametrize(
    "garbage",
    (
        "",
        "\x00",
        "a.b.c",
        "....",
        "e30.e30.e30",
        "ÿ.ÿ.ÿ",
        "\ud800",
        unsigned({"alg": "ES256", "kid": {"a": 1}}, {}),
        unsigned({"alg": ["ES256"], "kid": "\x00"}, {}),
        unsigned({"alg": "ES256", "kid": "k" * 9000}, {}),
        "a" * 200_000,
    ),
)
def test_garbage_is_no_hint(garbage: str, at: datetime) -> None:
    with pytest.raises(HintRejectedError):
        read_hint(garbage, at=at)
