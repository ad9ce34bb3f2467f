"""OpenID Connect Discovery: what a relying party configures itself from."""

from typing import Any

import pytest
from django.test import Client as Browser

from tests.conformance.compliance import conforms
from tests.conformance.stage import ISSUER, told
from tests.factories.world import World

pytestmark = pytest.mark.django_db

PATH = "/.well-known/openid-configuration"


@pytest.fixture
def document(world: World) -> dict[str, Any]:
    del world
    return told(Browser().get(PATH))


@conforms("OIDC Discovery", "3", "What has to be there is there.")
def test_required_members_are_there(document: dict[str, Any]) -> None:
    required = {
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "response_types_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
    }

    assert required - set(document) == set()


@conforms("OIDC Discovery", "3", "What is recommended is there.", level="SHOULD")
def test_recommended_members_are_there(document: dict[str, Any]) -> None:
    recommended = {"userinfo_endpoint", "scopes_supported", "claims_supported"}

    assert recommended - set(document) == set()


@conforms("OIDC Discovery", "3", "RS256 is among the algorithms of ID tokens, none is not.")
def test_algorithms_of_id_tokens(document: dict[str, Any]) -> None:
    found = document["id_token_signing_alg_values_supported"]

    assert ("RS256" in found, "none" in found) == (True, False)


@conforms("OIDC Discovery", "3", "openid is among the scopes.")
def test_openid_is_a_scope(document: dict[str, Any]) -> None:
    assert "openid" in document["scopes_supported"]


@conforms("OIDC Discovery", "3", "What is not supported although it usually is is said so.")
def test_request_uri_is_said_to_be_pushed_only(document: dict[str, Any]) -> None:
    assert document["request_uri_parameter_supported"] is False
    assert document["claims_parameter_supported"] is True


@conforms("OIDC Discovery", "4.2", "The answer is 200 and JSON.")
def test_document_is_json(world: World) -> None:
    del world
    answer = Browser().get(PATH)

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


@conforms("OIDC Discovery", "4.3", "The issuer is the address the document was asked for at.")
def test_issuer_is_the_one_asked(document: dict[str, Any]) -> None:
    assert document["issuer"] == ISSUER
