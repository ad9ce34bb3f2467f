"""The JWT bearer grant (RFC 7523 section 2.1): a trusted issuer's assertion, used once."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from apps.audit.events import Action
from apps.audit.models import Event
from apps.oauth.models import TokenSession
from apps.oauth.models.clients import GrantType
from tests.conformance.stage import call_api, claims_in
from tests.factories.issuers import (
    AUDIENCE,
    HERE,
    ISSUER,
    ORDERS,
    assertion,
    bear,
    error_of,
    exchange,
    exchanger,
    id_token,
    token_of,
    told,
    trusted,
)
from tests.factories.jose import client_key
from tests.factories.oauth import machine
from tests.factories.threads import at_once
from tests.factories.world import World, make_world

pytestmark = pytest.mark.django_db

BO = "bo@acme.example"
REFUSED = (400, "invalid_grant")


@pytest.fixture
def new(world: World) -> Any:
    trusted(partner=world.acme)
    return exchanger(partner=world.acme)


@pytest.mark.parametrize(
    "changes",
    (
        {"aud": AUDIENCE},
        {"aud": [HERE, "https://other.example"]},
        {"aud": f"{HERE}/oauth/par"},
        {"aud": None},
        {"iss": "https://other.example"},
        {"iss": HERE},
        {"jti": None},
        {"jti": ""},
        {"sub": None},
        {"exp": None},
        {"exp": timedelta(seconds=-61)},
        {"iat": timedelta(seconds=-3700)},
        {"nbf": timedelta(seconds=300)},
        {"email_verified": False},
        {"email": "cy@globex.example"},
        {"header": {"typ": "at+jwt"}},
        {"header": {"typ": "client-authentication+jwt"}},
    ),
)
def test_an_assertion_of_another_kind_is_refused(new: Any, changes: dict[str, Any]) -> None:
    email = changes.get("email", BO)
    rest = {name: value for name, value in changes.items() if name != "email"}

    assert error_of(bear(new, assertion(email, **rest))) == REFUSED
    assert not TokenSession.objects.exists()


def test_an_assertion_by_another_key_is_refused(new: Any) -> None:
    assert error_of(bear(new, assertion(BO, client_key()))) == REFUSED


def test_an_id_token_is_no_assertion_for_us(new: Any) -> None:
    """It is for the client that it was issued to."""
    assert error_of(bear(new, id_token(BO, jti="x"))) == REFUSED


def test_without_an_assertion_the_request_is_invalid(new: Any) -> None:
    assert error_of(bear(new, None)) == (400, "invalid_request")


def test_a_client_without_the_grant_is_refused(world: World, new: Any) -> None:
    del new
    other = machine(partner=world.acme, scopes=[ORDERS])

    assert error_of(bear(other, assertion(BO))) == (400, "unauthorized_client")


@pytest.mark.parametrize("audience", (HERE, f"{HERE}/oauth/token", [HERE]))
@pytest.mark.parametrize("typ", ("JWT", "authorization-grant+jwt", None))
def test_a_good_assertion_is_an_access_token(
    world: World, new: Any, audience: Any, typ: str | None
) -> None:
    answer = told(bear(new, assertion(BO, aud=audience, header={"typ": typ})))

    claims = claims_in(answer["access_token"])
    assert (claims["sub"], claims["client_id"]) == (world.bo.public_id, new.client.client_id)
    assert sorted(answer) == ["access_token", "expires_in", "scope", "token_type"]
    assert call_api(answer["access_token"]).status_code == 200


def test_it_is_told_in_the_trail(new: Any) -> None:
    bear(new, assertion(BO))
    bear(new, assertion(BO, iss="https://other.example"))

    issued = Event.objects.get(action=Action.TOKEN_ISSUED)
    refused = Event.objects.get(action=Action.TOKEN_REFUSED)
    assert issued.data["grant_type"] == GrantType.JWT_BEARER
    assert refused.data["reason"] == "it is not signed by a trusted issuer"


def test_an_assertion_is_used_once_by_whatever_grant(world: World) -> None:
    trusted(partner=world.acme, audiences=[AUDIENCE, HERE])
    new, one = exchanger(partner=world.acme), assertion(BO)

    assert token_of(bear(new, one))
    assert error_of(bear(new, one)) == REFUSED
    assert error_of(exchange(new, one)) == (400, "invalid_request")


def test_two_issuers_may_use_the_same_id(world: World, new: Any) -> None:
    key, other = client_key(), "https://sso.acme.example"
    trusted(key, partner=world.acme, issuer=other)

    first = bear(new, assertion(BO, jti="1"))
    second = bear(new, assertion(BO, key, jti="1", iss=other))

    assert [first.status_code, second.status_code] == [200, 200]
    assert error_of(bear(new, assertion(BO, key, jti="2", iss=ISSUER))) == REFUSED


@pytest.mark.django_db(transaction=True)
def test_of_eight_at_once_one_is_given_the_token() -> None:
    world = make_world()
    trusted(partner=world.acme)
    new, one = exchanger(partner=world.acme), assertion(BO)

    answers = at_once(*[lambda: bear(new, one).status_code] * 8)

    assert Counter(answers) == {200: 1, 400: 7}
