"""RFC 6750: a bearer token at the resource, and how a refusal is told."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from tests.conformance.compliance import conforms
from tests.conformance.stage import ORDERS, call_api, claims_in
from tests.factories.oauth import access_token, machine
from tests.factories.world import World

pytestmark = pytest.mark.django_db

# RFC 6750 section 3: scheme, then auth-params of name="value"; RFC 9449 adds a second challenge.
ONE = r'[a-z_]+="[^"]*"(, [a-z_]+="[^"]*")*'
CHALLENGE = re.compile(rf"Bearer {ONE}(, DPoP {ONE})?")


@pytest.fixture
def token(world: World) -> str:
    return access_token(machine(partner=world.acme, scopes=["purchase_orders:read"]))


@conforms("RFC 6750", "2.1", "A token in the Authorization header is accepted.")
@pytest.mark.parametrize("scheme", ("Bearer", "bearer", "BEARER"))
def test_header_with_any_case_of_the_scheme_is_accepted(scheme: str, token: str) -> None:
    assert call_api(token, scheme=scheme).status_code == 200


@conforms("RFC 6750", "2.2", "A token in a form body is not accepted here.", level="MAY")
def test_token_in_the_body_is_not_looked_at(token: str) -> None:
    assert Browser().post(ORDERS, {"access_token": token}).status_code == 401


@conforms("RFC 6750", "2.3", "A token in the query is not accepted.", level="SHOULD")
def test_token_in_the_query_is_not_looked_at(token: str) -> None:
    assert Browser().get(ORDERS, {"access_token": token}).status_code == 401


@conforms("RFC 6750", "3", "Every refusal carries a Bearer challenge.")
@pytest.mark.parametrize("header", ({}, {"Authorization": "Bearer x"}, {"Authorization": "x"}))
def test_refusal_carries_a_well_formed_challenge(header: dict[str, str], world: World) -> None:
    del world
    answer = Browser().get(ORDERS, headers=header)

    assert answer.status_code == 401
    assert CHALLENGE.fullmatch(answer["WWW-Authenticate"]) is not None


@conforms("RFC 6750", "3.1", "Who shows no token is told no error code.", level="SHOULD")
def test_no_token_is_no_error_code(world: World) -> None:
    del world
    assert "error=" not in Browser().get(ORDERS)["WWW-Authenticate"]


@conforms("RFC 6750", "3.1", "An expired token is 401 invalid_token.")
def test_expired_token_is_invalid_token(token: str, time_machine: Any) -> None:
    time_machine.move_to(datetime.now(tz=UTC) + timedelta(minutes=11))

    answer = call_api(token)

    assert (answer.status_code, 'error="invalid_token"' in answer["WWW-Authenticate"]) == (
        401,
        True,
    )


@conforms("RFC 6750", "3.1", "A token without the scope is 403 and names the scope needed.")
def test_missing_scope_is_named_in_the_challenge(world: World) -> None:
    answer = call_api(access_token(machine(partner=world.acme, scopes=["rfps:read"])))

    assert answer.status_code == 403
    challenge = answer["WWW-Authenticate"]
    assert CHALLENGE.fullmatch(challenge) is not None
    assert ('error="insufficient_scope"' in challenge) is True
    assert ('scope="purchase_orders:read"' in challenge) is True


@conforms("RFC 6750", "5.3", "Tokens are short-lived: an hour or less.", level="SHOULD")
def test_token_lives_for_less_than_an_hour(token: str) -> None:
    claims = claims_in(token)

    assert claims["exp"] - claims["iat"] == 600
