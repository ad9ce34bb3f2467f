"""Projects over HTTP: each side sees its own, and of it what is its to see."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.actor import Actor
from apps.partners.models import Role
from apps.projects.models import Project, ProjectMember
from apps.projects.services import edit_project
from tests.factories.gateway import Caller, problem
from tests.factories.oauth import access_token, machine
from tests.factories.procurement import vendor_caller
from tests.factories.world import World, project

pytestmark = pytest.mark.django_db
PROJECTS = "/api/v1/projects"


def viewer(world: World, *scopes: str, projects: list[Project] | None = None) -> Caller:
    found = projects or [world.office]
    given = ["projects:read", *scopes]
    return Caller(access_token(machine(role=Role.EDITOR, scopes=given, projects=found)))


@pytest.fixture
def budgeted(world: World, operator: Actor) -> Project:
    return edit_project(
        actor=operator,
        at=world.office.created_at,
        project=world.office,
        budget_amount=Decimal(10000),
        budget_currency="EUR",
        categories=["14"],
    )


def test_buyer_reads_a_project_with_its_budget(world: World, budgeted: Project) -> None:
    answer = viewer(world, "purchase_orders.cost:read").get(f"{PROJECTS}/{budgeted.public_id}")

    body = answer.json()
    assert (answer.status_code, answer["ETag"]) == (200, f'"{budgeted.public_id}.2"')
    assert body["budget"] == {"amount": "10000.00", "currency": "EUR"}
    assert (body["number"], body["categories"], body["owner"]) == ("OFFICE", ["14"], None)
    assert "_redacted" not in body


def test_budget_needs_the_scope_for_costs(world: World, budgeted: Project) -> None:
    body = viewer(world).get(f"{PROJECTS}/{budgeted.public_id}").json()

    assert body["_redacted"] == ["budget"]
    assert "budget" not in body


def test_vendor_sees_dates_and_no_business_of_the_buyers(world: World, budgeted: Project) -> None:
    body = vendor_caller(world.acme, "projects:read").get(f"{PROJECTS}/{budgeted.public_id}").json()

    assert body["_redacted"] == ["budget", "categories", "owner"]
    assert not {"budget", "categories", "owner"} & body.keys()


def test_list_has_the_sessions_projects_only(world: World) -> None:
    other = project("OTHER", world.buyer, world.acme)

    one = viewer(world).get(PROJECTS).json()["data"]
    both = viewer(world, projects=[world.office, other]).get(f"{PROJECTS}?sort=number").json()

    assert [row["number"] for row in one] == ["OFFICE"]
    assert [row["number"] for row in both["data"]] == ["OFFICE", "OTHER"]


def test_project_that_closed_is_refused_by_a_session_of_two(world: World) -> None:
    other = project("OTHER", world.buyer, world.acme)
    caller = viewer(world, projects=[world.office, other])
    Project.objects.filter(pk=other.pk).update(status="closed")

    answer = caller.get(f"{PROJECTS}/{other.public_id}")

    assert problem(answer) == (403, "project-closed")
    assert [row["number"] for row in caller.get(PROJECTS).json()["data"]] == ["OFFICE"]


def test_project_of_others_does_not_exist(world: World) -> None:
    other = project("OTHER", world.buyer, world.acme)

    assert problem(viewer(world).get(f"{PROJECTS}/{other.public_id}")) == (404, "not-found")


def test_members_are_the_buyers_to_see_and_a_vendor_sees_itself(world: World) -> None:
    path = f"{PROJECTS}/{world.office.public_id}/members"

    everybody = viewer(world).get(path).json()["data"]
    own = vendor_caller(world.acme, "projects:read").get(path).json()["data"]

    assert len(everybody) == ProjectMember.objects.filter(project=world.office).count()
    assert [row["partner"]["name"] for row in own] == ["Acme"]
    assert b"Globex" not in vendor_caller(world.acme, "projects:read").get(path).content


def queries(caller: Caller, path: str) -> int:
    """Of a request after another like it: keys are read once."""
    caller.get(path)
    with CaptureQueriesContext(connection) as asked:
        assert caller.get(path).status_code == 200
    return len(asked)


def test_list_takes_as_many_queries_for_three_as_for_one(world: World) -> None:
    three = [world.office, *(project(f"P{number}", world.buyer) for number in range(2))]

    assert (queries(viewer(world), PROJECTS), queries(viewer(world, projects=three), PROJECTS)) == (
        2,
        2,
    )


def test_project_and_its_members_take_two_queries_more_at_most(world: World) -> None:
    path = f"{PROJECTS}/{world.office.public_id}"

    assert (queries(viewer(world), path), queries(viewer(world), f"{path}/members")) == (2, 3)
