"""What a token session did, as its owner reads it and as the buyer's auditor does."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.events import Action
from apps.audit.models import Event, Leaf
from apps.webhooks.formats import audit_event_body
from apps.webhooks.policy import OWN_SESSIONS, WHOLE_TRAIL, right_to_activity
from tests.factories.gateway import ORDERS, Caller, problem
from tests.factories.procurement import (
    BUYER_SCOPES,
    auditor_caller,
    buyer_caller,
    post_order,
    vendor_caller,
)
from tests.factories.receipts import seal
from tests.factories.world import World

pytestmark = pytest.mark.django_db
NOWHERE = f"{ORDERS}/po_1"


def activity_of(caller: Caller) -> str:
    """Where the caller's own session tells what it did."""
    return str(caller.get("/api/v1/me").json()["links"]["activity"])


def actions(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [item["action"] for item in answer.json()["data"]]


@pytest.fixture
def vendor(world: World) -> Caller:
    """Its session has asked for what is not there."""
    caller = vendor_caller(world.acme, OWN_SESSIONS, "purchase_orders:read")
    caller.get(NOWHERE)
    seal()
    return caller


@pytest.fixture
def erp(world: World) -> Caller:
    return buyer_caller(world, *BUYER_SCOPES, OWN_SESSIONS)


def test_owner_reads_what_its_session_did_newest_first(world: World, erp: Caller) -> None:
    created = post_order(erp, world)
    erp.post(f"{created['Location']}/submit", {}, If_Match="*")
    erp.get(NOWHERE)
    post_order(buyer_caller(world), world)
    seal()

    answer = erp.get(activity_of(erp))

    assert actions(answer) == [
        "request.denied",
        "purchase_order.submitted",
        "purchase_order.created",
        "token.issued",
    ]


def test_buyers_side_reads_its_own_without_the_buyers_part(world: World, erp: Caller) -> None:
    post_order(erp, world)
    seal()

    (shown,) = erp.get(activity_of(erp), **{"filter[action]": "purchase_order.created"}).json()[
        "data"
    ]

    leaf = Leaf.objects.get(event__action=Action.ORDER_CREATED)
    assert shown == audit_event_body(leaf, whole=False)
    assert ("context" in shown, shown["actor"]) == (False, {"kind": "client"})


def test_auditor_without_the_lesser_scope_reads_its_own_whole(world: World) -> None:
    auditor = auditor_caller(world)
    seal()

    (shown,) = auditor.get(activity_of(auditor)).json()["data"]

    assert shown == audit_event_body(Leaf.objects.get(event__action=Action.TOKEN_ISSUED))
    assert "context" in shown


def test_vendor_reads_its_own_denial_without_the_buyers_part(vendor: Caller) -> None:
    event = Event.objects.get(action=Action.REQUEST_DENIED)

    answer = vendor.get(activity_of(vendor), **{"filter[action]": "request.denied"})

    (shown,) = answer.json()["data"]
    whole = audit_event_body(event.leaf)
    assert whole.pop("context")["ip"] == event.private["ip"]
    assert shown == {
        **whole,
        "actor": {"kind": "client"},
        "_redacted": ["actor.id", "actor.label", "context"],
    }
    told = ("code", "status", "method", "path")
    assert [shown["data"][name] for name in told] == ["not-found", 404, "GET", NOWHERE]
    assert event.private["ip"].encode() not in answer.content


def test_what_is_not_sealed_yet_is_not_shown(vendor: Caller) -> None:
    place = activity_of(vendor)
    before = actions(vendor.get(place))

    vendor.get(NOWHERE)

    assert actions(vendor.get(place)) == before
    seal()
    assert actions(vendor.get(place)) == ["request.denied", *before]


def test_activity_is_filtered_sorted_and_paged(vendor: Caller) -> None:
    place = activity_of(vendor)
    at = vendor.get(place).json()["data"][0]["at"]

    assert actions(vendor.get(place, sort="sequence")) == ["token.issued", "request.denied"]
    assert actions(vendor.get(place, **{"filter[action]": "token.issued"})) == ["token.issued"]
    assert actions(vendor.get(place, **{"filter[at][gte]": at})) == ["request.denied"]
    first = vendor.get(place, limit="1")
    second = vendor.get(place, limit="1", cursor=first.json()["page"]["next"])
    assert actions(first) + actions(second) == ["request.denied", "token.issued"]
    assert second.json()["page"]["has_more"] is False


def test_cursor_of_one_session_leads_nowhere_in_another(world: World, vendor: Caller) -> None:
    cursor = vendor.get(activity_of(vendor), limit="1").json()["page"]["next"]
    other = vendor_caller(world.globex, OWN_SESSIONS)

    answer = other.get(activity_of(other), cursor=cursor)

    assert problem(answer) == (400, "cursor-invalid")


@pytest.mark.parametrize("name", ("filter[session]", "filter[client_id]", "filter[subject]"))
def test_filter_of_the_whole_trail_is_none_of_a_session(vendor: Caller, name: str) -> None:
    assert problem(vendor.get(activity_of(vendor), **{name: "x"})) == (400, "unknown-filter")


def test_auditor_reads_any_session_and_leaves_an_event_of_it(world: World, vendor: Caller) -> None:
    place, auditor = activity_of(vendor), auditor_caller(world)

    answer = auditor.get(place, reason="Ticket 7", **{"filter[action]": "request.denied"})

    (shown,) = answer.json()["data"]
    assert shown == audit_event_body(Leaf.objects.get(event__action=Action.REQUEST_DENIED))
    read = Event.objects.get(action=Action.AUDIT_READ)
    assert (read.subject_kind, read.subject_id) == ("token_session", place.split("/")[4])
    assert read.data["filters"] == {"filter[action]": "request.denied"}
    assert (read.data["events"], read.private["reason"]) == (1, "Ticket 7")


def test_owner_leaves_no_event_even_if_it_may_audit(world: World) -> None:
    both = auditor_caller(world, OWN_SESSIONS, WHOLE_TRAIL)
    seal()

    assert actions(both.get(activity_of(both))) == ["token.issued"]
    assert not Event.objects.filter(action=Action.AUDIT_READ).exists()


def test_activity_needs_one_of_two_scopes(world: World) -> None:
    neither = vendor_caller(world.acme, "purchase_orders:read")

    me = neither.get("/api/v1/me").json()
    answer = neither.get(f"/api/v1/sessions/{me['session']}/activity")

    assert me["links"] == {}

    assert problem(answer) == (403, "insufficient-scope")
    assert answer.json()["required"] == [OWN_SESSIONS]


@pytest.mark.parametrize(
    ("held", "is_own", "right"),
    (
        ((), True, OWN_SESSIONS),
        ((OWN_SESSIONS,), True, OWN_SESSIONS),
        ((OWN_SESSIONS,), False, OWN_SESSIONS),
        ((WHOLE_TRAIL,), True, WHOLE_TRAIL),
        ((WHOLE_TRAIL,), False, WHOLE_TRAIL),
        ((OWN_SESSIONS, WHOLE_TRAIL), True, OWN_SESSIONS),
        ((OWN_SESSIONS, WHOLE_TRAIL), False, WHOLE_TRAIL),
    ),
)
def test_right_is_the_lesser_that_suffices(
    held: tuple[str, ...],
    is_own: bool,  # noqa: FBT001 -- a row of the table
    right: str,
) -> None:
    assert right_to_activity(held, is_own=is_own) == right


def test_page_takes_as_many_queries_for_three_events_as_for_one(vendor: Caller) -> None:
    place = activity_of(vendor)
    vendor.get(NOWHERE)
    seal()
    counts = []
    for limit in ("1", "3"):
        with CaptureQueriesContext(connection) as asked:
            assert len(actions(vendor.get(place, limit=limit))) == int(limit)
        counts.append(len(asked))

    assert counts == [3, 3]  # The token, the session, the page.
