"""RFC 9207: every authorization response says who answers."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client as Browser

from tests.conformance.compliance import conforms
from tests.conformance.stage import ISSUER, allow, ask, sent_back, signed_in
from tests.factories.oauth import web_app
from tests.factories.world import World

pytestmark = pytest.mark.django_db


@conforms("RFC 9207", "2", "The issuer stands in the answer once.")
def test_issuer_stands_in_the_answer_once(world: World) -> None:
    browser = signed_in(world.bo)
    location = allow(browser, ask(browser, web_app(partner=world.acme)))["Location"]

    pairs = parse_qsl(urlsplit(location).query)

    assert [value for name, value in pairs if name == "iss"] == [ISSUER]


@conforms("RFC 9207", "2", "Also answers that are errors name the issuer.")
@pytest.mark.parametrize(
    "changes",
    (
        {"scope": "nothing:here"},
        {"response_type": "token"},
        {"response_type": ""},
        {"code_challenge": ""},
        {"prompt": "none", "scope": "openid"},
    ),
)
def test_every_error_names_the_issuer(changes: dict[str, str], world: World) -> None:
    new = web_app(partner=world.acme)

    back = sent_back(ask(signed_in(world.bo), new, **changes))

    assert ("error" in back, back["iss"]) == (True, ISSUER)


@conforms("RFC 9207", "2.1", "The issuer is an https address without query and fragment.")
def test_issuer_is_a_plain_address(world: World) -> None:
    parts = urlsplit(
        sent_back(ask(signed_in(world.bo), web_app(partner=world.acme), scope="x"))["iss"]
    )

    assert (parts.scheme, parts.query, parts.fragment) == ("https", "", "")


@conforms("RFC 9207", "2.4", "The issuer is the one of the metadata.")
def test_issuer_is_the_one_of_the_metadata(world: World) -> None:
    metadata: dict[str, Any] = json.loads(
        Browser().get("/.well-known/oauth-authorization-server").content
    )

    back = sent_back(ask(signed_in(world.bo), web_app(partner=world.acme), scope="x"))

    assert back["iss"] == metadata["issuer"]


@conforms("RFC 9207", "3", "The metadata says that the issuer is named.")
def test_metadata_says_so(world: World) -> None:
    del world
    metadata = json.loads(Browser().get("/.well-known/oauth-authorization-server").content)

    assert metadata["authorization_response_iss_parameter_supported"] is True
