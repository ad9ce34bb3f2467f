"""How many statements each exchange makes; BEGIN, COMMIT and SAVEPOINT are not counted."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories.jose import client_key, use_keys
from tests.factories.oauth import (
    access_token,
    basic,
    bound_token,
    code_for,
    machine,
    pkce,
    post_form,
    redeem,
    refresh,
    web_app,
)
from tests.factories.world import World

pytestmark = pytest.mark.django_db

UNCOUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


@contextmanager
def statements(expected: int) -> Iterator[None]:
    with CaptureQueriesContext(connection) as captured:
        yield
    counted = [q["sql"] for q in captured if not q["sql"].startswith(UNCOUNTED)]
    assert len(counted) == expected, "\n".join(counted)


@pytest.fixture
def warm(world: World) -> Callable[[], None]:
    """Keys are remembered per process; the first use of all loads them."""
    return lambda: access_token(machine(partner=world.acme)) and None


def test_client_credentials_makes_two_statements(world: World, warm: Callable[[], None]) -> None:
    warm()
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])

    with statements(2):  # The client; its session, the token's record and the event.
        access_token(new)


def test_code_exchange_makes_six_statements(world: World, warm: Callable[[], None]) -> None:
    warm()
    new, proof = web_app(partner=world.acme), pkce()
    code = code_for(world.bo, new, proof)

    with statements(6):
        redeem(new, code, proof)


def test_code_exchange_with_openid_makes_six_statements(
    world: World, warm: Callable[[], None]
) -> None:
    """An ID token is signed and not recorded, so it costs none."""
    warm()
    scopes = ["openid", "profile", "purchase_orders:read", "offline_access"]
    new, proof = web_app(partner=world.acme, scopes=scopes), pkce()
    code = code_for(world.bo, new, proof)

    with statements(6):
        answer = redeem(new, code, proof)

    assert "id_token" in json.loads(answer.content)


def test_proof_of_a_key_adds_its_replay_record(world: World, warm: Callable[[], None]) -> None:
    warm()
    key = client_key()
    client = use_keys(machine(partner=world.acme, scopes=["purchase_orders:read"]).client, key)

    with statements(4):  # The assertion's jti and the proof's.
        bound_token(client, key)


def test_refresh_makes_seven_statements(world: World, warm: Callable[[], None]) -> None:
    warm()
    new, proof = web_app(partner=world.acme), pkce()
    token = json.loads(redeem(new, code_for(world.bo, new, proof), proof).content)["refresh_token"]

    with statements(7):
        refresh(new, token)


def test_introspection_makes_two_statements(world: World, warm: Callable[[], None]) -> None:
    warm()
    token = access_token(machine(partner=world.acme, scopes=["purchase_orders:read"]))
    server = machine(is_resource_server=True)

    with statements(2):
        post_form(
            "/oauth/introspect",
            {"token": token},
            authorization=basic(server.client, server.secret),
        )
