"""Why an order could be placed is kept with each act that spends, for the buyer's side only."""

import base64
import json
from io import StringIO

import pytest
from django.core.management import call_command

from apps.audit.models import Event
from apps.procurement.models import OrderRevision, PurchaseOrder
from apps.procurement.services import update_order
from apps.projects.models import PolicyVersion
from tests.factories.gateway import ORDERS, Caller
from tests.factories.policies import next_version, policy
from tests.factories.procurement import actor_for, asking, buyer_caller, issued, vendor_caller
from tests.factories.spending import costing, draft_of
from tests.factories.world import World

pytestmark = pytest.mark.django_db
PRIVATE = ("decision", "policy_version")


@pytest.fixture
def version(world: World) -> PolicyVersion:
    return policy(world.buyer, name="IT", cumulative_max=98765)


@pytest.fixture
def order(world: World, version: PolicyVersion) -> PurchaseOrder:
    assert version.version == 1
    return issued(world)


def contexts(caller: Caller, order: PurchaseOrder) -> dict[str, dict[str, object]]:
    """By act."""
    answer = caller.get(f"{ORDERS}/{order.public_id}/authorization")
    assert answer.status_code == 200, answer.content
    return {row["act"]: row["context"] for row in answer.json()["revisions"]}


def test_buyers_receipt_shows_the_decision_of_drafts_and_acts_that_spend(
    world: World, order: PurchaseOrder, version: PolicyVersion
) -> None:
    found = contexts(buyer_caller(world), order)

    kept = {row.act: row.decision for row in OrderRevision.objects.filter(order=order)}
    assert {act: context["decision"] for act, context in found.items()} == kept
    assert [context["policy_version"] for context in found.values()] == [1, 1, 1]
    submitted = kept["submit"]
    assert submitted is not None
    [reason] = submitted["reasons"]
    assert reason["source"] == {
        "kind": "policy",
        "id": version.policy.public_id,
        "name": "IT",
        "version": 1,
    }
    assert (reason["requested"], reason["remaining"]) == ("510.00", "98765.00")


def test_drafts_keep_by_which_versions_they_could_be(world: World, version: PolicyVersion) -> None:
    """Facts alone were asked about, for amounts are looked at when it is submitted."""
    erp = actor_for(world.erp, world.office)
    order = draft_of(world, erp, "100")
    second = next_version(version, cumulative_max=10)

    update_order(**asking(order, erp), redraft=lambda _said: costing(world, "90"))

    kept = OrderRevision.objects.filter(order=order).order_by("revision")
    decided = [row.decision for row in kept if row.decision]
    assert [(row.act, row.policy_version) for row in kept] == [
        ("create", version.version),
        ("update", second.version),
    ]
    assert [(one["outcome"], one["reasons"]) for one in decided] == [("allowed", [])] * 2
    events = Event.objects.filter(subject_id=order.public_id).order_by("id")
    assert [event.private["decision"] for event in events] == decided


def test_vendors_receipt_says_that_there_is_something_and_not_what(
    world: World, order: PurchaseOrder
) -> None:
    vendor = vendor_caller(world.acme)
    [context] = contexts(vendor, order).values()
    path = f"{ORDERS}/{order.public_id}/authorization"

    assert not set(PRIVATE) & set(context)
    assert set(PRIVATE) <= set(context["_redacted"])  # type: ignore[call-overload]  # a list
    signed = vendor.get(path, format="jws").content.split(b".")[1]
    said = base64.urlsafe_b64decode(signed + b"==")
    assert b'"_redacted"' in said
    for shown in (vendor.get(path).content, said):
        assert b"98765" not in shown


def test_trace_order_tells_the_decision(order: PurchaseOrder) -> None:
    out = StringIO()

    call_command("trace_order", order.number, "--json", stdout=out)

    traced = {row["act"]: row for row in json.loads(out.getvalue())}
    assert traced["create"]["decision"]["outcome"] == "allowed"
    assert traced["issue"]["policy_version"] == 1
    assert traced["issue"]["decision"]["outcome"] == "allowed"
