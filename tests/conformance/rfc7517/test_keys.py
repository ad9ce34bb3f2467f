"""RFC 7517 and 7638: the keys that are published."""

from typing import Any

import pytest
from django.test import Client as Browser
from joserfc.jwk import KeySet

from tests.conformance.compliance import conforms
from tests.conformance.stage import header_of, told
from tests.factories.oauth import access_token, machine
from tests.factories.world import World

pytestmark = pytest.mark.django_db

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k", "oth"}


@pytest.fixture
def keys(world: World) -> list[dict[str, Any]]:
    del world
    return list(told(Browser().get("/oauth/jwks"))["keys"])


@conforms("RFC 7517", "5", "Nothing private is published.")
def test_no_key_holds_a_private_part(keys: list[dict[str, Any]]) -> None:
    assert [key["kid"] for key in keys if PRIVATE & set(key)] == []


@conforms("FAPI 2.0", "5.4.2-3", "No two published keys have the same id.", level="SHOULD")
@conforms("RFC 7517", "4.5", "No two keys have the same id.", level="SHOULD")
def test_ids_are_unique(keys: list[dict[str, Any]]) -> None:
    assert len({key["kid"] for key in keys}) == len(keys)


@conforms("RFC 7517", "4.2", "Every key says what it is for.", level="MAY")
def test_every_key_is_for_signatures(keys: list[dict[str, Any]]) -> None:
    assert {key["use"] for key in keys} == {"sig"}


@conforms("RFC 7517", "4.5", "The id of a key is its thumbprint of RFC 7638.", level="MAY")
def test_ids_are_thumbprints(keys: list[dict[str, Any]]) -> None:
    found = KeySet.import_key_set({"keys": keys}).keys

    assert [key.thumbprint() for key in found] == [key["kid"] for key in keys]


@conforms("RFC 7517", "4.5", "A token names the key that signed it.")
def test_token_names_a_published_key(keys: list[dict[str, Any]], world: World) -> None:
    kid = header_of(access_token(machine(partner=world.acme)))["kid"]

    assert [key["alg"] for key in keys if key["kid"] == kid] == ["ES256"]


@conforms("RFC 7517", "8.5.1", "The set has its own media type.")
def test_set_has_its_media_type(world: World) -> None:
    del world
    assert Browser().get("/oauth/jwks")["Content-Type"] == "application/jwk-set+json"
