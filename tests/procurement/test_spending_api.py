"""Limits and approvals over HTTP: refusals, batches, requests sent again, and who sees what."""

from datetime import datetime
from typing import Any

import pytest

from apps.audit.events import Action
from apps.audit.models import Event
from apps.partners.models import Role
from apps.procurement.models import PurchaseOrder, SpendReservation
from apps.procurement.services import approve_order, cancel_order
from tests.factories.gateway import ORDERS, Caller, new_key, problem
from tests.factories.oauth import access_token, machine
from tests.factories.policies import approval_rule, policy, rate
from tests.factories.procurement import (
    actor_for,
    answered,
    asking,
    buyer_caller,
    buyer_person,
    drafted,
    issued,
    order_of,
    order_payload,
    post_order,
    vendor_caller,
)
from tests.factories.spending import account, submitted
from tests.factories.world import World
from tests.procurement.test_batches import codes, creation, item, run, statuses

pytestmark = pytest.mark.django_db
COSTS = "500.00"  # The example's 120 at 4.25, less 10.


@pytest.fixture
def erp(world: World) -> Caller:
    return buyer_caller(
        world, "purchase_orders:read", "purchase_orders:create", "purchase_orders:issue"
    )


def submit(caller: Caller, order: PurchaseOrder, **headers: str) -> Any:
    return caller.post(f"{ORDERS}/{order.public_id}/submit", If_Match="*", **headers)


def test_order_over_a_limit_is_403_and_the_trail_knows_why(world: World, erp: Caller) -> None:
    version = policy(world.buyer, cumulative_max=900)
    first, second = (order_of(post_order(erp, world)) for _ in range(2))
    assert submit(erp, first).status_code == 200

    answer = submit(erp, second)

    assert problem(answer) == (403, "spend-limit-exceeded")
    told = answer.json()
    assert {name: told[name] for name in ("limit", "requested", "remaining", "currency")} == {
        "limit": "900.00",
        "requested": COSTS,
        "remaining": "400.00",
        "currency": "EUR",
    }
    assert (told["policy"], told["policy_version"]) == (version.policy.public_id, version.version)
    denied = Event.objects.get(action=Action.REQUEST_DENIED)
    assert denied.data["code"] == "spend-limit-exceeded"
    reasons = denied.private["decision"]["reasons"]
    assert [(one["requested"], one["remaining"]) for one in reasons] == [(COSTS, "400.00")]
    assert denied.private["decision"]["policy_version"] == version.version


def test_order_over_a_threshold_waits_and_is_no_error(world: World, erp: Caller) -> None:
    approval_rule(world.buyer, amount_from=500)
    order = order_of(post_order(erp, world))

    answer = submit(erp, order)

    assert (answer.status_code, answer.json()["status"]) == (200, "pending_approval")
    assert answer.json()["links"]["approvals"] == f"{ORDERS}/{order.public_id}/approvals"


def test_draft_of_a_denied_category_is_not_made(world: World, erp: Caller) -> None:
    policy(world.buyer, categories_denied=("46",))
    lines = [{**order_payload(world)["lines"][0], "category": "4610"}]

    answer = erp.post(ORDERS, order_payload(world, lines=lines))

    assert problem(answer) == (403, "category-not-allowed")
    assert PurchaseOrder.objects.count() == 0


def test_submission_sent_again_is_counted_once(world: World, erp: Caller) -> None:
    version = policy(world.buyer, cumulative_max=600)
    order, key = order_of(post_order(erp, world)), new_key()

    answers = [submit(erp, order, Idempotency_Key=key) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert "Idempotency-Replayed" in answers[2]
    assert account(policy=version.policy)[0] == 500
    assert SpendReservation.objects.count() == 1


def test_refused_submission_may_be_sent_again_with_its_key(world: World, erp: Caller) -> None:
    policy(world.buyer, cumulative_max=600)
    buyer = actor_for(world.erp, world.office)
    blocking = submitted(world, buyer, "600")
    order, key = order_of(post_order(erp, world)), new_key()
    assert problem(submit(erp, order, Idempotency_Key=key)) == (403, "spend-limit-exceeded")
    cancel_order(**asking(blocking, buyer))

    assert submit(erp, order, Idempotency_Key=key).status_code == 200


def test_missing_rate_is_422_until_it_is_there(world: World, erp: Caller, at: datetime) -> None:
    policy(world.buyer, cumulative_max=1000)
    order = order_of(post_order(erp, world, currency="SEK"))
    assert problem(submit(erp, order)) == (422, "exchange-rate-missing")
    assert Event.objects.filter(action=Action.REQUEST_DENIED).count() == 1
    rate("EUR", "SEK", at.date(), "11")

    assert submit(erp, order).status_code == 200


# --- Batches ------------------------------------------------------------------------------------


def test_limit_counts_the_whole_batch(world: World, erp: Caller) -> None:
    version = policy(world.buyer, cumulative_max=1200)
    orders = [drafted(world) for _ in range(3)]

    answer = run(erp, "submit", *[item(order) for order in orders])

    assert statuses(answer) == [200, 200, 403]
    assert codes(answer)[2] == "spend-limit-exceeded"
    assert account(policy=version.policy)[0] == 1020


def test_atomic_batch_over_a_limit_spends_nothing(world: World, erp: Caller) -> None:
    version = policy(world.buyer, cumulative_max=1200)
    orders = [drafted(world) for _ in range(3)]

    answer = run(erp, "submit", *[item(order) for order in orders], atomic=True)

    assert statuses(answer) == [424, 424, 403]
    assert account(policy=version.policy) == (0, 0)
    denied = Event.objects.get(action=Action.REQUEST_DENIED)
    assert denied.private["decision"]["outcome"] == "denied"


def test_batch_of_drafts_is_refused_like_one(world: World, erp: Caller) -> None:
    policy(world.buyer, currencies=("SEK",))

    answer = run(erp, "create", creation(world))

    assert codes(answer) == ["currency-not-allowed"]


# --- Approvals ----------------------------------------------------------------------------------


def viewer(world: World, *scopes: str, role: Role = Role.APPROVER_ADMIN) -> Caller:
    new = machine(role=role, scopes=scopes, projects=[world.office])
    return Caller(access_token(new))


def test_approvals_show_who_is_still_needed(world: World) -> None:
    rule = approval_rule(world.buyer, name="Large", amount_from=100, min_approvers=2)
    order = submitted(world, actor_for(world.erp, world.office), "100")
    ann = buyer_person(world, "ann@nordwind.example")
    approve_order(**asking(order, ann))
    path = f"{ORDERS}/{order.public_id}/approvals"

    plain = viewer(world, "purchase_orders:read", role=Role.VIEWER).get(path).json()["data"]
    whole = viewer(world, "purchase_orders:read", "purchase_orders.cost:read").get(path)

    [step] = whole.json()["data"]
    assert [one["person"] for one in step.pop("given")] == [ann.id]
    assert plain == [{**step, "_redacted": ["given"]}]
    assert (step["status"], step["missing"], step["min_approvers"]) == ("waiting", 1, 2)
    assert (step["rule"], step["sequence"]) == (rule.public_id, 1)
    assert step["why"] == "Large asks for approval from EUR 100.00 on."


def test_approvals_are_not_for_the_vendor(world: World) -> None:
    approval_rule(world.buyer, amount_from=100_000)
    path = f"{ORDERS}/{issued(world).public_id}/approvals"

    assert problem(vendor_caller(world.acme).get(path)) == (403, "role-not-permitted")
    assert problem(vendor_caller(world.globex).get(path)) == (404, "not-found")


def test_vendor_sees_nothing_of_the_decision(world: World) -> None:
    policy(world.buyer, name="Secret policy", cumulative_max=98765)
    order = issued(world)
    answered(order, actor_for(world.acme, world.office), "AB")
    acme = vendor_caller(world.acme)
    path = f"{ORDERS}/{order.public_id}"

    for place in ("", "/authorization", "/revisions"):
        answer = acme.get(f"{path}{place}")
        assert answer.status_code == 200
        assert "98765" not in answer.content.decode()
        assert "Secret policy" not in answer.content.decode()
