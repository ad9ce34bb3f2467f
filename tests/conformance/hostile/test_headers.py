"""Headers with bytes that mean nothing never give a 5xx, at any endpoint."""

import base64
import json
from typing import Any

import pytest
from django.test import Client as Browser

from tests.conformance.compliance import conforms
from tests.conformance.stage import FORM, ORDERS, Keyholder
from tests.factories.world import World

pytestmark = pytest.mark.django_db

HOSTILE = (
    "",
    " ",
    "é",
    "\xff\xfe",
    "x" * 20_000,
    "a,b,c",
    '"',
    "\\",
    "=" * 50,
    "😀".encode().decode("latin-1"),
    "ey.ey.ey",
    "e30.e30.e30",
    "....",
    "null",
    "%00",
)
SCHEMES = ("Basic", "Bearer", "DPoP", "ApiKey", "Digest", "basic", "")
POSTED = (
    "/oauth/token",
    "/oauth/par",
    "/oauth/revoke",
    "/oauth/introspect",
    "/oauth/device_authorization",
    "/oauth/userinfo",
    "/oauth/logout",
    "/oauth/device",
    "/oauth/authorize",
)
READ = (
    ORDERS,
    "/oauth/userinfo",
    "/oauth/authorize",
    "/oauth/logout",
    "/oauth/device",
    "/oauth/jwks",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-protected-resource/api/v1",
)
OTHERS = (
    "DPoP",
    "X-API-Key",
    "Origin",
    "Accept",
    "Cookie",
    "X-Forwarded-For",
    "Host",
    "X-Request-Id",
)


def sent(path: str, headers: dict[str, str]) -> list[int]:
    """The statuses of a read and of a form with these headers."""
    body = b"grant_type=client_credentials&token=x&client_id=cli_x"
    answers: list[Any] = []
    if path in READ:
        answers.append(Browser().get(path, headers=headers))
    if path in POSTED:
        answers.append(Browser().post(path, data=body, content_type=FORM, headers=headers))
    return [answer.status_code for answer in answers]


def failures(path: str, headers: list[dict[str, str]]) -> list[tuple[dict[str, str], list[int]]]:
    tried = [(header, sent(path, header)) for header in headers]
    return [one for one in tried if max(one[1]) >= 500]


def _basic(raw: bytes) -> str:
    return "Basic " + base64.b64encode(raw).decode()


@conforms("House", "headers", "No Authorization header is a 5xx.")
@pytest.mark.parametrize("path", sorted({*POSTED, *READ}))
def test_hostile_authorization_is_no_5xx(path: str, world: World) -> None:
    del world
    encoded = (b":", b"\x00:\x00", b"a:\x00", b"\xff\xfe:x", b"%00:%00", b"%zz:%", b"a" * 9000)
    values = [f"{scheme} {text}" for scheme in SCHEMES for text in HOSTILE]
    values += [_basic(raw) for raw in encoded]

    assert failures(path, [{"Authorization": value} for value in values]) == []


@conforms("House", "headers", "No other header is a 5xx.")
@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("path", sorted({*POSTED, *READ}))
def test_hostile_header_is_no_5xx(path: str, name: str, world: World) -> None:
    del world
    assert failures(path, [{name: text} for text in HOSTILE]) == []


@conforms("House", "headers", "No DPoP proof of wrong JSON types is a 5xx.")
def test_proof_of_wrong_types_is_no_5xx(world: World) -> None:
    del world
    holder = Keyholder()
    odd: tuple[Any, ...] = (
        None,
        0,
        -1,
        1e400,
        10**40,
        True,
        [],
        {},
        "",
        "\x00",
        "é",
        ["a"],
        {"a": 1},
    )
    names = ("jti", "htm", "htu", "iat", "nonce", "ath", "exp", "nbf")
    proofs = [
        holder.proof("POST", "/oauth/token", **{name: value})
        for name in names
        for value in odd
        if value != float("inf")
    ]

    assert failures("/oauth/token", [{"DPoP": proof} for proof in proofs]) == []


@conforms("House", "headers", "No DPoP proof with an odd header is a 5xx.")
def test_proof_with_an_odd_header_is_no_5xx(world: World) -> None:
    del world
    odd: tuple[Any, ...] = (None, 0, True, [], {}, "", "\x00", {"kty": "EC"}, {"kty": 7}, [1])
    proofs = []
    for name in ("typ", "alg", "jwk", "kid", "crit", "b64", "x5c", "jku", "zip"):
        for value in odd:
            header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": Keyholder().public, name: value}
            parts = (json.dumps(header).encode(), b"{}", b"signature")
            encoded = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
            proofs.append(".".join(encoded))

    assert failures("/oauth/token", [{"DPoP": proof} for proof in proofs]) == []
