"""The countersigned receipt over HTTP: who sees which part of it, sealed or not, in which form."""

import json
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from joserfc import jws
from joserfc.jwk import KeySet

from apps.audit.canonical import leaf_document, private_hash
from apps.audit.jose import RECEIPT_TYPE
from apps.audit.models import AuditKey, Event, Leaf
from apps.audit.selectors.log import facts_of
from apps.core.keys import forget_keys
from apps.procurement.formats.authorization import BUYERS_PART
from apps.procurement.models import OrderRevision, PurchaseOrder
from apps.procurement.selectors import trace
from apps.procurement.services import hold_order
from tests.factories.gateway import ORDERS, Caller, problem
from tests.factories.identity import staff_browser
from tests.factories.oauth import access_token, machine
from tests.factories.procurement import (
    actor_for,
    answered,
    asking,
    auditor_caller,
    buyer_caller,
    drafted,
    issued,
    post_order,
    vendor_caller,
)
from tests.factories.receipts import seal
from tests.factories.scene import page_of
from tests.factories.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(world: World) -> PurchaseOrder:
    return issued(world)


@pytest.fixture
def buyer(world: World) -> Caller:
    return buyer_caller(world)


@pytest.fixture
def vendor(world: World) -> Caller:
    return vendor_caller(world.acme)


def path_of(order: PurchaseOrder) -> str:
    return f"{ORDERS}/{order.public_id}/authorization"


def receipt(caller: Caller, order: PurchaseOrder, **query: str) -> dict[str, Any]:
    answer = caller.get(path_of(order), **query)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def shown(caller: Caller, order: PurchaseOrder, **query: str) -> list[int]:
    return [row["revision"] for row in receipt(caller, order, **query)["revisions"]]


def test_receipt_shows_the_buyer_the_whole_context_of_a_revision(
    world: World, buyer: Caller
) -> None:
    created = post_order(buyer, world)
    order = PurchaseOrder.objects.get(number=created.json()["number"])
    seal()

    found = receipt(buyer, order)

    revision = OrderRevision.objects.get(order=order)
    event, leaf = revision.event, Leaf.objects.get(event=revision.event)
    (row,) = found.pop("revisions")
    proof = row.pop("proof")
    assert found == {
        "purchase_order": order.public_id,
        "number": order.number,
        "has_more": False,
        "links": {
            "self": path_of(order),
            "purchase_order": created["Location"],
            "keys": f"{settings.PUBLIC_URL}/.well-known/countersign-keys",
        },
    }
    assert row == {
        "id": revision.public_id,
        "revision": 1,
        "act": "create",
        "status": "draft",
        "at": revision.at.isoformat().replace("+00:00", "Z"),
        "effective_at": None,
        "content_sha256": revision.content_sha256,
        "context": {
            "session": revision.session.public_id,
            "client_id": revision.client_id,
            "scopes_exercised": ["purchase_orders:create"],
            "request_id": created["X-Request-Id"],
            "subject": revision.subject,
            "role": "integration",
            "ip": "127.0.0.1",
            "reason": "",
            "scopes_granted": sorted(revision.scopes_granted),
            "authorization_details_sha256": revision.authorization_details_sha256,
            "access_token_sha256": revision.access_token_sha256,
            "idempotency_key_sha256": revision.idempotency_key_sha256,
            "decision_id": event.private["decision"]["id"],
            "policies": [],
            "policy_version": None,
            "decision": event.private["decision"],
        },
        "event": {
            "public": leaf_document(facts_of(event)),
            "private": {
                "salt": event.salt,
                "document": {"actor_id": event.actor_id, "private": event.private},
            },
        },
    }
    assert (proof["leaf_index"], proof["leaf_hash"]) == (
        leaf.sequence,
        bytes(leaf.leaf_hash).hex(),
    )


def test_seal_covers_the_whole_context(world: World, buyer: Caller) -> None:
    post_order(buyer, world)

    revision = OrderRevision.objects.get()

    event = revision.event
    decided = event.private.get("decision") or {}
    assert (revision.decision or {}) == decided
    assert revision.policy_version == decided.get("policy_version")
    assert revision.decision_id == decided["id"]
    apart = {"subject", "decision", "decision_id", "policies", "policy_version"}
    private = {name: event.private[name] for name in BUYERS_PART if name not in apart}
    assert private == {name: getattr(revision, name) for name in private}
    assert event.actor_id == revision.subject


def test_receipt_withholds_the_buyers_part_from_the_vendor(
    world: World, buyer: Caller, vendor: Caller
) -> None:
    path = post_order(buyer, world)["Location"]
    for act in ("submit", "issue"):
        answer = buyer.post(f"{path}/{act}", {"reason": "between us"}, If_Match="*")
        assert answer.status_code == 200, answer.content
    order = PurchaseOrder.objects.get()
    seal()

    answer = vendor.get(path_of(order))

    (row,) = answer.json()["revisions"]
    revision = OrderRevision.objects.get(revision=3)
    assert row["event"] == {
        "public": leaf_document(facts_of(revision.event)),
        "_redacted": ["private"],
    }
    assert row["context"] == {
        "session": revision.session.public_id,
        "client_id": revision.client_id,
        "scopes_exercised": ["purchase_orders:issue"],
        "request_id": revision.request_id,
        "_redacted": list(BUYERS_PART),
    }
    hidden = (
        "between us", "127.0.0.1", revision.event.salt, revision.access_token_sha256,
        revision.idempotency_key_sha256, "Machine",
    )  # fmt: skip
    assert [text for text in hidden if text in answer.content.decode()] == []
    assert row["event"]["public"]["private_hash"] == private_hash(facts_of(revision.event))


def test_receipt_tells_the_vendor_its_own_reasons(world: World, vendor: Caller) -> None:
    order = issued(world)
    answered(order, actor_for(world.acme, world.office), "RE", reason="No stock")
    hold_order(**asking(order, actor_for(world.erp, world.office), reason="A secret"))

    held, declined, issue = (
        row["context"] for row in vendor.get(path_of(order)).json()["revisions"]
    )

    assert (declined["reason"], "reason" in declined["_redacted"]) == ("No stock", False)
    assert ["reason" in held, "reason" in issue] == [False, False]
    assert held["_redacted"] == issue["_redacted"] == list(BUYERS_PART)


def test_receipt_as_jws_withholds_the_same(order: PurchaseOrder, vendor: Caller) -> None:
    seal()
    salts = list(Event.objects.values_list("salt", flat=True))

    answer = vendor.get(path_of(order), format="jws")

    said = jws.extract_compact(answer.content).payload.decode()
    assert [salt for salt in salts if salt in said] == []
    assert json.loads(said)["revisions"] == receipt(vendor, order)["revisions"]


def test_receipt_of_a_vendor_begins_with_the_issue(
    order: PurchaseOrder, vendor: Caller, buyer: Caller
) -> None:
    assert shown(vendor, order) == [3]
    assert shown(buyer, order) == [3, 2, 1]


def test_receipt_of_an_auditor_is_whole(world: World, order: PurchaseOrder) -> None:
    found = receipt(auditor_caller(world), order)

    assert [row["event"]["private"]["document"]["actor_id"] for row in found["revisions"]] == [
        row.subject for row in OrderRevision.objects.order_by("-revision")
    ]


def test_receipt_has_no_proof_before_the_seal(
    world: World, order: PurchaseOrder, vendor: Caller
) -> None:
    assert [row["proof"] for row in receipt(vendor, order)["revisions"]] == [None]

    seal()
    answered(order, actor_for(world.acme, world.office), "AB")

    proved = [row["proof"] is not None for row in receipt(vendor, order)["revisions"]]
    assert proved == [False, True]


def test_receipt_is_the_same_however_the_log_grows(
    world: World, order: PurchaseOrder, vendor: Caller
) -> None:
    seal()
    first = vendor.get(path_of(order))
    issued(world)
    seal()

    second = vendor.get(path_of(order))

    assert second.content == first.content
    assert second["ETag"] == first["ETag"]


def test_receipt_is_not_sent_to_who_has_it(order: PurchaseOrder, vendor: Caller) -> None:
    tag = vendor.get(path_of(order))["ETag"]

    def again() -> Any:
        headers = {**vendor.credentials("GET", path_of(order)), "If-None-Match": tag}
        return Browser().get(path_of(order), headers=headers)

    assert (again().status_code, again().content) == (304, b"")
    seal()
    assert again().status_code == 200


@pytest.mark.parametrize(
    ("query", "accept"),
    (({"format": "jws"}, "*/*"), ({"format": "jws"}, "application/json"), ({}, "application/jose")),
)
def test_receipt_as_jws_verifies_against_the_published_keys(
    query: dict[str, str], accept: str, order: PurchaseOrder, vendor: Caller
) -> None:
    headers = {**vendor.credentials("GET", path_of(order)), "Accept": accept}

    answer = Browser().get(path_of(order), query, headers=headers)

    assert answer["Content-Type"] == "application/jose"
    keys = KeySet.import_key_set(Browser().get("/.well-known/countersign-keys").json())
    signed = jws.deserialize_compact(answer.content, keys, algorithms=["ES256"])
    assert signed.headers()["typ"] == RECEIPT_TYPE == "countersign-receipt+jwt"
    said = json.loads(signed.payload)
    assert (said["iss"], said["purchase_order"]) == (settings.PUBLIC_URL, order.public_id)


def test_receipt_as_jws_makes_the_first_key(order: PurchaseOrder, vendor: Caller) -> None:
    AuditKey.objects.all().delete()
    forget_keys()

    assert vendor.get(path_of(order), format="jws").status_code == 200
    assert AuditKey.objects.filter(state="active").count() == 1


def test_receipt_in_a_form_that_does_not_exist_is_refused(
    order: PurchaseOrder, vendor: Caller
) -> None:
    headers = {**vendor.credentials("GET", path_of(order)), "Accept": "text/html"}

    assert problem(vendor.get(path_of(order), format="pdf")) == (406, "not-acceptable")
    assert problem(Browser().get(path_of(order), headers=headers)) == (406, "not-acceptable")


def test_refusal_of_a_jws_is_a_problem(world: World, order: PurchaseOrder) -> None:
    globex = vendor_caller(world.globex)

    assert problem(globex.get(path_of(order), format="jws")) == (404, "not-found")


def test_receipt_needs_the_scope(world: World, order: PurchaseOrder) -> None:
    caller = Caller(access_token(machine(partner=world.acme, scopes=["vendors:read"])))

    assert problem(caller.get(path_of(order))) == (403, "insufficient-scope")


def test_receipt_of_one_revision(order: PurchaseOrder, buyer: Caller, vendor: Caller) -> None:
    assert shown(buyer, order, revision="2") == [2]
    assert shown(buyer, order, before="3") == [2, 1]
    assert problem(buyer.get(path_of(order), revision="9")) == (404, "not-found")
    assert problem(vendor.get(path_of(order), revision="2")) == (404, "not-found")


@pytest.mark.parametrize("value", ("", "-1", "one", "1" * 19, "\u0661"))
@pytest.mark.parametrize("name", ("revision", "before"))
def test_receipt_of_no_number_is_refused(
    name: str, value: str, order: PurchaseOrder, buyer: Caller
) -> None:
    answer = buyer.get(path_of(order), **{name: value})

    assert problem(answer) == (400, "malformed-request")


def test_receipt_beyond_the_database_is_not_there(order: PurchaseOrder, buyer: Caller) -> None:
    answer = buyer.get(path_of(order), revision="9" * 18)

    assert problem(answer) == (404, "not-found")


def test_receipt_of_many_revisions_goes_on(
    order: PurchaseOrder, buyer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace, "MOST_REVISIONS", 2)

    first = receipt(buyer, order)
    rest = receipt(buyer, order, before=str(first["revisions"][-1]["revision"]))

    assert ([row["revision"] for row in first["revisions"]], first["has_more"]) == ([3, 2], True)
    assert ([row["revision"] for row in rest["revisions"]], rest["has_more"]) == ([1], False)


def test_receipt_costs_the_same_however_many_revisions(
    world: World, order: PurchaseOrder, buyer: Caller
) -> None:
    seal()

    def statements(**query: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            receipt(buyer, order, **query)
        return len(captured)

    acme = actor_for(world.acme, world.office)
    statements()  # Keys and the like are remembered from now on.
    one, three = statements(revision="3"), statements()
    answered(order, acme, "AB")
    seal()
    answered(order, acme, "AP")
    seal()
    assert (one, three, statements()) == (7, 7, 7)


def test_trace_costs_the_same_however_many_revisions(world: World) -> None:
    few, many = drafted(world).number, issued(world).number
    seal()

    def statements(number: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            trace.trace_order(number)
        return len(captured)

    assert (statements(few), statements(many)) == (5, 5)


@pytest.mark.usefixtures("fresh_cache")
def test_proof_is_the_same_wherever_it_is_shown(order: PurchaseOrder, buyer: Caller) -> None:
    seal()
    out = StringIO()

    call_command("trace_order", order.number, "--json", stdout=out)
    page = staff_browser().get(page_of(PurchaseOrder, "trace", order.pk)).content.decode()

    traced = json.loads(out.getvalue())[-1]
    newest = receipt(buyer, order)["revisions"][0]
    assert (traced["revision"], traced["proof"]) == (newest["revision"], newest["proof"])
    proof = newest["proof"]
    shown_there = [proof["leaf_hash"], proof["checkpoint"], *proof["path"]]
    assert [text for text in shown_there if text not in page] == []


def test_format_is_a_parameter_of_the_receipt_only(order: PurchaseOrder, vendor: Caller) -> None:
    answer = vendor.get(f"{ORDERS}/{order.public_id}", format="jws")

    assert problem(answer) == (400, "unknown-filter")
