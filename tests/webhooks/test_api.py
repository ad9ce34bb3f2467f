"""The buyer's view of the sealed trail."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.events import Action
from apps.audit.models import Event, Leaf
from apps.audit.services import seal_audit
from apps.webhooks.formats import audit_event_body
from tests.factories.gateway import Caller, problem
from tests.factories.procurement import (
    auditor_caller,
    buyer_caller,
    issued,
    post_order,
    vendor_caller,
)
from tests.factories.world import World

pytestmark = pytest.mark.django_db
TRAIL = "/api/v1/audit-events"


def seal() -> None:
    seal_audit(at=datetime.now(UTC), force_checkpoint=True)


@pytest.fixture
def auditor(world: World) -> Caller:
    return auditor_caller(world)


def sequences(answer: Any) -> list[int]:
    return [item["sequence"] for item in answer.json()["data"]]


def test_event_is_shown_with_its_place_in_the_log(world: World, auditor: Caller) -> None:
    order = post_order(buyer_caller(world), world).json()
    seal()

    answer = auditor.get(TRAIL, **{"filter[subject]": order["id"]})

    event = Event.objects.get(action=Action.ORDER_CREATED)
    leaf = Leaf.objects.get(event=event)
    assert event.session_id is not None
    assert answer.json()["data"] == [
        {
            "id": event.public_id,
            "sequence": leaf.sequence,
            "at": event.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "action": "purchase_order.created",
            "outcome": "allowed",
            "actor": {"kind": "client", "id": event.actor_id, "label": "Machine"},
            "session": audit_event_body(leaf)["session"],
            "client_id": event.client_id,
            "partner": world.erp.public_id,
            "subject": {
                "kind": "purchase_order",
                "id": order["id"],
                "label": order["number"],
            },
            "request_id": event.request_id,
            "data": event.data,
            "leaf_hash": bytes(leaf.leaf_hash).hex(),
            "context": audit_event_body(leaf)["context"],
        }
    ]
    assert answer.json()["data"][0]["session"].startswith("ses_")


def test_trail_is_newest_first_and_shows_sealed_events_only(world: World, auditor: Caller) -> None:
    issued(world)
    seal()
    sealed = Leaf.objects.count()
    issued(world)

    answer = auditor.get(TRAIL, limit="200")

    assert sequences(answer) == list(range(sealed))[::-1]


def test_trail_is_paged(world: World, auditor: Caller) -> None:
    issued(world)
    seal()
    last = Leaf.objects.count() - 1

    first = auditor.get(TRAIL, limit="2")
    second = auditor.get(TRAIL, limit="2", cursor=first.json()["page"]["next"])

    assert sequences(first) + sequences(second) == [last, last - 1, last - 2, last - 3]


def test_trail_is_filtered(world: World, auditor: Caller) -> None:
    erp = buyer_caller(world)
    created = post_order(erp, world)
    erp.post(f"{created['Location']}/submit", {}, If_Match="*", X_Request_Id="submit-0001")
    seal()
    event = Event.objects.get(action=Action.ORDER_SUBMITTED)
    session = audit_event_body(Leaf.objects.get(event=event))["session"]

    def actions(**filters: str) -> list[str]:
        given = {f"filter[{name}]": value for name, value in filters.items()}
        return [item["action"] for item in auditor.get(TRAIL, **given).json()["data"]]

    both = ["purchase_order.submitted", "purchase_order.created"]
    assert actions(action="purchase_order.submitted") == both[:1]
    assert actions(subject=created.json()["id"]) == both
    assert actions(request_id="submit-0001") == both[:1]
    assert actions(session=session)[:2] == both
    assert actions(client_id=event.client_id, action="purchase_order.created") == both[1:]
    assert actions(client_id="nobody") == []


def test_trail_is_filtered_by_what_was_misused(world: World, auditor: Caller) -> None:
    acme = vendor_caller(world.acme)
    order = issued(world, vendor=world.globex.public_id)
    for order_id in (order.public_id, "po_" + "0" * 26):
        acme.get("/api/v1/purchase-orders", **{"filter[id]": order_id})
    acme.get(f"/api/v1/purchase-orders/{order.public_id}")
    seal()

    found = [
        [
            item["context"]["signal"]
            for item in auditor.get(TRAIL, **{"filter[signal]": signal}).json()["data"]
        ]
        for signal in ("named-anothers", "anothers-cursor", "named-anothers,anothers-cursor")
    ]

    assert found == [["named-anothers"], [], ["named-anothers"]]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    (
        ("filter[session]", "po_" + "0" * 26, "malformed-request"),
        ("filter[subject]", "a\x00b", "malformed-request"),
        ("filter[actor]", "x", "unknown-filter"),
        ("filter[signal]", "x", "malformed-request"),
        ("filter[signal][ne]", "named-anothers", "unknown-filter"),
    ),
)
def test_filter_that_makes_no_sense_is_refused(
    auditor: Caller, name: str, value: str, code: str
) -> None:
    assert problem(auditor.get(TRAIL, **{name: value})) == (400, code)


def test_reading_the_trail_is_an_event(world: World, auditor: Caller) -> None:
    issued(world)
    seal()

    looked_for = {"filter[action]": "purchase_order.issued"}
    answer = auditor.get(TRAIL, **looked_for, limit="10", reason="Review of May")

    event = Event.objects.get(action=Action.AUDIT_READ)
    assert event.data == {
        "filters": looked_for,
        "events": 1,
        "scopes_exercised": ["audit:read"],
    }
    assert event.private["reason"] == "Review of May"
    assert event.request_id == answer["X-Request-Id"]
    assert event.session_id is not None


def test_trail_tells_by_what_right_and_why(world: World, auditor: Caller) -> None:
    erp, acme = buyer_caller(world), vendor_caller(world.acme)
    post_order(erp, world)
    order = issued(world, vendor=world.globex.public_id)
    acme.get("/api/v1/purchase-orders", **{"filter[id]": order.public_id})
    auditor.get(TRAIL, reason="Review of May")
    seal()

    shown = {item["action"]: item["context"] for item in auditor.get(TRAIL).json()["data"]}

    created = Event.objects.filter(action=Action.ORDER_CREATED).earliest("pk")
    assert shown["audit.read"]["reason"] == "Review of May"
    assert shown["request.denied"]["signal"] == "named-anothers"
    assert shown["request.denied"]["role"] == "manager"
    hashes = ("access_token_sha256", "idempotency_key_sha256", "authorization_details_sha256")
    (row,) = auditor.get(TRAIL, **{"filter[request_id]": created.request_id}).json()["data"]
    assert row["context"] == {
        **{name: created.private[name] for name in hashes},
        "role": "integration",
        "ip": "127.0.0.1",
        "scopes_granted": sorted(created.private["scopes_granted"]),
        "reason": "",
        "decision_id": created.private["decision"]["id"],
    }


def test_trail_needs_its_scope(world: World) -> None:
    for caller in (buyer_caller(world), vendor_caller(world.acme)):
        answer = caller.get(TRAIL)
        assert problem(answer) == (403, "insufficient-scope")
        assert answer.json()["required"] == ["audit:read"]
    assert Event.objects.filter(action=Action.AUDIT_READ).count() == 0


@pytest.mark.parametrize("limit", ("1", "3"))
def test_page_takes_the_same_queries_however_long(
    world: World, auditor: Caller, limit: str
) -> None:
    issued(world)
    seal()
    auditor.get(TRAIL)  # The keys are known from here on.

    with CaptureQueriesContext(connection) as captured:
        assert len(sequences(auditor.get(TRAIL, limit=limit))) == int(limit)

    reads = [query["sql"] for query in captured if query["sql"].startswith("SELECT")]
    assert len(reads) == 2
