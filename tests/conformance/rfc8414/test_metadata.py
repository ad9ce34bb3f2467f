"""RFC 8414: the document a client configures itself from."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client as Browser

from tests.conformance.compliance import conforms
from tests.conformance.stage import ISSUER, told
from tests.factories.world import World

pytestmark = pytest.mark.django_db

PATH = "/.well-known/oauth-authorization-server"


@pytest.fixture
def metadata(world: World) -> dict[str, Any]:
    del world
    return told(Browser().get(PATH))


@conforms("RFC 8414", "2", "The issuer is an https address without query and fragment.")
def test_issuer_is_a_plain_address(metadata: dict[str, Any]) -> None:
    parts = urlsplit(metadata["issuer"])

    assert (parts.scheme, parts.query, parts.fragment) == ("https", "", "")


@conforms("RFC 8414", "2", "What has to be there is there.")
def test_required_members_are_there(metadata: dict[str, Any]) -> None:
    required = {
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "response_types_supported",
    }

    assert required - set(metadata) == set()


@conforms("RFC 8414", "2", "Every address is one of this server, over https.")
def test_every_address_is_ours(metadata: dict[str, Any]) -> None:
    addresses = {
        name: value
        for name, value in metadata.items()
        if name.endswith(("_endpoint", "_uri", "_documentation"))
    }

    assert [name for name, value in addresses.items() if not value.startswith(f"{ISSUER}/")] == []


@conforms("RFC 8414", "3.1", "The document is asked for with GET at its well-known place.")
def test_other_methods_are_405(world: World) -> None:
    del world
    assert [Browser().post(PATH).status_code, Browser().get(PATH).status_code] == [405, 200]


@conforms("RFC 8414", "3.2", "The answer is application/json.")
def test_document_is_json(world: World) -> None:
    del world
    assert Browser().get(PATH)["Content-Type"] == "application/json"


@conforms("RFC 8414", "3.2", "A member with nothing in it is left out.")
def test_no_member_is_empty(metadata: dict[str, Any]) -> None:
    assert [name for name, value in metadata.items() if value in ([], "", None)] == []


@conforms("RFC 8414", "3.3", "The issuer is the address the document was asked for at.")
def test_issuer_is_the_one_asked(metadata: dict[str, Any]) -> None:
    assert metadata["issuer"] == ISSUER


@conforms("RFC 8414", "3", "Whatever host is claimed, the document is the same.")
def test_host_header_changes_nothing(metadata: dict[str, Any]) -> None:
    forged = Browser().get(
        PATH, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    )

    assert forged.status_code == 400 or told(forged) == metadata
