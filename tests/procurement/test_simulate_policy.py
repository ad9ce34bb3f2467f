"""`simulate_policy`: what would be allowed, and why; for people, and as JSON (spec 8)."""

import json
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.audit.models import Event
from apps.oauth.models import Client, TokenSession
from apps.oauth.services import end_session
from apps.partners.services import suspend_partner
from apps.procurement.models import SpendAccount
from apps.projects.services import hold_project
from tests.factories.details import ask_machine, entry, erp, euros
from tests.factories.oauth import machine
from tests.factories.policies import approval_rule, policy
from tests.factories.world import SETUP, World, project

pytestmark = pytest.mark.django_db


@pytest.fixture
def client_id(world: World) -> str:
    return erp(world, "purchase_orders:create").client.client_id


def run(*said: str, **named: str) -> str:
    asked = {"project": "OFFICE", "amount": "100", "currency": "EUR", **named}
    out = StringIO()
    options = [f"--{name}={value}" for name, value in asked.items()]
    call_command("simulate_policy", *options, *said, stdout=out, stderr=StringIO())
    return out.getvalue()


def simulated(*said: str, **named: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("--json", *said, **named))
    return found


def denied_by(said: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in said["reasons"] if reason["denies"]]


def test_simulation_names_caller_project_and_every_rule(world: World, client_id: str) -> None:
    version = policy(world.buyer, name="IT", per_order_max=99, categories_allowed=("43",))

    said = simulated("--category=4321", "--category=46", client=client_id)

    assert (said["decision"], said["code"]) == ("denied", "category-not-allowed")
    assert denied_by(said) == ["category-not-allowed", "spend-limit-exceeded"]
    assert said["policy_version"] == version.version
    assert said["caller"] == {
        "client": client_id, "person": None, "session": None, "role": "integration",
    }  # fmt: skip
    assert said["project"] == {"id": world.office.public_id, "number": "OFFICE"}
    assert said["asked"]["categories"] == ["4321", "46"]
    assert said["left_open"] == ["vendor", "ship_to", "contract_ref"]


def test_simulation_is_read_at_night(world: World, client_id: str) -> None:
    version = policy(world.buyer, name="IT", per_order_max=99, cumulative_max=500)
    large = approval_rule(world.buyer, name="Large", amount_from=50)

    source = f"[policy {version.policy.public_id} version {version.version}]"
    asked = "EUR 100.00 are asked for."
    assert run(client=client_id, vendor=world.acme.public_id).splitlines() == [
        f"DENIED (spend-limit-exceeded): {client_id} orders EUR 100.00 in OFFICE",
        f"  NO  IT allows EUR 99.00 for one order; EUR 99.00 remain, {asked} {source}",
        f"  ok  IT allows EUR 500.00 altogether; EUR 500.00 remain, {asked} {source}",
        f"  ?!  Large asks for approval from EUR 50.00 on. [approval rule {large.public_id}]",
        "  note: no category was named, so none was checked",
        "  note: no place was named, so none was checked",
        "  note: no contract was named, so it was not checked whether one must be",
    ]


def test_simulation_says_who_would_be_asked(world: World, client_id: str) -> None:
    approval_rule(world.buyer, name="Large", amount_from=50, min_approvers=2)

    lines = run(client=client_id).splitlines()

    assert lines[0] == f"NEEDS APPROVAL: {client_id} orders EUR 100.00 in OFFICE"
    assert "  approval 1: 2 x approver_admin" in lines


def test_simulation_without_rules_says_so(world: World, client_id: str) -> None:
    lines = run(client=client_id, project=world.office.public_id).splitlines()

    assert lines[:2] == [
        f"ALLOWED: {client_id} orders EUR 100.00 in OFFICE",
        "  ok  no rule says anything about it",
    ]


def test_simulation_of_a_session_knows_its_limits_and_what_is_left(world: World) -> None:
    new = erp(world, "purchase_orders:create")
    ask_machine(new, entry(world.office, limits={"total": euros("60.00")}))
    session = TokenSession.objects.get(client=new.client)

    narrow = simulated(session=session.public_id)
    fresh = simulated(client=new.client.client_id)

    assert (denied_by(narrow), denied_by(fresh)) == (["spend-limit-exceeded"], [])
    assert narrow["caller"]["session"] == session.public_id


def test_simulation_writes_nothing(world: World, client_id: str) -> None:
    policy(world.buyer, cumulative_max=500)
    events = Event.objects.count()

    run(client=client_id)

    assert (Event.objects.count(), SpendAccount.objects.count()) == (events, 0)


def test_simulation_says_what_refuses_before_any_rule(world: World, at: datetime) -> None:
    buyer = erp(world, "purchase_orders:create").client
    reader = machine(partner=world.erp, scopes=["purchase_orders:read"]).client
    vendor = machine(partner=world.acme, scopes=["purchase_orders:read"]).client
    project("OTHER", world.buyer, world.acme)
    stopped = erp(world, "purchase_orders:create").client
    Client.objects.filter(pk=stopped.pk).update(status="suspended", expires_at=at)

    assert denied_by(simulated(client=reader.client_id)) == ["insufficient-scope"]
    assert denied_by(simulated(client=stopped.client_id)) == ["invalid_client", "invalid_client"]
    assert denied_by(simulated(client=vendor.client_id)) == [
        "role-not-permitted",
        "insufficient-scope",
    ]
    assert denied_by(simulated(client=buyer.client_id, project="OTHER")) == ["project-closed"]
    assert denied_by(simulated(client=buyer.client_id, vendor=world.erp.public_id)) == [
        "validation-error"
    ]
    hold_project(actor=SETUP, at=at, project=world.office, reason="wait")
    held = simulated(client=buyer.client_id)
    assert held["reasons"][0]["detail"] == "The project is on hold."
    suspend_partner(actor=SETUP, at=at, partner=world.erp, reason="wait")
    assert denied_by(simulated(client=buyer.client_id)) == ["invalid_client", "project-closed"]


def test_simulation_of_an_ended_session_says_so(world: World, at: datetime) -> None:
    new = erp(world, "purchase_orders:create")
    ask_machine(new, entry(world.office))
    session = TokenSession.objects.get(client=new.client)
    end_session(actor=SETUP, at=at, session=session, reason="over")

    assert denied_by(simulated(session=session.public_id)) == ["token-revoked"]


@pytest.mark.parametrize(
    ("said", "code"),
    (
        ({"client": "nobody"}, 1),
        ({"session": "ses_01J8Z3K4M5N6P7Q8R9S0T1V2W3"}, 1),
        ({"session": "nothing"}, 1),
        ({"client": "{}", "project": "NOWHERE"}, 1),
        ({"client": "{}", "vendor": "nobody"}, 1),
        ({"client": "{}", "currency": "XYZ"}, 1),
        ({"client": "{}", "amount": "1.001"}, 1),
        ({"client": "{}", "session": "ses_01J8Z3K4M5N6P7Q8R9S0T1V2W3"}, 2),
        ({"session": "ses_01J8Z3K4M5N6P7Q8R9S0T1V2W3", "role": "viewer"}, 2),
        ({"session": "ses_01J8Z3K4M5N6P7Q8R9S0T1V2W3", "user": "bo@acme.example"}, 2),
        ({"user": "bo@acme.example", "role": "viewer"}, 2),
        ({"user": "nobody@acme.example"}, 1),
        ({"user": "bo@acme.example", "client": "nobody"}, 1),
        ({}, 2),
    ),
)
def test_simulation_that_makes_no_sense_is_refused(
    client_id: str, said: dict[str, str], code: int
) -> None:
    named = {name: value.format(client_id) for name, value in said.items()}

    with pytest.raises(CommandError) as refused:
        run(**named)

    assert refused.value.returncode == code


@pytest.mark.parametrize("amount", ("1e3", "+1", "many"))
def test_amount_that_is_no_plain_number_is_a_usage_error(client_id: str, amount: str) -> None:
    with pytest.raises(CommandError, match="plain decimal"):
        run(client=client_id, amount=amount)


@pytest.mark.parametrize(
    ("flag", "value", "said"),
    (
        ("ship-to", "Sweden", "'Sweden' is no place: write a country such as SE"),
        ("category", "a paper!", "'A PAPER!' is not a category"),
        ("amount", "1,000", "'1,000' is no plain decimal number"),
    ),
)
def test_code_that_is_none_is_refused(client_id: str, flag: str, value: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run(client=client_id, **{flag: value})


def test_category_that_nobody_lists_is_remarked_on(client_id: str) -> None:
    remarks = StringIO()

    call_command(
        "simulate_policy", "--project=OFFICE", "--amount=1", "--currency=EUR", "--category=paper",
        "--category=4321", f"--client={client_id}", stdout=StringIO(), stderr=remarks,
    )  # fmt: skip

    assert remarks.getvalue().splitlines() == [
        "note: paper is neither a UNSPSC code nor in the buyer's own list"
    ]
