"""JSON of wrong types, wherever a client may send some, never gives a 5xx."""

import json
from typing import Any

import pytest

from tests.conformance.compliance import conforms
from tests.conformance.stage import ASSERTION_TYPE, CC, Keyholder, ask, post, signed_in, with_key
from tests.factories.oauth import machine, web_app
from tests.factories.world import World

pytestmark = pytest.mark.django_db

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**40, "", "\x00", "\ud800", "é", "x" * 5000, [], {}, [[]],
    [{}], {"a": 1}, [None], {"": ""},
)  # fmt: skip


def texts() -> list[str]:
    """Every odd value as JSON, and what is no JSON."""
    nested = "[" * 3000 + "]" * 3000
    broken = ["", "{", "[1,", "nul", "'", "{'a': 1}", "NaN", "Infinity", "-", "1e999", nested]
    twice = ['{"a": 1, "a": 2}', '[{"type": "x", "type": "y"}]']
    return [json.dumps(value) for value in ODD] + broken + twice


def detail_texts() -> list[str]:
    """Authorization details that are right but for one member."""
    good = {
        "type": "procurement_purchasing",
        "actions": ["create"],
        "identifier": "prj_x",
        "limits": {"per_order": {"amount": "1.00", "currency": "EUR"}},
    }
    members = [*good, "locations", "vendors", "categories", "datatypes", "valid_until"]
    changed = [{**good, name: value} for name in members for value in ODD]
    changed += [{**good, "limits": {"per_order": value}} for value in ODD]
    changed += [
        {**good, "limits": {"per_order": {"amount": value, "currency": value}}} for value in ODD
    ]
    return [json.dumps([one]) for one in changed]


@conforms("House", "json", "No authorization_details are a 5xx at the token endpoint.")
def test_odd_details_at_the_token_endpoint_are_no_5xx(world: World) -> None:
    new = machine(partner=world.erp, scopes=["purchase_orders:create"])
    tried = [
        (text[:80], post("/oauth/token", {**CC, "authorization_details": text}, new=new))
        for text in texts() + detail_texts()
    ]

    assert [(text, one.status_code) for text, one in tried if one.status_code >= 500] == []


@conforms("House", "json", "No authorization_details and no claims are a 5xx in the browser.")
@pytest.mark.parametrize("name", ("authorization_details", "claims"))
def test_odd_json_in_the_browser_is_no_5xx(name: str, world: World) -> None:
    new = web_app(partner=world.acme, scopes=["openid", "purchase_orders:read"])
    browser = signed_in(world.bo)
    wanted = texts() + (detail_texts()[:60] if name == "authorization_details" else claim_texts())

    tried = [(text[:80], ask(browser, new, **{name: text})) for text in wanted]

    assert [(text, one.status_code) for text, one in tried if one.status_code >= 500] == []


def claim_texts() -> list[str]:
    places = [{place: value} for place in ("id_token", "userinfo") for value in ODD]
    named = [{"id_token": {"acr": value}} for value in ODD]
    valued = [{"id_token": {"sub": {"value": value, "values": value}}} for value in ODD]
    return [json.dumps(one) for one in [*places, *named, *valued]]


@conforms("House", "json", "No claim in a client's assertion is a 5xx.")
def test_odd_assertion_is_no_5xx(world: World) -> None:
    holder = Keyholder()
    new = with_key(machine(partner=world.acme), holder)
    statuses = []
    for name in ("iss", "sub", "aud", "exp", "iat", "nbf", "jti"):
        for value in ODD:
            if value is None:
                continue
            form = {
                **CC,
                "client_id": new.client.client_id,
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": holder.assertion(new.client, **{name: value}),
            }
            answer = post("/oauth/token", form)
            statuses.append((name, repr(value)[:40], answer.status_code))

    assert [one for one in statuses if one[2] >= 500] == []
