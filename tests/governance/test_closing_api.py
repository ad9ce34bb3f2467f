"""Closing a project over HTTP and by the command."""

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.governance.models import ProjectClosing
from apps.identity.models import StaffRole
from apps.oauth.models import TokenSession
from apps.partners.models import Role
from apps.procurement.states import OrderStatus
from apps.projects.models import Project
from apps.projects.services import add_member
from tests.factories.gateway import Caller, problem
from tests.factories.governance import order
from tests.factories.identity import staff
from tests.factories.oauth import access_token, code_for, machine, pkce, redeem, web_app
from tests.factories.partners import buyer_machine
from tests.factories.procurement import session_of
from tests.factories.world import SETUP, World, project

pytestmark = pytest.mark.django_db
CLOSE = "projects:close"
SAID = {"reason": "All is bought"}


def address(one: Project) -> str:
    return f"/api/v1/projects/{one.public_id}/close"


def closer(*projects: Project) -> Caller:
    scopes = [CLOSE, "projects:read"]
    new = machine(role=Role.APPROVER_ADMIN, scopes=scopes, projects=list(projects))
    return Caller(access_token(new))


@pytest.fixture
def other(world: World) -> Project:
    return project("OTHER", world.buyer, world.acme)


def unsettled(world: World) -> None:
    by = session_of(world.erp, world.office)
    order("A-1", world.acme, world.office, by, OrderStatus.ISSUED)


def test_close_answers_with_the_project_and_ends_the_callers_own_access(world: World) -> None:
    caller = closer(world.office)

    answer = caller.post(address(world.office), SAID, If_Match=f'"{world.office.public_id}.1"')

    body = answer.json()
    assert (answer.status_code, body["status"], body["revision"]) == (200, "closed", 2)
    assert answer["ETag"] == f'"{world.office.public_id}.2"'
    assert problem(caller.get("/api/v1/projects")) == (401, "token-revoked")
    closing = ProjectClosing.objects.get()
    ended = closing.started_at.isoformat().replace("+00:00", "Z")
    assert body["access_until"] == ended
    assert (closing.sessions_ended, closing.reason) == (1, "All is bought")
    assert closing.refused_after_ms is not None
    assert TokenSession.objects.get(kind="client").ended_at is not None


def test_wind_down_is_answered_with_its_end(world: World) -> None:
    caller, said = closer(world.office), {**SAID, "wind_down_days": 14}

    body = caller.post(address(world.office), said, If_Match="*").json()

    closing = ProjectClosing.objects.get()
    assert closing.wind_down_until is not None
    until = closing.wind_down_until.isoformat().replace("+00:00", "Z")
    assert (body["status"], body["access_until"]) == ("closing", until)


def test_what_is_not_settled_is_told_and_has_to_be_acknowledged(world: World) -> None:
    unsettled(world)
    caller = closer(world.office)

    refused = caller.post(address(world.office), SAID, If_Match="*")
    done = caller.post(address(world.office), {**SAID, "acknowledge_blockers": True}, If_Match="*")

    assert problem(refused) == (409, "project-has-blockers")
    assert refused.json()["blockers"] == {"open_orders": 1, "unreceived_orders": 1}
    assert done.status_code == 200


@pytest.mark.parametrize(
    ("body", "told"),
    (
        ({}, (422, "validation-error")),
        ({"reason": ""}, (422, "validation-error")),
        ({**SAID, "wind_down_days": 5}, (422, "validation-error")),
        ({**SAID, "wind_down_days": "7"}, (422, "validation-error")),
        ({**SAID, "acknowledge_blockers": "yes"}, (422, "validation-error")),
        ({**SAID, "force": True}, (400, "unknown-field")),
    ),
)
def test_body_is_read_strictly(world: World, body: dict[str, Any], told: tuple[int, str]) -> None:
    answer = closer(world.office).post(address(world.office), body, If_Match="*")

    assert problem(answer) == told
    assert not ProjectClosing.objects.exists()


def test_revision_that_was_read_is_the_one_that_closes(world: World) -> None:
    caller, path = closer(world.office), address(world.office)

    assert problem(caller.post(path, SAID)) == (428, "precondition-required")
    assert problem(caller.post(path, SAID, If_Match='"stale"')) == (412, "revision-stale")
    assert not ProjectClosing.objects.exists()


def test_repetition_by_a_session_of_two_is_told_that_it_closed(
    world: World, other: Project
) -> None:
    caller, sent = closer(world.office, other), {"If_Match": "*", "Idempotency_Key": "once"}
    first = caller.post(address(world.office), SAID, **sent)

    again = caller.post(address(world.office), SAID, **sent)

    assert (first.status_code, problem(again)) == (200, (403, "project-closed"))
    assert ProjectClosing.objects.count() == 1


def test_scope_and_membership_are_needed(world: World, other: Project) -> None:
    reader = machine(role=Role.APPROVER_ADMIN, scopes=["projects:read"], projects=[world.office])

    without = Caller(access_token(reader)).post(address(world.office), SAID, If_Match="*")
    elsewhere = closer(world.office).post(address(other), SAID, If_Match="*")

    assert problem(without) == (403, "insufficient-scope")
    assert problem(elsewhere) == (404, "not-found")
    assert not ProjectClosing.objects.exists()


def test_person_shows_a_second_factor_first(world: World) -> None:
    user, at = staff(StaffRole.ADMINISTRATOR), datetime.now(tz=UTC)
    add_member(actor=SETUP, at=at, project=world.office, user=user)
    new, proof = web_app(scopes=(CLOSE,)), pkce()
    token = json.loads(redeem(new, code_for(user, new, proof), proof).content)["access_token"]

    answer = Caller(token).post(address(world.office), SAID, If_Match="*")

    assert problem(answer) == (401, "user-authentication-insufficient")
    assert not ProjectClosing.objects.exists()


def test_budget_is_shown_to_who_may_see_costs(world: World) -> None:
    caller = buyer_machine(world, Role.APPROVER_ADMIN, CLOSE, "purchase_orders.cost:read")

    body = caller.post(address(world.office), SAID, If_Match="*").json()

    assert (body["budget"], "_redacted" in body) == (None, False)


# --- The command --------------------------------------------------------------------------------
def run(*arguments: str) -> Any:
    out = io.StringIO()
    call_command("close_project", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_command_closes_by_number_or_id_and_says_what_it_ended(world: World) -> None:
    unsettled(world)
    access_token(machine(partner=world.acme, scopes=["purchase_orders:read"]))

    done = run("OFFICE", "--reason", "All is bought")
    again = run(world.office.public_id, "--reason", "All is bought")

    assert (done["status"], done["sessions_ended"]) == ("closed", 1)
    assert done["blockers"] == {"open_orders": 1, "unreceived_orders": 1}
    assert isinstance(done["elapsed_ms"], int)
    assert again["evidence_id"] == done["evidence_id"]


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What people are told beside the result."""
    out = io.StringIO()
    call_command("close_project", *arguments, stdout=out)
    return capsys.readouterr().err + out.getvalue()


def test_command_says_first_what_it_closed_over(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    unsettled(world)
    known = "Not settled: 1 open order; 1 order is not received in full."

    before = told(capsys, "OFFICE", "--dry-run")
    done = told(capsys, "OFFICE", "--reason", "All is bought")
    again = told(capsys, "OFFICE", "--reason", "All is bought")

    assert before.startswith(f"{known} Closing closes over that.")
    assert done.startswith(
        "Not settled, and closed over all the same: 1 open order; 1 order is not received in full."
    )
    assert again.startswith("OFFICE is closed already: nothing to do. What follows was noted then.")


def test_dry_run_on_a_closed_project_says_that_there_is_nothing_to_do(world: World) -> None:
    unsettled(world)
    evidence = run("OFFICE", "--reason", "All is bought")["evidence_id"]

    assert run("OFFICE", "--dry-run") == {
        "status": "closed",
        "detail": "OFFICE is closed already: nothing to do.",
        "blockers": {},
        "sessions_ended": 0,
        "evidence_id": evidence,
        "elapsed_ms": 0,
        "dry_run": True,
    }


@pytest.mark.parametrize("days", ("5", "10", "90"))
def test_command_refuses_days_that_nobody_offers(world: World, days: str) -> None:
    with pytest.raises(CommandError) as refused:
        run("OFFICE", "--reason", "Soon", "--wind-down", days)

    assert "A project winds down for 7, 14 or 30 days, or for none." in str(refused.value)
    assert world.office.status == "open"


def test_command_winds_down(world: World) -> None:
    done = run("OFFICE", "--reason", "Soon", "--wind-down", "30")

    assert (done["status"], done["wind_down_until"][:10]) == (
        "closing",
        ProjectClosing.objects.get().wind_down_until.date().isoformat(),  # type: ignore[union-attr]  # it winds down
    )
    assert world.office.status == "open"


def test_dry_run_counts_and_changes_nothing(world: World) -> None:
    unsettled(world)
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])
    access_token(new)

    told = run("OFFICE", "--dry-run")

    assert told.pop("elapsed_ms") >= 0
    [theirs] = [one for one in told.pop("clients") if one["partner"] == "Acme"]
    assert theirs == {
        "client_id": new.client.client_id, "name": "Machine", "partner": "Acme",
        "acts_by": "membership", "goes_on_in_others": False,
    }  # fmt: skip
    assert told == {
        "status": "open",
        "blockers": {"open_orders": 1, "unreceived_orders": 1},
        "counts": {
            "sessions": 1, "api_keys": 0, "sessions_narrowed": 0, "clients": 2,
            "clients_naming_it": 0, "clients_by_membership": 2, "clients_narrowed": 0,
            "consents": 0,
        },
        "sessions_ended": 0,
        "evidence_id": None,
        "dry_run": True,
    }  # fmt: skip
    assert not ProjectClosing.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "code"), ((("OFFICE",), 2), (("NOWHERE", "--reason", "To see"), 1))
)
def test_command_without_a_reason_or_a_project_is_refused(
    world: World, arguments: tuple[str, ...], code: int
) -> None:
    with pytest.raises(CommandError) as refused:
        run(*arguments)

    assert (refused.value.returncode, world.office.status) == (code, "open")
