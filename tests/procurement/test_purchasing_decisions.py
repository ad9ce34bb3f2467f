"""Asking before one orders: the answer is what the order would get, and nothing is written."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.models import Event
from apps.procurement.models import PurchaseOrder, SpendAccount, SpendReservation
from apps.projects.models import Project
from apps.projects.services import hold_project
from tests.factories.details import ask_machine, entry, erp, euros
from tests.factories.gateway import Caller, faults, problem
from tests.factories.policies import approval_rule, policy, rate
from tests.factories.procurement import actor_for, buyer_caller, vendor_caller
from tests.factories.spending import submitted
from tests.factories.world import SETUP, World, project

pytestmark = pytest.mark.django_db
ASK = "/api/v1/purchasing-decisions"


@pytest.fixture
def buyer(world: World) -> Caller:
    return buyer_caller(world, "purchase_orders:create", "purchase_orders.cost:read")


def ask(caller: Caller, world: World, **said: Any) -> Any:
    body = {"project": world.office.public_id, "currency": "EUR", "amount": "100.00", **said}
    return caller.post(ASK, body, Idempotency_Key="")


def test_question_is_answered_with_every_rule_that_was_asked(world: World, buyer: Caller) -> None:
    version = policy(world.buyer, name="IT", per_period_max=1000, period_days=30)
    rule = approval_rule(world.buyer, name="Large", amount_from=50)
    submitted(world, actor_for(world.erp, world.office), "40")

    answer = ask(buyer, world, categories=["4321"])

    assert answer.status_code == 200, answer.content
    assert answer.json() == {
        "decision": "pending_approval",
        "code": None,
        "policy_version": version.version,
        "reasons": [
            {
                "code": "within-limit",
                "denies": False,
                "detail": "IT allows EUR 1,000.00 within 30 days; EUR 960.00 remain, "
                "EUR 100.00 are asked for.",
                "source": {
                    "kind": "policy",
                    "id": version.policy.public_id,
                    "name": "IT",
                    "version": version.version,
                },
                "limit": {"kind": "per_period", "amount": "1000.00", "currency": "EUR", "days": 30},
                "requested": "100.00",
                "remaining": "960.00",
            },
            {
                "code": "approval-needed",
                "denies": False,
                "detail": "Large asks for approval from EUR 50.00 on.",
                "source": {
                    "kind": "approval_rule",
                    "id": rule.public_id,
                    "name": "Large",
                    "version": None,
                },
                "limit": {
                    "kind": "approval_from",
                    "amount": "50.00",
                    "currency": "EUR",
                    "days": None,
                },
                "requested": "100.00",
                "remaining": None,
            },
        ],
        "approvals": [
            {
                "sequence": 1,
                "approver_role": "approver_admin",
                "min_approvers": 1,
                "why": "Large asks for approval from EUR 50.00 on.",
                "rule": rule.public_id,
            }
        ],
        "left_open": ["vendor", "ship_to", "contract_ref"],
        "asked": {
            "project": world.office.public_id,
            "vendor": None,
            "currency": "EUR",
            "amount": "100.00",
            "categories": ["4321"],
            "ship_to": None,
            "contract_ref": None,
        },
    }


def test_question_writes_nothing_and_sets_nothing_aside(world: World, buyer: Caller) -> None:
    policy(world.buyer, cumulative_max=1000)
    Project.objects.update(budget_amount=Decimal(900), budget_currency="EUR")
    events = Event.objects.count()

    answers = [ask(buyer, world, amount="600").json()["decision"] for _ in range(3)]

    assert answers == ["allowed", "allowed", "allowed"]
    written = (PurchaseOrder, SpendAccount, SpendReservation)
    assert [model.objects.count() for model in written] == [0, 0, 0]
    assert Event.objects.count() == events


def test_denied_question_is_an_answer_and_no_denial(world: World, buyer: Caller) -> None:
    policy(world.buyer, categories_denied=("46",), per_order_max=50)
    events = Event.objects.count()

    said = ask(buyer, world, categories=["4610"]).json()

    assert (said["decision"], said["code"]) == ("denied", "category-not-allowed")
    assert [one["code"] for one in said["reasons"]] == [
        "category-not-allowed",
        "spend-limit-exceeded",
    ]
    assert said["approvals"] == []
    assert Event.objects.count() == events


def test_question_is_held_to_the_tokens_own_limits(world: World) -> None:
    details = entry(world.office, limits={"per_order": euros("50.00")})
    token = ask_machine(erp(world), details).json()["access_token"]

    said = ask(Caller(token), world).json()

    [reason] = said["reasons"]
    assert (reason["code"], reason["source"]["kind"]) == ("spend-limit-exceeded", "token")
    assert reason["source"]["id"].startswith("ses_")


def test_question_of_a_token_that_submits_but_does_not_draft_is_denied(world: World) -> None:
    details = entry(world.office, actions=["submit"])
    token = ask_machine(erp(world), details).json()["access_token"]

    said = ask(Caller(token), world).json()

    assert (said["decision"], said["code"]) == ("denied", "action-not-granted")


def test_budget_that_nobody_ordered_under_counts_earlier_orders(
    world: World, buyer: Caller
) -> None:
    submitted(world, actor_for(world.erp, world.office), "400")
    Project.objects.update(budget_amount=Decimal(450), budget_currency="EUR")

    said = ask(buyer, world).json()

    [reason] = said["reasons"]
    assert (said["decision"], reason["remaining"], reason["limit"]["kind"]) == (
        "denied",
        "50.00",
        "budget",
    )


def test_budget_that_cannot_be_reckoned_lets_nothing_through(
    world: World, buyer: Caller, at: datetime
) -> None:
    submitted(world, actor_for(world.erp, world.office), "400", currency="SEK")
    Project.objects.update(budget_amount=Decimal(450), budget_currency="EUR")
    before = ask(buyer, world).json()
    rate("EUR", "SEK", at.date(), "10")

    after = ask(buyer, world).json()

    assert (before["decision"], before["code"]) == ("denied", "exchange-rate-missing")
    assert (after["decision"], after["reasons"][0]["remaining"]) == ("allowed", "410.00")


def test_vendor_asks_nothing(world: World) -> None:
    assert problem(ask(vendor_caller(world.acme), world)) == (403, "insufficient-scope")


def test_project_and_vendor_are_refused_as_an_order_would_be(world: World, buyer: Caller) -> None:
    unknown = project("OTHER", world.buyer)

    answers = [
        ask(buyer, world, project=unknown.public_id),
        ask(buyer, world, vendor=world.erp.public_id),
    ]

    assert [faults(answer) for answer in answers] == [
        [("/project", "principal-mismatch")],
        [("/vendor", "not-found")],
    ]


def test_project_that_is_not_open_any_more_is_no_question(world: World, at: datetime) -> None:
    other = project("OTHER", world.buyer, world.erp)
    buyer = buyer_caller(world, "purchase_orders:create")
    hold_project(actor=SETUP, at=at, project=other, reason="wait")

    answer = ask(buyer, world, project=other.public_id)

    assert problem(answer) == (403, "project-closed")


@pytest.mark.parametrize(
    ("said", "fault"),
    (
        ({"currency": "XYZ"}, ("/currency", "unknown-currency")),
        ({"amount": "1.001"}, ("/amount", "too-precise")),
        ({"amount": "-1"}, ("/amount", "negative")),
        ({"amount": 1}, ("/amount", "not-a-string")),
        ({"amount": "999999999999999", "currency": "JPY"}, None),
        ({"ship_to": {"country": "se"}}, ("/ship_to/country", "invalid")),
        ({"ship_to": {"country": "XX"}}, ("/ship_to/country", "invalid")),
    ),
)
def test_what_no_order_can_say_is_no_question(
    world: World, buyer: Caller, said: dict[str, Any], fault: tuple[str, str] | None
) -> None:
    answer = ask(buyer, world, **said)

    if fault is None:
        assert answer.status_code == 200
    else:
        assert (problem(answer)[0], faults(answer)) == (422, [fault])


def test_question_costs_the_same_however_many_rules(world: World, buyer: Caller) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert ask(buyer, world, vendor=world.acme.public_id).status_code == 200
        return len(asked)

    found = []
    for number in range(3):
        policy(world.buyer, name=f"P{number}", per_period_max=10**6, period_days=9 + number)
        approval_rule(world.buyer, name=f"R{number}", amount_from=10**6)
        found.append(statements())

    assert found == [found[0]] * 3
