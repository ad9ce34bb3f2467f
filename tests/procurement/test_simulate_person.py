"""`simulate_policy --user`: what one of the buyer's people would be allowed to order, and why."""

import json
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from apps.governance.services.deactivation import deactivate_person
from apps.identity.models import StaffRole, User
from apps.oauth.models import TokenSession
from apps.partners.models import Role
from apps.projects.services import hold_project
from tests.factories.details import buyer_of
from tests.factories.gateway import Caller
from tests.factories.identity import staff
from tests.factories.oauth import access_token, machine, web_app
from tests.factories.people import person_caller
from tests.factories.policies import approval_rule, policy
from tests.factories.world import SETUP, World, project

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
CREATE = "purchase_orders:create"


def run(*said: str, **named: str) -> str:
    asked = {"project": "OFFICE", "amount": "100", "currency": "EUR", **named}
    out = StringIO()
    options = [f"--{name}={value}" for name, value in asked.items()]
    call_command("simulate_policy", *options, *said, stdout=out, stderr=StringIO())
    return out.getvalue()


def simulated(**named: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("--json", **named))
    return found


def denied_by(**named: str) -> list[str]:
    return [reason["code"] for reason in simulated(**named)["reasons"] if reason["denies"]]


@pytest.fixture
def buyer(world: World) -> User:
    """A procurement manager, who is a member of the project."""
    return buyer_of(world.office)


def test_person_is_held_to_the_policies_of_their_role(world: World, buyer: User) -> None:
    policy(world.buyer, name="Editors", role=Role.EDITOR, per_order_max=99)
    policy(world.buyer, name="Machines", role=Role.INTEGRATION, per_order_max=10)

    said = simulated(user=buyer.email)

    assert (said["decision"], said["code"]) == ("denied", "spend-limit-exceeded")
    assert [reason["source"]["name"] for reason in said["reasons"]] == ["Editors"]
    assert said["caller"] == {
        "client": None, "person": buyer.public_id, "session": None, "role": "editor",
    }  # fmt: skip


def test_person_by_a_client_is_held_to_its_policies_too(world: World, buyer: User) -> None:
    app, other = (web_app(scopes=[CREATE]).client for _ in range(2))
    policy(world.buyer, name="App", client_id=app.client_id, per_order_max=99)

    assert denied_by(user=buyer.email, client=app.client_id) == ["spend-limit-exceeded"]
    assert denied_by(user=buyer.email, client=other.client_id) == []
    assert denied_by(user=buyer.email) == []


def test_person_is_named_as_people_read_it(buyer: User) -> None:
    app = web_app(scopes=[CREATE]).client

    alone = run(user=buyer.email.upper()).splitlines()
    by = run(user=buyer.email, client=app.client_id).splitlines()

    assert alone[0] == f"ALLOWED: {buyer.public_id} orders EUR 100.00 in OFFICE"
    assert by[0] == (f"ALLOWED: {buyer.public_id} by {app.client_id} orders EUR 100.00 in OFFICE")


def test_person_of_a_client_that_is_not_for_them_is_refused(world: World, buyer: User) -> None:
    acts_alone = machine(partner=world.erp, scopes=[CREATE]).client
    of_acme = web_app(partner=world.acme, scopes=["purchase_orders:read"]).client

    assert denied_by(user=buyer.email, client=acts_alone.client_id) == ["unauthorized_client"]
    assert denied_by(user=buyer.email, client=of_acme.client_id) == [
        "access_denied",
        "insufficient-scope",
    ]


def test_person_acts_where_the_client_and_they_do(world: World, buyer: User) -> None:
    """An integration partner's application is bound to its partner's projects."""
    app = web_app(partner=world.erp, scopes=[CREATE]).client
    project("THEIRS", world.buyer, world.erp)
    own = project("OWN", world.buyer)
    own.members.create(user=buyer, valid_from=own.created_at)

    assert denied_by(user=buyer.email, client=app.client_id) == []
    assert denied_by(user=buyer.email, client=app.client_id, project="THEIRS") == ["project-closed"]
    assert denied_by(user=buyer.email, client=app.client_id, project="OWN") == ["project-closed"]
    assert denied_by(user=buyer.email, project="OWN") == []


def test_what_refuses_a_person_before_any_rule_is_said(
    world: World, buyer: User, at: datetime
) -> None:
    viewer = staff(StaffRole.VIEWER, "viewer@nordwind.example")

    assert denied_by(user=viewer.email) == ["insufficient-scope", "project-closed"]
    assert denied_by(user=world.bo.email) == ["role-not-permitted", "insufficient-scope"]
    hold_project(actor=SETUP, at=at, project=world.office, reason="wait")
    assert denied_by(user=buyer.email) == ["project-closed"]
    deactivate_person(actor=SETUP, at=at, user=buyer, reason="away")
    assert denied_by(user=buyer.email) == ["access_denied", "project-closed"]


def test_simulation_of_a_person_is_what_their_token_is_told(world: World) -> None:
    email = "pm@nordwind.example"
    caller: Caller = person_caller(world, email, CREATE, "purchase_orders.cost:read")
    session = TokenSession.objects.get(user__email=email)
    client_id = session.client.client_id if session.client else ""
    policy(world.buyer, name="IT", per_order_max=500, role=Role.APPROVER_ADMIN)
    approval_rule(world.buyer, amount_from=50)
    body = {"project": world.office.public_id, "currency": "EUR", "amount": "100"}

    answer = caller.post("/api/v1/purchasing-decisions", body, Idempotency_Key="").json()
    said = simulated(user=email, client=client_id)

    # The whole of it: the same rules, sums, approvals and words.
    assert answer["decision"] == "pending_approval"
    assert {name: said[name] for name in answer} == answer


def test_machine_is_asked_about_as_before(world: World) -> None:
    new = machine(partner=world.erp, scopes=[CREATE])
    body = {"project": world.office.public_id, "currency": "EUR", "amount": "100"}
    token = Caller(access_token(new))

    answer = token.post("/api/v1/purchasing-decisions", body, Idempotency_Key="").json()

    assert simulated(client=new.client.client_id)["decision"] == answer["decision"] == "allowed"
