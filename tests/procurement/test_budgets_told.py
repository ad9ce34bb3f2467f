"""What a project's budget comes to is told to whom the project shows it, wherever it is asked."""

import json
from decimal import Decimal
from typing import Any

import pytest
from joserfc import jws

from apps.audit.events import Action
from apps.audit.models import Event
from apps.identity.models import StaffRole
from apps.procurement.models import OrderRevision, PurchaseOrder
from apps.projects.models import Project
from tests.factories.acts import do
from tests.factories.details import ask_machine, entry, erp, euros
from tests.factories.gateway import ORDERS, Caller, problem
from tests.factories.identity import staff_browser
from tests.factories.policies import policy
from tests.factories.procurement import (
    actor_for,
    buyer_caller,
    drafted,
    vendor_caller,
)
from tests.factories.spending import draft_of, submitted
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
ASK, ME = "/api/v1/purchasing-decisions", "/api/v1/me"
SCOPES = ("purchase_orders:read", "purchase_orders:create")
COSTS = "purchase_orders.cost:read"
# The budget is 731.25, of which 40 is taken.
SECRETS = (b"731", b"691")


@pytest.fixture(autouse=True)
def _budget(world: World) -> None:
    Project.objects.update(budget_amount=Decimal("731.25"), budget_currency="EUR")
    submitted(world, actor_for(world.erp, world.office), "40")


@pytest.fixture
def erp_caller(world: World) -> Caller:
    return buyer_caller(world, *SCOPES)


@pytest.fixture
def knows(world: World) -> Caller:
    return buyer_caller(world, *SCOPES, COSTS)


def ask(caller: Caller, world: World, amount: str) -> Any:
    body = {"project": world.office.public_id, "currency": "EUR", "amount": amount}
    return caller.post(ASK, body, Idempotency_Key="")


def submit(caller: Caller, order: PurchaseOrder) -> Any:
    return caller.post(f"{ORDERS}/{order.public_id}/submit", If_Match="*")


def too_dear(world: World) -> PurchaseOrder:
    return draft_of(world, actor_for(world.erp, world.office), "700")


def test_me_shows_the_budget_to_whom_the_project_does(erp_caller: Caller, knows: Caller) -> None:
    without, told = erp_caller.get(ME), knows.get(ME).json()

    assert (without.json()["limits"], without.json()["_redacted"]) == ([], ["budget"])
    assert [one["kind"] for one in told["limits"]] == ["budget"]
    assert told["limits"][0]["remaining"] == "691.25"
    assert "_redacted" not in told
    assert not [secret for secret in SECRETS if secret in without.content]


def test_me_still_shows_the_callers_own_limits(world: World) -> None:
    policy(world.buyer, cumulative_max=900)
    own = entry(world.office, limits={"per_order": euros("300.00")})
    token = ask_machine(erp(world), own).json()["access_token"]

    limits = Caller(token).get(ME).json()["limits"]

    assert {one["source"]["kind"] for one in limits} == {"policy", "token"}
    assert {one["remaining"] for one in limits} == {"300.00", "900.00"}


def test_project_and_me_hide_the_same(world: World) -> None:
    for scopes in ((*SCOPES, "projects:read"), (*SCOPES, "projects:read", COSTS)):
        caller = buyer_caller(world, *scopes)

        shown = caller.get(f"/api/v1/projects/{world.office.public_id}").json()
        said = caller.get(ME).json()

        assert ("budget" in shown) == (COSTS in scopes)
        assert shown.get("_redacted") == said.get("_redacted")


def test_me_of_a_vendor_names_it_as_hidden(world: World) -> None:
    said = vendor_caller(world.acme).get(ME).json()

    assert (said["limits"], said["_redacted"]) == ([], ["budget"])


def test_refusal_by_a_budget_tells_no_amount_of_it(world: World, erp_caller: Caller) -> None:
    order = too_dear(world)

    answer = submit(erp_caller, order)

    assert problem(answer) == (403, "spend-limit-exceeded")
    told = answer.json()
    names = ("limit", "limit_kind", "currency", "requested", "remaining", "_redacted")
    assert {name: told[name] for name in names} == {
        "limit": None,
        "limit_kind": "budget",
        "currency": "EUR",
        "requested": "700.00",
        "remaining": None,
        "_redacted": ["budget"],
    }
    assert told["source"]["id"] == world.office.public_id
    assert "what remains of the budget of Project OFFICE" in told["detail"]
    assert not [secret for secret in SECRETS if secret in answer.content]


def test_trail_keeps_the_whole_refusal(world: World, erp_caller: Caller) -> None:
    submit(erp_caller, too_dear(world))

    [event] = Event.objects.filter(action=Action.REQUEST_DENIED)
    [reason] = event.private["decision"]["reasons"]
    assert (reason["limit"]["amount"], reason["remaining"]) == ("731.25", "691.25")


def test_refusal_tells_all_to_who_may_know(world: World, knows: Caller) -> None:
    told = submit(knows, too_dear(world)).json()

    assert (told["limit"], told["remaining"]) == ("731.25", "691.25")
    assert "EUR 731.25 for the project" in told["detail"]
    assert "_redacted" not in told


def test_refusal_by_a_policy_is_told_to_everybody(world: World, erp_caller: Caller) -> None:
    policy(world.buyer, cumulative_max=100)

    told = submit(erp_caller, drafted(world)).json()

    assert (told["limit"], told["remaining"], told["limit_kind"]) == ("100.00", "100.00", "total")
    assert "_redacted" not in told


@pytest.mark.parametrize(("amount", "decision"), (("691.25", "allowed"), ("691.26", "denied")))
def test_question_is_told_only_whether_the_budget_is_kept(
    world: World, erp_caller: Caller, knows: Caller, amount: str, decision: str
) -> None:
    answer, told = ask(erp_caller, world, amount), ask(knows, world, amount).json()

    said = answer.json()
    [reason], [whole] = said["reasons"], told["reasons"]
    assert (said["decision"], told["decision"]) == (decision, decision)
    assert said["_redacted"] == ["budget"]
    assert (reason["limit"]["kind"], reason["limit"]["amount"]) == ("budget", None)
    assert (reason["remaining"], reason["requested"]) == (None, amount)
    assert (whole["limit"]["amount"], whole["remaining"]) == ("731.25", "691.25")
    assert b"731" not in answer.content


def receipt_of(caller: Caller, order: PurchaseOrder, **query: str) -> Any:
    return caller.get(f"{ORDERS}/{order.public_id}/authorization", **query)


def test_receipt_tells_only_that_the_budget_was_kept(erp_caller: Caller) -> None:
    order = PurchaseOrder.objects.get()

    answer = receipt_of(erp_caller, order)

    submit, create = answer.json()["revisions"]
    [reason] = submit["context"]["decision"]["reasons"]
    assert (reason["limit"]["kind"], reason["limit"]["amount"]) == ("budget", None)
    assert (reason["remaining"], reason["requested"]) == (None, "40.00")
    assert submit["context"]["_redacted"] == ["budget"]
    assert submit["event"]["_redacted"] == ["private"]
    assert submit["event"].keys() == {"public", "_redacted"}
    assert ("_redacted" in create["context"], "private" in create["event"]) == (False, True)
    assert b"731" not in answer.content


def test_receipt_as_jws_tells_the_same(erp_caller: Caller) -> None:
    order = PurchaseOrder.objects.get()

    signed = receipt_of(erp_caller, order, format="jws").content

    said = json.loads(jws.extract_compact(signed).payload)
    assert said["revisions"] == receipt_of(erp_caller, order).json()["revisions"]


def test_receipt_tells_the_budget_to_who_may_know(knows: Caller) -> None:
    order = PurchaseOrder.objects.get()

    submit = receipt_of(knows, order).json()["revisions"][0]

    kept = OrderRevision.objects.get(order=order, act="submit").decision
    assert submit["context"]["decision"] == kept
    assert submit["event"]["private"]["document"]["private"]["decision"] == kept
    assert "_redacted" not in submit["context"]
    assert kept["reasons"][0]["remaining"] == "731.25"


def test_staff_are_told_all(world: World) -> None:
    order = too_dear(world)
    browser = staff_browser(StaffRole.PROCUREMENT_MANAGER)

    page = do(browser, order, "submit")

    assert "EUR 731.25 for the project" in page.content.decode()
