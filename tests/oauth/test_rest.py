"""The resource server's face: one query, the right errors, closed by default."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.audit.events import Action
from apps.audit.models import Event
from apps.identity.models import User
from apps.oauth.models import TokenSession
from apps.oauth.services import end_session
from apps.partners.models import Partner
from apps.projects.models import Project, ProjectMember
from tests.conformance.compliance import conforms
from tests.factories.oauth import access_token, code_for, machine, pkce, redeem, web_app
from tests.factories.world import SETUP, World, project

pytestmark = pytest.mark.django_db

ORDERS = "/api/v1/purchase-orders"


def get(token: str, path: str = ORDERS) -> Any:
    return Browser().get(path, headers={"Authorization": f"Bearer {token}"})


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, json.loads(answer.content)["code"]


@pytest.fixture
def token(world: World) -> str:
    return access_token(machine(partner=world.acme, scopes=["purchase_orders:read"]))


def test_authenticated_request_makes_one_query_before_the_resources_own(token: str) -> None:
    get(token)  # Loads the verification keys, which are remembered.

    with CaptureQueriesContext(connection) as captured:
        answer = get(token)

    assert answer.status_code == 200
    tables = ["oauth_accesstoken" in query["sql"] for query in captured]
    assert tables == [True, False]


def test_ended_session_is_refused_at_the_next_request(token: str) -> None:
    before = get(token).status_code

    end_session(
        actor=SETUP, at=datetime.now(tz=UTC), session=TokenSession.objects.get(), reason="a test"
    )

    assert before == 200
    assert code_of(get(token)) == (401, "token-revoked")


@conforms(
    "ASVS 5 V10",
    "10.3.2",
    "A token is worth what its client, person and partner are worth now.",
)
@pytest.mark.parametrize(
    ("model", "change"),
    (
        (Partner, {"status": "suspended"}),
        (Project, {"status": "closed"}),
        (Project, {"access_until": datetime(2020, 1, 1, tzinfo=UTC)}),
        (Partner, {"not_before": datetime(2999, 1, 1, tzinfo=UTC)}),
        (Project, {"not_before": datetime(2999, 1, 1, tzinfo=UTC)}),
    ),
)
def test_flip_of_what_the_session_stands_on_is_refused(
    model: Any, change: dict[str, Any], token: str
) -> None:
    model.objects.update(**change)

    assert code_of(get(token)) == (401, "token-revoked")


def test_membership_that_ended_is_refused_at_the_next_request(token: str) -> None:
    ProjectMember.objects.update(valid_until=datetime.now(tz=UTC))

    assert code_of(get(token)) == (401, "token-revoked")


@pytest.mark.parametrize(
    "change", ({"status": "suspended"}, {"not_before": datetime(2999, 1, 1, tzinfo=UTC)})
)
def test_suspending_an_integration_partner_ends_what_its_app_does_for_others(
    change: dict[str, Any], world: World
) -> None:
    new, proof = web_app(partner=world.erp), pkce()
    code = code_for(world.bo, new, proof)
    token = json.loads(redeem(new, code, proof).content)["access_token"]
    before = get(token).status_code

    Partner.objects.filter(pk=world.erp.pk).update(**change)

    assert (before, get(token).status_code) == (200, 401)


def test_session_of_two_projects_outlives_one_of_them(world: World) -> None:
    fleet = project("FLEET", world.buyer, world.acme)
    token = access_token(machine(partner=world.acme, scopes=["purchase_orders:read"]))

    Project.objects.filter(pk=fleet.pk).update(status="closed")
    one_left = get(token).status_code
    Project.objects.update(status="closed")

    assert (one_left, get(token).status_code) == (200, 401)


def test_expired_token_says_so(token: str, time_machine: Any) -> None:
    time_machine.move_to(datetime.now(tz=UTC) + timedelta(minutes=10, seconds=1))

    answer = get(token)

    assert code_of(answer) == (401, "token-expired")
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]


@conforms("OAuth 2.1", "5.3.2", "A missing scope is 403 insufficient_scope and names it.")
def test_missing_scope_is_403_that_names_it_and_is_recorded(token: str) -> None:
    answer = get(token, "/api/v1/audit-events")

    assert code_of(answer) == (403, "insufficient-scope")
    assert json.loads(answer.content)["required"] == ["audit:read"]
    assert 'error="insufficient_scope"' in answer["WWW-Authenticate"]
    assert 'scope="audit:read"' in answer["WWW-Authenticate"]
    denied = Event.objects.get(action=Action.REQUEST_DENIED)
    assert denied.session_id == TokenSession.objects.get().pk


def test_missing_token_says_token_missing_without_an_error_code(world: World) -> None:
    del world
    answer = Browser().get(ORDERS)

    assert code_of(answer) == (401, "token-missing")
    assert "error=" not in answer["WWW-Authenticate"]
    assert "resource_metadata=" in answer["WWW-Authenticate"]


def test_malformed_body_without_a_token_is_401_not_400(world: World) -> None:
    """Authentication comes before the body is read (reference 2.1, DRF extras)."""
    del world
    answer = Browser().post(ORDERS, data="{not json", content_type="application/json")

    assert answer.status_code == 401


def test_signed_in_browser_is_nobody_to_the_api(world: World) -> None:
    browser = Browser()
    browser.force_login(User.objects.get(pk=world.bo.pk))

    assert browser.get(ORDERS).status_code == 401


def test_internal_client_without_projects_is_not_bound_and_sees_no_orders(world: World) -> None:
    del world
    token = access_token(machine(scopes=["purchase_orders:read"]))

    answer = get(token)

    assert (answer.status_code, json.loads(answer.content)["data"]) == (200, [])
