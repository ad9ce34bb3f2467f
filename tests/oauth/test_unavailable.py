"""While the database is away the answer is 503, never a wrong one (spec 6)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client as Browser

from tests.factories.gateway import ORDERS, Caller, problem
from tests.factories.oauth import access_token, basic, machine, post_form
from tests.factories.world import World

pytestmark = pytest.mark.django_db


def _away(*_: Any) -> None:
    raise OperationalError("the server closed the connection unexpectedly")


@pytest.fixture
def no_database(world: World) -> Iterator[tuple[str, str]]:
    """A client's credentials and token from before the database went."""
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])
    token = access_token(new)
    with connection.execute_wrapper(_away):
        yield basic(new.client, new.secret), token


def test_token_endpoint_is_temporarily_unavailable(no_database: tuple[str, str]) -> None:
    answer = post_form(
        "/oauth/token", {"grant_type": "client_credentials"}, authorization=no_database[0]
    )

    assert answer.status_code == 503
    assert json.loads(answer.content)["error"] == "temporarily_unavailable"
    assert answer["Retry-After"] == "5"


def test_api_is_temporarily_unavailable(no_database: tuple[str, str]) -> None:
    caller = Caller(no_database[1])
    caller.browser.raise_request_exception = False

    answer = caller.get(ORDERS)

    assert problem(answer) == (503, "temporarily-unavailable")
    assert answer["Retry-After"] == "5"


@pytest.mark.usefixtures("no_database")
def test_page_says_it_will_be_back() -> None:
    answer = Browser(raise_request_exception=False).get("/oauth/authorize", {"client_id": "x"})

    assert answer.status_code == 503
    assert "Back in a moment" in answer.content.decode()
