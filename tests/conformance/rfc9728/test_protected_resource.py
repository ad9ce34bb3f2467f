"""RFC 9728: a client finds the authorization server from the resource alone."""

import re
from urllib.parse import urlsplit

import pytest
from django.test import Client as Browser

from tests.conformance.compliance import conforms
from tests.conformance.stage import ISSUER, ORDERS, told
from tests.factories.world import World

pytestmark = pytest.mark.django_db

API = "/.well-known/oauth-protected-resource/api/v1"
METADATA = re.compile(r'resource_metadata="([^"]+)"')


@conforms("RFC 9728", "2", "The resource names itself by an https address without fragment.")
def test_resource_is_an_address(world: World) -> None:
    del world
    parts = urlsplit(told(Browser().get(API))["resource"])

    assert (parts.scheme, parts.fragment) == ("https", "")


@conforms("RFC 9728", "3.1", "The metadata stands where the resource's path says.")
def test_metadata_stands_at_the_path_of_the_resource(world: World) -> None:
    del world
    path = urlsplit(told(Browser().get(API))["resource"]).path

    assert f"/.well-known/oauth-protected-resource{path}" == API


@conforms("RFC 9728", "3.2", "The answer is 200 and JSON.")
def test_metadata_is_json(world: World) -> None:
    del world
    answer = Browser().get(API)

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


@conforms("RFC 9728", "3.2", "A parameter with nothing in it is left out.")
def test_no_member_is_empty(world: World) -> None:
    del world
    assert [name for name, value in told(Browser().get(API)).items() if value in ([], "")] == []


@conforms("RFC 9728", "5.1", "The challenge of a refusal says where the metadata is.")
def test_challenge_leads_to_the_authorization_server(world: World) -> None:
    del world
    found = METADATA.search(Browser().get(ORDERS)["WWW-Authenticate"])
    assert found is not None

    document = told(Browser().get(found.group(1).removeprefix(ISSUER)))

    assert document["authorization_servers"] == [ISSUER]
