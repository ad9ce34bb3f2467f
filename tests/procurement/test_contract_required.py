"""A policy may require that orders name the contract that they are under (reference 2b)."""

import dataclasses
import json
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from apps.audit.models import Event
from apps.core.actor import Actor
from apps.procurement.errors import ContractRequiredError
from apps.procurement.models import OrderRevision, PurchaseOrder
from apps.procurement.policy.changes import ChangeDraft
from apps.procurement.services import issue_order, submit_order, update_order
from tests.factories.gateway import ORDERS
from tests.factories.oauth import machine
from tests.factories.policies import next_version, policy
from tests.factories.procurement import (
    actor_for,
    asking,
    buyer_caller,
    order_payload,
    proposed,
)
from tests.factories.spending import costing, draft_of, submitted
from tests.factories.world import World

pytestmark = pytest.mark.django_db
UNDER = {"contract_ref": "FA-2026-07"}
DECISIONS = "/api/v1/purchasing-decisions"


@pytest.fixture
def erp(world: World) -> Actor:
    return actor_for(world.erp, world.office)


def test_order_without_a_contract_is_refused_as_a_draft_already(world: World, erp: Actor) -> None:
    version = policy(world.buyer, name="Framework", requires_contract=True)

    with pytest.raises(ContractRequiredError) as refused:
        draft_of(world, erp, "1")

    assert refused.value.extra["policy"] == version.policy.public_id
    assert refused.value.extra["policy_version"] == version.version
    assert not PurchaseOrder.objects.exists()
    assert submitted(world, erp, "1", **UNDER).status == "approved"


def test_contract_is_not_taken_off_a_draft(world: World, erp: Actor) -> None:
    policy(world.buyer, requires_contract=True)
    order = draft_of(world, erp, "1", **UNDER)

    with pytest.raises(ContractRequiredError):
        update_order(**asking(order, erp), redraft=lambda _said: costing(world, "1"))


def test_rule_that_comes_later_holds_at_submission_and_at_issue(world: World, erp: Actor) -> None:
    drafted, approved = draft_of(world, erp, "1"), submitted(world, erp, "1")
    policy(world.buyer, requires_contract=True)

    with pytest.raises(ContractRequiredError):
        submit_order(**asking(drafted, erp))
    with pytest.raises(ContractRequiredError):
        issue_order(**asking(approved, erp))


def test_rule_that_is_loosened_frees_no_session_from_before(
    world: World, erp: Actor, at: datetime
) -> None:
    hours = timedelta(hours=1)
    version = policy(world.buyer, at=at - 2 * hours, requires_contract=True)
    next_version(version, at=at - hours)
    before = dataclasses.replace(erp, granted_at=at - hours - timedelta(minutes=30))

    with pytest.raises(ContractRequiredError):
        draft_of(world, before, "1")
    assert draft_of(world, dataclasses.replace(erp, granted_at=at), "1").status == "draft"


def test_change_does_not_take_the_contract_away(world: World, erp: Actor) -> None:
    policy(world.buyer, requires_contract=True)
    order = issue_order(**asking(submitted(world, erp, "1", **UNDER), erp))

    with pytest.raises(ContractRequiredError):
        proposed(order, erp, ChangeDraft(fields={"contract_ref": ""}))
    change = proposed(order, erp, ChangeDraft(fields={"contract_ref": "FA-2027-01"}))
    assert change.diff == {"contract_ref": "FA-2027-01"}


def test_api_refuses_with_the_policy_and_keeps_the_decision(world: World) -> None:
    version = policy(world.buyer, name="Framework", requires_contract=True)
    caller = buyer_caller(world)

    refused = caller.post(ORDERS, order_payload(world, contract_ref=""))
    made = caller.post(ORDERS, order_payload(world, **UNDER))

    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (403, "contract-required")
    assert problem["policy_version"] == version.version
    assert problem["source"]["name"] == "Framework"
    event = Event.objects.get(action="request.denied")
    [reason] = event.private["decision"]["reasons"]
    assert (reason["code"], reason["denies"]) == ("contract-required", True)
    assert made.status_code == 201, made.content
    assert OrderRevision.objects.get().policy_version == version.version


@pytest.mark.parametrize(
    ("said", "code", "left_open"),
    (
        ({}, None, ["categories", "vendor", "ship_to", "contract_ref"]),
        ({"contract_ref": ""}, "contract-required", ["categories", "vendor", "ship_to"]),
        (UNDER, None, ["categories", "vendor", "ship_to"]),
    ),
)
def test_question_is_answered_as_far_as_it_names_a_contract(
    world: World, said: dict[str, Any], code: str | None, left_open: list[str]
) -> None:
    policy(world.buyer, requires_contract=True)
    asked = {"project": world.office.public_id, "currency": "EUR", "amount": "1.00", **said}

    answer = buyer_caller(world).post(DECISIONS, asked).json()

    assert (answer["code"], answer["left_open"]) == (code, left_open)
    assert answer["asked"]["contract_ref"] == said.get("contract_ref")


@pytest.mark.parametrize(("number", "decision"), (("", "denied"), ("FA-1", "allowed")))
def test_simulation_says_what_the_order_would_get(world: World, number: str, decision: str) -> None:
    policy(world.buyer, requires_contract=True)
    client = machine(partner=world.erp, scopes=["purchase_orders:create"]).client
    asked = ("--project=OFFICE", "--amount=1", "--currency=EUR", f"--contract-ref={number}")
    out = StringIO()

    call_command("simulate_policy", f"--client={client.client_id}", *asked, "--json", stdout=out)

    assert json.loads(out.getvalue())["decision"] == decision
