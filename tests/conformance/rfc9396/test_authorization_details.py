"""RFC 9396: limits a client asks for, beyond scopes."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client as Browser

from apps.identity.models import User
from apps.projects.services import add_member
from tests.conformance.compliance import conforms
from tests.conformance.stage import (
    CC,
    allow,
    ask,
    claims_in,
    error_of,
    post,
    sent_back,
    signed_in,
    told,
)
from tests.factories.oauth import access_token, machine, pkce, redeem, refresh, web_app
from tests.factories.world import SETUP, World, person

pytestmark = pytest.mark.django_db

TYPE = "procurement_purchasing"


def details(world: World, **changes: Any) -> str:
    wanted = {
        "type": TYPE,
        "actions": ["create"],
        "identifier": world.office.public_id,
        "limits": {"per_order": {"amount": "5000.00", "currency": "EUR"}},
    }
    return json.dumps([{**wanted, **changes}])


def erp(world: World) -> Any:
    return machine(partner=world.erp, scopes=["purchase_orders:create"])


def ask_for(world: World, text: str) -> Any:
    form = {**CC, "scope": "purchase_orders:create", "authorization_details": text}
    return post("/oauth/token", form, new=erp(world))


@conforms("RFC 9396", "2", "The parameter is a JSON array of objects.")
@pytest.mark.parametrize(
    "text", ("{}", "1", "null", '"x"', "[", "[1]", "[null]", "[[]]", "[" * 2000, "[{}")
)
def test_what_is_no_array_of_objects_is_refused(text: str, world: World) -> None:
    assert error_of(ask_for(world, text)) == (400, "invalid_authorization_details")


@conforms("RFC 9396", "2", "Every object has a type.")
def test_object_without_a_type_is_refused(world: World) -> None:
    answer = ask_for(world, json.dumps([{"actions": ["create"]}]))

    assert error_of(answer) == (400, "invalid_authorization_details")


@conforms("RFC 9396", "5", "A type nobody knows is refused.")
def test_unknown_type_is_refused(world: World) -> None:
    answer = ask_for(world, details(world, type="payment_initiation"))

    assert error_of(answer) == (400, "invalid_authorization_details")


@conforms("RFC 9396", "5", "A field the type does not have is refused.")
def test_unknown_field_is_refused(world: World) -> None:
    answer = ask_for(world, details(world, colour="red"))

    assert error_of(answer) == (400, "invalid_authorization_details")


@conforms("RFC 9396", "5", "A field of another type than the schema's is refused.")
@pytest.mark.parametrize(
    "changes",
    (
        {"actions": "create"},
        {"actions": [1]},
        {"identifier": 7},
        {"limits": []},
        {"limits": {"per_order": {"amount": 5000, "currency": "EUR"}}},
        {"limits": {"per_order": {"amount": "-1", "currency": "EUR"}}},
        {"limits": {"per_order": {"amount": "1e9", "currency": "EUR"}}},
        {"locations": "https://buyer.example/api/v1"},
        {"categories": [None]},
    ),
)
def test_field_of_a_wrong_type_is_refused(changes: dict[str, Any], world: World) -> None:
    answer = ask_for(world, details(world, **changes))

    assert error_of(answer) == (400, "invalid_authorization_details")


@conforms("RFC 9396", "5", "A faulty request is told to the client with the same code.")
def test_authorization_request_with_faulty_details_is_told_so(world: World) -> None:
    answer = ask(signed_in(world.bo), web_app(partner=world.acme), authorization_details="[{}]")

    assert sent_back(answer)["error"] == "invalid_authorization_details"


@conforms("RFC 9396", "7", "The token answer says the details as granted.")
def test_token_answer_says_what_was_granted(world: World) -> None:
    granted = told(ask_for(world, details(world)))["authorization_details"]

    assert [(one["type"], one["actions"]) for one in granted] == [(TYPE, ["create"])]
    assert granted[0]["limits"]["per_order"] == {"amount": "5000.00", "currency": "EUR"}


@conforms("RFC 9396", "9.1", "The access token carries them.")
def test_access_token_carries_them(world: World) -> None:
    body = told(ask_for(world, details(world)))

    claims = claims_in(body["access_token"])

    assert claims["authorization_details"] == body["authorization_details"]


@conforms("RFC 9396", "9.2", "Introspection tells them.")
def test_introspection_tells_them(world: World) -> None:
    body = told(ask_for(world, details(world)))
    server = machine(is_resource_server=True)

    found = told(post("/oauth/introspect", {"token": body["access_token"]}, new=server))

    assert found["authorization_details"] == body["authorization_details"]


@conforms("RFC 9396", "2.2", "A location that is not this API is refused.")
def test_foreign_location_is_refused(world: World) -> None:
    answer = ask_for(world, details(world, locations=["https://other.example/api"]))

    assert error_of(answer) == (400, "invalid_authorization_details")


@pytest.fixture
def buyer(world: World) -> User:
    """Somebody on the buyer's side, who may hand on what vendors may not."""
    somebody, at = person("pm@nordwind.example", is_staff=True), datetime.now(tz=UTC)
    somebody.groups.add(Group.objects.get(name="procurement_manager"))
    add_member(actor=SETUP, at=at, project=world.office, user=somebody)
    return somebody


@pytest.fixture
def app(world: World) -> Any:
    del world
    return web_app(scopes=["purchase_orders:create", "offline_access"])


@conforms("RFC 9396", "3", "The person is shown the details and decides on them.", level="SHOULD")
def test_consent_page_shows_the_limits(buyer: User, app: Any, world: World) -> None:
    page = ask(signed_in(buyer), app, authorization_details=details(world))

    text = page.content.decode()
    assert [word for word in ("EUR 5,000.00", "OFFICE") if word.lower() not in text.lower()] == []


@conforms("RFC 9396", "6.1", "What was consented to is what the code gives.")
def test_code_gives_the_details_consented_to(buyer: User, app: Any, world: World) -> None:
    proof, browser = pkce(), signed_in(buyer)
    page = ask(browser, app, proof, authorization_details=details(world))

    body = told(redeem(app, sent_back(allow(browser, page))["code"], proof))

    assert [one["actions"] for one in body["authorization_details"]] == [["create"]]


@conforms("RFC 9396", "6.1", "A refresh cannot go beyond what was granted.")
def test_refresh_cannot_widen_the_details(buyer: User, app: Any, world: World) -> None:
    proof, browser = pkce(), signed_in(buyer)
    page = ask(browser, app, proof, authorization_details=details(world))
    body = told(redeem(app, sent_back(allow(browser, page))["code"], proof))
    more = {"limits": {"per_order": {"amount": "9000.00", "currency": "EUR"}}}

    wider = refresh(app, body["refresh_token"], authorization_details=details(world, **more))
    same = refresh(app, body["refresh_token"])

    assert error_of(wider)[0] == 400
    assert told(same)["authorization_details"] == body["authorization_details"]


@conforms("RFC 9396", "10", "The metadata names the types.")
def test_metadata_names_the_types(world: World) -> None:
    del world
    metadata = told(Browser().get("/.well-known/oauth-authorization-server"))

    assert metadata["authorization_details_types_supported"] == [TYPE]


@conforms("RFC 9396", "7", "A token without details says nothing of them.")
def test_token_without_details_has_no_such_claim(world: World) -> None:
    assert "authorization_details" not in claims_in(access_token(erp(world)))
