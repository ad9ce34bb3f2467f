"""Whatever is posted to an endpoint of clients, the answer is an OAuth error, never a 5xx."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client as Browser

from tests.conformance.compliance import conforms
from tests.conformance.stage import FORM
from tests.factories.oauth import basic, machine
from tests.factories.world import World

pytestmark = pytest.mark.django_db

ENDPOINTS = (
    "/oauth/token",
    "/oauth/par",
    "/oauth/revoke",
    "/oauth/introspect",
    "/oauth/device_authorization",
)
NAMES = (
    "grant_type", "client_id", "client_secret", "scope", "code", "code_verifier", "redirect_uri",
    "refresh_token", "token", "token_type_hint", "device_code", "resource", "state", "nonce",
    "authorization_details", "client_assertion", "client_assertion_type", "dpop_jkt", "claims",
    "request", "request_uri", "response_type", "code_challenge", "code_challenge_method",
    "max_age", "prompt", "id_token_hint", "response_mode", "acr_values",
)  # fmt: skip
GRANTS = (
    "client_credentials",
    "authorization_code",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "password",
)
# Form-encoded values that break what is careless.
VALUES = (
    "%00",
    "a%00b",
    "%ff%fe",
    "%C3%28",
    "%ED%A0%80",
    "%F4%90%80%80",
    "%",
    "%zz",
    "x" * 200_000,
    "%0d%0aSet-Cookie:%20a=b",
    "%7B%7D",
    "%5B%5D",
    "-1",
    "%E2%80%AE",
    "%27%20OR%201%3D1--",
    "..%2F..%2Fetc%2Fpasswd",
)


@pytest.fixture
def header(world: World) -> dict[str, str]:
    """A client that is let in, so that what it says is read."""
    new = machine(partner=world.acme, is_resource_server=True)
    return {"Authorization": basic(new.client, new.secret)}


def refusals(path: str, bodies: list[str], header: dict[str, str]) -> list[tuple[int, str]]:
    """Those answers that are no answer of this protocol."""
    bad = []
    for body in bodies:
        answer = Browser().post(path, data=body, content_type=FORM, headers=header)
        if not _is_proper(answer):
            bad.append((answer.status_code, body[:80]))
    return bad


def _is_proper(answer: Any) -> bool:
    if answer.status_code in {200, 201}:
        return True
    known = answer.status_code in {400, 401, 403, 413, 415, 429}
    return known and isinstance(json.loads(answer.content)["error"], str)


@conforms("House", "forms", "NUL, bad UTF-8, bad escapes and 200 kB in any parameter are a 4xx.")
@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
@pytest.mark.parametrize("path", ENDPOINTS)
def test_hostile_value_is_refused(path: str, value: str, header: dict[str, str]) -> None:
    grants = GRANTS[:4] if path == "/oauth/token" else ("",)
    bodies = [
        f"grant_type={grant}&{name}={value}" if name != "grant_type" else f"grant_type={value}"
        for grant in grants
        for name in NAMES
    ]

    assert refusals(path, bodies, header) == []


@conforms("House", "forms", "Any parameter given twice is refused or ignored.")
@pytest.mark.parametrize("path", ENDPOINTS)
def test_duplicate_is_refused(path: str, header: dict[str, str]) -> None:
    bodies = [f"grant_type=client_credentials&{name}=a&{name}=b" for name in NAMES]

    assert refusals(path, bodies, header) == []


@conforms("House", "forms", "A parameter whose name is hostile is refused or ignored.")
@pytest.mark.parametrize("path", ENDPOINTS)
def test_hostile_name_is_refused_or_ignored(path: str, header: dict[str, str]) -> None:
    names = ("%00", "%ff", "", "=", "&&&", "a" * 9000, "__class__", "client", "user", "scopes[]")

    assert refusals(path, [f"{name}=1&token=x" for name in names], header) == []


@conforms("House", "forms", "A thousand parameters are refused.")
@pytest.mark.parametrize("path", ENDPOINTS)
def test_thousand_parameters_are_refused(path: str, header: dict[str, str]) -> None:
    body = urlencode([(f"p{number}", "x") for number in range(1001)])

    answer = Browser().post(path, data=body, content_type=FORM, headers=header)

    assert answer.status_code == 400


@conforms("House", "forms", "A body of another media type is refused.")
@pytest.mark.parametrize(
    "content_type",
    (
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "application/xml",
        "",
        "x" * 500,
        "application/x-www-form-urlencoded; charset=utf-16",
        "application/x-www-form-urlencoded; charset=nonsense",
    ),
)
@pytest.mark.parametrize("path", ENDPOINTS)
def test_other_media_type_is_refused(path: str, content_type: str, header: dict[str, str]) -> None:
    body = b'{"grant_type": "client_credentials"}'

    answer = Browser().generic("POST", path, body, content_type=content_type, headers=header)

    assert answer.status_code in {400, 401, 415}


@conforms("House", "forms", "Other methods are 405.")
@pytest.mark.parametrize("method", ("get", "put", "patch", "delete", "trace"))
@pytest.mark.parametrize("path", ENDPOINTS)
def test_other_methods_are_405(path: str, method: str, world: World) -> None:
    del world
    assert getattr(Browser(), method)(path).status_code == 405


@conforms("House", "forms", "Bytes that are no text, and a body that is none, are refused.")
@pytest.mark.parametrize(
    "body", (b"\xff\xfe\x00", b"grant_type=\xff", b"\x00", b"a" * 300_000, b"&" * 5000, b"=", b"%")
)
@pytest.mark.parametrize("path", ENDPOINTS)
def test_raw_bytes_are_refused(path: str, body: bytes, header: dict[str, str]) -> None:
    answer = Browser().generic("POST", path, body, content_type=FORM, headers=header)

    assert (answer.status_code, _is_proper(answer)) == (400, True)
