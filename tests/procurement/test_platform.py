"""Who calls, and the code lists."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from iso4217 import Currency

from apps.core.ids import encode_id
from apps.oauth.models import AccessToken
from apps.procurement.policy.codelists import CODELISTS
from tests.factories.api_keys import api_key
from tests.factories.gateway import Caller, problem
from tests.factories.oauth import access_token, code_for, machine, pkce, redeem, web_app
from tests.factories.procurement import auditor_caller, vendor_caller
from tests.factories.world import World

pytestmark = pytest.mark.django_db
ME = "/api/v1/me"
LISTS = "/api/v1/codelists"

# --- Me -----------------------------------------------------------------------------------------


def test_me_of_a_machine_is_its_client_company_and_session(world: World) -> None:
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])

    said = Caller(access_token(new)).get(ME).json()

    token = AccessToken.objects.get()
    session = encode_id("ses", token.session_id)
    assert said.pop("expires_at") == f"{token.expires:%Y-%m-%dT%H:%M:%SZ}"
    assert said == {
        "client": new.client.client_id,
        "person": None,
        "partner": {"id": world.acme.public_id, "kind": "vendor"},
        "role": "manager",
        "session": session,
        "scopes": ["purchase_orders:read"],
        "projects": [world.office.public_id],
        "authorization_details": [],
        "limits": [],
        "rules": [],
        "_redacted": ["budget"],
        "credential": "bearer",
        "links": {},
    }


def test_me_of_a_person_names_them_by_id_only(world: World) -> None:
    new, proof = web_app(partner=world.acme, scopes=["purchase_orders:read"]), pkce()
    token = redeem(new, code_for(world.bo, new, proof), proof).json()["access_token"]

    answer = Caller(token).get(ME)

    assert (answer.json()["person"], answer.json()["client"]) == (
        world.bo.public_id,
        new.client.client_id,
    )
    assert b"bo@acme.example" not in answer.content


def test_me_of_the_buyers_own_client_has_no_company(world: World) -> None:
    said = auditor_caller(world).get(ME).json()

    assert (said["partner"], said["role"], said["credential"]) == (
        None,
        "approver_admin",
        "dpop",
    )


def test_me_of_an_api_key_says_when_it_ends(world: World) -> None:
    key = api_key(world.acme)

    said = Browser().get(ME, headers={"Authorization": f"ApiKey {key.key}"}).json()

    assert said["credential"] == "api_key"
    assert datetime.fromisoformat(said["expires_at"]) > datetime.now(UTC) + timedelta(hours=1)


def test_me_needs_no_scope_but_a_token(world: World) -> None:
    caller = vendor_caller(world.acme, "shipments:read")

    assert caller.get(ME).status_code == 200
    assert problem(Browser().get(ME)) == (401, "token-missing")


@pytest.mark.parametrize("scope", ("sessions.own:read", "audit:read"))
def test_me_leads_to_the_activity_that_the_token_may_read(world: World, scope: str) -> None:
    said = auditor_caller(world, scope).get(ME).json()

    assert said["links"] == {"activity": f"/api/v1/sessions/{said['session']}/activity"}


def test_me_asks_the_database_only_whether_the_token_counts(world: World) -> None:
    caller = vendor_caller(world.acme)
    caller.get(ME)  # The keys are known from here on.

    with CaptureQueriesContext(connection) as asked:
        assert caller.get(ME).status_code == 200

    assert len(asked) == 1


# --- Code lists ---------------------------------------------------------------------------------


def codes(answer: Any) -> dict[str, dict[str, Any]]:
    return {entry["code"]: entry for entry in answer.json()["data"]}


@pytest.mark.parametrize(
    ("name", "size", "entry"),
    (
        ("countries", 249, {"code": "NO", "name": "Norway"}),
        ("units", 2162, {"code": "KGM", "name": "kilogram", "decimals": 3}),
        ("units", 2162, {"code": "EA", "name": "each", "decimals": 0}),
        ("units", 2162, {"code": "XBX", "name": None, "decimals": 0}),
        ("tax-categories", 9, {"code": "AE", "name": "Reverse charge", "taxed": False}),
        ("order-responses", 4, {"code": "AP", "name": "accepted"}),
        ("line-responses", 4, {"code": "42", "name": "already delivered"}),
    ),
)
def test_codelist_is_whole(world: World, name: str, size: int, entry: dict[str, Any]) -> None:
    found = codes(vendor_caller(world.acme).get(f"{LISTS}/{name}"))

    assert found[entry["code"]] == entry
    assert len(found) == size


def test_currencies_are_those_one_can_pay_in(world: World) -> None:
    found = codes(vendor_caller(world.acme).get(f"{LISTS}/currencies"))

    assert {code: found[code]["minor_units"] for code in ("EUR", "JPY", "KWD")} == {
        "EUR": 2,
        "JPY": 0,
        "KWD": 3,
    }
    assert set(found) == {one.value for one in Currency if one.exponent is not None}
    assert "XAU" not in found


@pytest.mark.parametrize("name", sorted(CODELISTS))
def test_codelist_is_kept_until_it_changes(world: World, name: str) -> None:
    caller, path = vendor_caller(world.acme), f"{LISTS}/{name}"
    first = caller.get(path)

    again = Browser().get(
        path, headers={**caller.credentials("GET", path), "If-None-Match": first["ETag"]}
    )

    assert first["Cache-Control"] == again["Cache-Control"] == "private, max-age=86400"
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]


def test_codelist_that_does_not_exist_is_not_found(world: World) -> None:
    answer = vendor_caller(world.acme).get(f"{LISTS}/colours")

    assert problem(answer) == (404, "not-found")
    assert answer["Cache-Control"] == "private, no-store"


def test_codelist_is_read_without_a_query(world: World) -> None:
    caller = vendor_caller(world.acme)
    caller.get(ME)

    with CaptureQueriesContext(connection) as asked:
        caller.get(f"{LISTS}/units")

    assert len(asked) == 1
