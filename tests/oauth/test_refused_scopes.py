"""Whoever asks for scopes that are refused is told which, in every way of asking."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from apps.oauth.models.clients import GrantType
from apps.oauth.policy.refused_scopes import MOST_NAMED, in_a_row
from tests.conformance.compliance import conforms
from tests.conformance.stage import CC, ask, post, sent_back, signed_in, told
from tests.factories import device
from tests.factories.issuers import ACCESS_TOKEN, exchange, exchanger
from tests.factories.oauth import access_token, machine, pkce, redeem, refresh, web_app
from tests.factories.oauth import code_for as code_of
from tests.factories.world import World

pytestmark = pytest.mark.django_db
READ = "purchase_orders:read"
MACHINE = (GrantType.CLIENT_CREDENTIALS, GrantType.TOKEN_EXCHANGE)
# RFC 6749 section 5.2.
DESCRIPTION = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]+")
NOT_REGISTERED = "The client is not registered for bids:write."


def by_machine(world: World, scope: str) -> dict[str, Any]:
    new = machine(scopes=[READ], projects=[world.office])
    return told(post("/oauth/token", {**CC, "scope": scope}, new=new))


def by_browser(world: World, scope: str) -> dict[str, Any]:
    return sent_back(ask(signed_in(world.bo), web_app(partner=world.acme), scope=scope))


def by_pushing(world: World, scope: str) -> dict[str, Any]:
    form = {
        "response_type": "code",
        "scope": scope,
        "redirect_uri": "https://app.example/callback",
        "code_challenge": pkce().challenge,
        "code_challenge_method": "S256",
    }
    return told(post("/oauth/par", form, new=web_app(partner=world.acme)))


def by_device(world: World, scope: str) -> dict[str, Any]:
    return told(device.ask(device.scanner(partner=world.acme), scope=scope))


@conforms("RFC 6749", "5.2", "A refused scope is named in the error_description.", level="MAY")
@pytest.mark.parametrize("way", (by_machine, by_browser, by_pushing, by_device))
def test_refusal_names_the_scope_that_is_not_the_clients(
    world: World, way: Callable[[World, str], dict[str, Any]]
) -> None:
    answer = way(world, f"{READ} bids:write")

    assert (answer["error"], answer["error_description"]) == ("invalid_scope", NOT_REGISTERED)


def test_scope_that_does_not_exist_is_told_apart_from_one_that_is_not_the_clients(
    world: World,
) -> None:
    answer = by_machine(world, "orders:write bids:write orders:write")

    assert answer["error_description"] == f"There is no scope orders:write. {NOT_REGISTERED}"


def test_exchange_names_what_the_token_does_not_hold(
    world: World,
) -> None:
    own = exchanger(partner=world.acme, grants=MACHINE, scopes=[READ])

    answer = told(exchange(own, access_token(own), ACCESS_TOKEN, scope=f"{READ} bids:write"))

    assert answer == {
        "error": "invalid_scope",
        "error_description": "The subject_token does not hold bids:write.",
    }


def test_refresh_names_what_the_session_does_not_hold(world: World) -> None:
    new, proof = web_app(partner=world.acme, scopes=(READ, "offline_access", "bids:read")), pkce()
    first = told(redeem(new, code_of(world.bo, new, proof, scope=f"{READ} offline_access"), proof))

    answer = told(refresh(new, first["refresh_token"], scope=f"{READ} bids:read"))

    assert answer == {
        "error": "invalid_scope",
        "error_description": "The session does not hold bids:read.",
    }


@pytest.mark.parametrize("scope", ('a"b', "a\\b", "a\tb", "é:read", "a\x7fb", "x" * 61))
def test_what_an_error_description_may_not_hold_is_not_repeated(world: World, scope: str) -> None:
    answer = by_machine(world, f"{scope} bids:write")

    assert answer["error"] in {"invalid_scope", "invalid_request"}
    assert DESCRIPTION.fullmatch(answer["error_description"])
    assert scope not in answer["error_description"]


def test_only_so_many_are_named() -> None:
    names = [f"s{number}" for number in range(MOST_NAMED + 2)]

    assert in_a_row(names) == ", ".join([*names[:MOST_NAMED], "2 more"])
    assert in_a_row(['"']) == "1 that cannot be shown here"
