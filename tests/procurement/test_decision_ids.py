"""A decision that is enforced has an id, by which refusal, act and context are joined."""

import pytest

from apps.audit.events import Action
from apps.audit.models import Event
from apps.procurement.models import OrderRevision
from tests.factories.gateway import ORDERS, Caller, problem
from tests.factories.policies import policy
from tests.factories.procurement import actor_for, auditor_caller, buyer_caller
from tests.factories.spending import draft_of
from tests.factories.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def erp(world: World) -> Caller:
    return buyer_caller(world)


def test_refusal_and_allowance_each_have_an_id(world: World, erp: Caller) -> None:
    limited = policy(world.buyer, name="Small", per_order_max=100)
    plain = policy(world.buyer, name="Euro", currencies=["EUR"])
    maker = actor_for(world.erp, world.office)
    dear, cheap = (
        f"{ORDERS}/{draft_of(world, maker, amount).public_id}" for amount in ("101", "99")
    )

    refused = erp.post(f"{dear}/submit", {}, If_Match="*")
    done = erp.post(f"{cheap}/submit", {}, If_Match="*")

    assert (problem(refused), done.status_code) == ((403, "spend-limit-exceeded"), 200)
    denial = Event.objects.get(action=Action.REQUEST_DENIED)
    event = Event.objects.get(action=Action.ORDER_SUBMITTED)
    revision = OrderRevision.objects.get(act="submit")
    ids = [one.private["decision"]["id"] for one in (denial, event)]
    assert [one.startswith("dec_") for one in ids] == [True, True]
    assert ids[0] != ids[1] == revision.decision_id
    asked = {(one.policy.public_id, one.version) for one in (limited, plain)}
    receipt = auditor_caller(world).get(f"{cheap}/authorization").json()
    (context,) = [row["context"] for row in receipt["revisions"] if row["act"] == "submit"]
    assert context["decision_id"] == revision.decision_id
    assert {(one["id"], one["version"]) for one in context["policies"]} == asked


def test_question_has_no_id(world: World, erp: Caller) -> None:
    body = {"project": world.office.public_id, "currency": "EUR", "amount": "1.00"}

    answer = erp.post("/api/v1/purchasing-decisions", body)

    assert answer.status_code == 200
    assert "id" not in answer.json()


OLDER = {
    "outcome": "allowed",
    "policy_version": 3,
    "approvals": [],
    "reasons": [
        {"source": {"kind": "policy", "id": "pol_1", "name": "IT", "version": 3}},
        {"source": {"kind": "policy", "id": "pol_1", "name": "IT", "version": 3}},
        {"source": {"kind": "project", "id": "prj_1", "name": "Office", "version": None}},
        {"source": None},
    ],
}


@pytest.mark.parametrize(
    ("decision", "policies"),
    ((OLDER, [{"id": "pol_1", "version": 3}]), (None, [])),
)
def test_older_decision_names_what_it_can(
    decision: dict[str, object] | None, policies: list[dict[str, object]]
) -> None:
    kept = OrderRevision(decision=decision)

    assert (kept.decision_id, kept.policies) == (None, policies)
