"""A project that winds down: what is under way is finished, by tokens for nothing else (reference
5, project closing).
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import ValidationFailedError
from apps.oauth.models import Client, SessionKind, TokenSession
from apps.oauth.models.clients import GrantType
from apps.oauth.scopes import CATALOGUE, only_winds_down
from apps.oauth.selectors import live_sessions
from apps.oauth.services import NewClient
from apps.partners.models import Role
from apps.projects.models import Project, ProjectMember
from apps.projects.services import add_member
from tests.conformance.stage import ask, claims_in, sent_back, signed_in
from tests.factories.api_keys import KeyHolder, api_key
from tests.factories.closing import close
from tests.factories.details import ask_machine, entry
from tests.factories.fulfilment import SHIPMENTS, goods_of
from tests.factories.gateway import ORDERS, Caller, problem
from tests.factories.issuers import ACCESS_TOKEN, exchange, exchanger, token_of
from tests.factories.oauth import (
    access_token,
    basic,
    code_for,
    machine,
    pkce,
    post_form,
    redeem,
    refresh,
    web_app,
)
from tests.factories.procurement import issued
from tests.factories.world import SETUP, World, partner, project

pytestmark = pytest.mark.django_db
FINISHES = {
    "purchase_orders:read", "shipments:read", "shipments:write", "receipts:read", "invoices:read",
    "invoices:submit", "invoices:approve", "offline_access", "openid", "profile", "email",
}  # fmt: skip
READ, CREATE = "purchase_orders:read", "purchase_orders:create"


@pytest.fixture
def winding(world: World) -> Project:
    """The project Office, which winds down for a week."""
    close(world.office, wind_down_days=7)
    return world.office


@pytest.fixture
def other(world: World) -> Project:
    return project("OTHER", world.buyer, world.acme)


def asked(new: NewClient, *scopes: str) -> tuple[int, str]:
    form = {"grant_type": "client_credentials", "scope": " ".join(scopes)}
    answer = post_form("/oauth/token", form, authorization=basic(new.client, new.secret))
    return answer.status_code, answer.json().get("error", "")


def session_with(scopes: Sequence[str], *projects: Project) -> TokenSession:
    at = datetime.now(tz=UTC)
    return TokenSession.objects.create(
        kind=SessionKind.CLIENT,
        scopes=list(scopes),
        project_ids=[one.pk for one in projects],
        project_bound=True,
        auth_method="client_secret_basic",
        created_at=at,
        granted_at=at,
        expires_at=at + timedelta(days=60),
    )


@pytest.mark.parametrize("scope", CATALOGUE)
def test_scope_is_for_finishing_what_is_under_way_or_not(winding: Project, scope: str) -> None:
    session = session_with([scope], winding)

    assert only_winds_down([scope]) is (scope in FINISHES)
    alive = live_sessions(at=datetime.now(tz=UTC)).filter(pk=session.pk).exists()
    assert alive is (scope in FINISHES)


def test_one_scope_beyond_is_one_too_many(winding: Project) -> None:
    mixed = session_with([READ, CREATE], winding)

    assert not live_sessions(at=datetime.now(tz=UTC)).filter(pk=mixed.pk).exists()


def test_wind_down_ends_when_it_is_over(winding: Project) -> None:
    session, at = session_with([READ], winding), datetime.now(tz=UTC)

    before = live_sessions(at=at + timedelta(days=6, hours=23)).filter(pk=session.pk)
    after = live_sessions(at=at + timedelta(days=7, minutes=1)).filter(pk=session.pk)

    assert (before.exists(), after.exists()) == (True, False)


def test_machine_that_asks_for_more_is_told_what_it_may_have(
    world: World, winding: Project
) -> None:
    new = machine(scopes=[READ, CREATE], projects=[world.office], role=Role.EDITOR)
    form = {"grant_type": "client_credentials", "scope": f"{READ} {CREATE}"}

    answer = post_form("/oauth/token", form, authorization=basic(new.client, new.secret))

    told = answer.json()
    assert (answer.status_code, told["error"]) == (400, "invalid_scope")
    assert "winds down" in told["error_description"]
    assert "shipments:write" in told["error_description"]
    assert (asked(new, READ), winding.status) == ((200, ""), "closing")


def test_closed_project_is_no_wind_down(world: World) -> None:
    new = machine(scopes=[READ], projects=[world.office], role=Role.EDITOR)
    close(world.office)

    assert asked(new, READ) == (400, "unauthorized_client")


def test_token_of_the_wind_down_is_for_the_project_and_ends_with_it(
    world: World, winding: Project
) -> None:
    token = access_token(machine(partner=world.acme, scopes=[READ]))

    assert claims_in(token)["projects"] == [winding.public_id]
    winding.refresh_from_db()
    assert TokenSession.objects.latest("id").expires_at <= winding.access_until


def test_token_for_more_has_the_open_projects_only(
    world: World, winding: Project, other: Project
) -> None:
    new = machine(scopes=[READ, CREATE], projects=[winding, other], role=Role.EDITOR)

    wide, narrow = access_token(new), access_token(new, [READ])

    assert claims_in(wide)["projects"] == [other.public_id]
    assert set(claims_in(narrow)["projects"]) == {winding.public_id, other.public_id}
    del world


def test_details_about_the_project_need_the_scopes_of_a_wind_down(
    world: World, winding: Project
) -> None:
    new = machine(partner=world.erp, scopes=[READ, CREATE])

    wide = ask_machine(new, entry(winding), scope=f"{READ} {CREATE}")
    narrow = ask_machine(new, entry(winding), scope=READ)

    assert (wide.status_code, narrow.status_code) == (400, 200)
    assert narrow.json()["authorization_details"][0]["actions"] == []
    assert wide.json()["error"] == "invalid_scope"
    assert wide.json()["error_description"].startswith(f"{winding.public_id} winds down: ask for ")


def test_details_about_two_projects_are_told_which_winds_down(
    world: World, winding: Project, other: Project
) -> None:
    new = machine(scopes=[READ, CREATE], projects=[winding, other], role=Role.EDITOR)

    answer = ask_machine(new, entry(winding), entry(other), scope=CREATE).json()

    assert answer["error_description"].startswith(f"{winding.public_id} winds down: ask for ")
    assert (answer["error"], world.office) == ("invalid_scope", winding)


def test_who_is_no_member_is_not_told_that_the_project_winds_down(
    world: World, winding: Project, other: Project
) -> None:
    new = machine(scopes=[READ, CREATE], projects=[other], role=Role.EDITOR)

    answer = ask_machine(new, entry(winding), scope=CREATE).json()

    assert answer == {
        "error": "invalid_authorization_details",
        "error_description": "They name a project that is not open to you.",
    }
    assert world.office == winding


def test_person_of_a_project_that_winds_down_is_told_by_its_name(
    world: World, winding: Project, other: Project
) -> None:
    new = web_app(partner=world.acme, scopes=(READ, "bids:read"))

    answer = sent_back(
        ask(signed_in(world.bo), new, authorization_details=json.dumps([entry(winding)]))
    )

    assert answer["error"] == "invalid_scope"
    assert answer["error_description"].startswith(f"{winding.public_id} winds down: ask for ")
    assert other.status == "open"


def test_vendor_delivers_what_was_ordered(world: World) -> None:
    order = issued(world)
    close(world.office, wind_down_days=7)
    vendor = Caller(access_token(machine(partner=world.acme, scopes=[READ, "shipments:write"])))

    announced = vendor.post(SHIPMENTS, goods_of(order))

    assert announced.status_code == 201, announced.content
    assert vendor.get(f"{ORDERS}/{order.public_id}").status_code == 200


def test_person_lets_an_app_finish_and_stay(world: World, winding: Project) -> None:
    new, proof = web_app(partner=world.acme, scopes=(READ, "offline_access")), pkce()
    first = json.loads(redeem(new, code_for(world.bo, new, proof), proof).content)

    again = json.loads(refresh(new, first["refresh_token"]).content)

    assert claims_in(again["access_token"])["projects"] == [winding.public_id]
    Project.objects.filter(pk=winding.pk).update(access_until=datetime.now(tz=UTC))
    assert refresh(new, again["refresh_token"]).status_code == 400
    assert problem(Caller(again["access_token"]).get(ORDERS)) == (401, "token-revoked")


def test_person_is_not_asked_for_more_than_finishing(world: World, winding: Project) -> None:
    new, proof = web_app(partner=world.acme, scopes=(READ, "bids:read")), pkce()

    answer = ask(signed_in(world.bo), new, proof)

    assert (sent_back(answer)["error"], winding.status) == ("invalid_scope", "closing")


def test_person_of_two_projects_lets_an_app_into_the_open_one(
    world: World, winding: Project, other: Project
) -> None:
    new, proof = web_app(partner=world.acme, scopes=(READ, "bids:read")), pkce()

    told = json.loads(redeem(new, code_for(world.bo, new, proof), proof).content)

    assert claims_in(told["access_token"])["projects"] == [other.public_id]
    assert winding.status == "closing"


def test_key_for_more_is_not_made_for_the_project(world: World, winding: Project) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        api_key(world.acme, scopes=[READ, "bids:read"], projects=[winding])

    assert [fault.pointer for fault in refused.value.errors] == ["/projects"]


def test_key_for_finishing_is_used_until_the_end(
    world: World, winding: Project, settings: Any
) -> None:
    settings.LEGACY_API_KEYS = True
    holder = KeyHolder(api_key(world.acme, projects=[winding]).key)

    during = holder.ask().status_code
    close(winding)

    assert (during, problem(holder.ask())) == (200, (401, "token-revoked"))


def test_exchanged_token_winds_down_too(world: World, winding: Project) -> None:
    app, proof = exchanger(partner=world.acme, grants=(GrantType.AUTHORIZATION_CODE,)), pkce()
    Client.objects.filter(pk=app.client.pk).update(allowed_scopes=[READ])
    app.client.refresh_from_db()
    first = json.loads(redeem(app, code_for(world.bo, app, proof), proof).content)
    service = exchanger(is_resource_server=True)

    taken = token_of(exchange(service, first["access_token"], ACCESS_TOKEN, scope=None))

    assert claims_in(taken)["projects"] == [winding.public_id]


def test_member_that_joins_meanwhile_may_finish_and_one_that_left_may_not(
    world: World, winding: Project
) -> None:
    initech = partner("Initech")
    add_member(actor=SETUP, at=datetime.now(tz=UTC), project=winding, partner=initech)
    joined, left = (machine(partner=one, scopes=[READ]) for one in (initech, world.globex))
    ProjectMember.objects.get(project=winding, partner=world.globex).delete()

    assert asked(joined, READ) == (200, "")
    assert asked(left, READ) == (400, "unauthorized_client")
