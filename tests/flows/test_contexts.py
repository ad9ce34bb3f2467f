"""Every decision, allow and deny, repeats the authorization context (reference 3f)."""

import hashlib
import json
from typing import Any

import pytest

from apps.audit.canonical import leaf_document
from apps.audit.models import Event
from apps.audit.selectors.log import facts_of
from apps.partners.models import Role
from tests.factories.fulfilment import RECEIPTS, SHIPMENTS, goods_of
from tests.factories.gateway import Caller, new_key
from tests.factories.invoices import INVOICES, invoice_body, ready
from tests.factories.partners import ADDRESS, buyer_machine, machine_caller
from tests.factories.procurement import issued
from tests.factories.world import World
from tests.flows.matrix import VENDOR_SCOPES

pytestmark = pytest.mark.django_db
KEY = "a-key-of-my-own"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def acme(world: World) -> Caller:
    return machine_caller(world.acme, Role.ADMIN, *VENDOR_SCOPES)


def last(action: str) -> Event:
    return Event.objects.filter(action=action).latest("pk")


def told(event: Event) -> dict[str, Any]:
    names = (
        "role", "authorization_details_sha256", "access_token_sha256", "idempotency_key_sha256",
    )  # fmt: skip
    return {name: event.private[name] for name in names}


def context(caller: Caller, role: Role, *, key: str = KEY) -> dict[str, Any]:
    return {
        "role": role.value,
        "authorization_details_sha256": "",
        "access_token_sha256": sha256(caller.token),
        "idempotency_key_sha256": sha256(key) if key else "",
    }


@pytest.mark.parametrize(
    ("action", "scope"),
    (
        ("shipment.created", "shipments:write"),
        ("invoice.received", "invoices:submit"),
        ("purchase_order.acknowledged", "purchase_orders:acknowledge"),
        ("partner_address.added", "vendors.address:write"),
        ("request.denied", "purchase_orders:acknowledge"),
    ),
)
def test_act_of_a_vendor_repeats_its_context(
    action: str, scope: str, world: World, acme: Caller
) -> None:
    order, others = ready(world), issued(world, vendor=world.globex.public_id)
    orders, vendors = "/api/v1/purchase-orders", f"/api/v1/vendors/{world.acme.public_id}"
    again = {"response": "AB"}
    asked = {
        "shipment.created": (SHIPMENTS, goods_of(issued(world))),
        "invoice.received": (INVOICES, invoice_body(order)),
        "purchase_order.acknowledged": (f"{orders}/{order.public_id}/acknowledgements", again),
        "partner_address.added": (f"{vendors}/addresses", ADDRESS),
        "request.denied": (f"{orders}/{others.public_id}/acknowledgements", again),
    }

    acme.post(*asked[action], Idempotency_Key=KEY, If_Match="*")

    event = last(action)
    assert told(event) == context(acme, Role.ADMIN)
    assert event.private["scopes_granted"] == VENDOR_SCOPES
    assert event.data["scopes_exercised"][0] == scope
    assert (event.session_id is None, event.client_id == "", event.request_id == "") == (
        False,
        False,
        False,
    )


def test_act_of_the_buyer_keeps_what_is_its_own_from_the_public_part(world: World) -> None:
    scopes = ("receipts:write", "receipts:read", "purchase_orders:read")
    erp, order = buyer_machine(world, Role.APPROVER_ADMIN, *scopes), issued(world)

    answer = erp.post(RECEIPTS, goods_of(order), Idempotency_Key=KEY)

    assert answer.status_code == 201, answer.content
    event = last("receipt.posted")
    assert told(event) == context(erp, Role.APPROVER_ADMIN)
    public = json.dumps(leaf_document(facts_of(event)))
    hidden = (*told(event).values(), "127.0.0.1", event.private["actor_label"])
    assert [text for text in hidden if text and text in public] == []
    whole = json.dumps([event.data, event.private])
    assert [secret for secret in (erp.token, KEY) if secret in whole] == []


def test_denial_for_want_of_a_scope_exercised_none(world: World, acme: Caller) -> None:
    order = issued(world)

    acme.post(f"/api/v1/purchase-orders/{order.public_id}/cancel", {}, Idempotency_Key="")

    event = last("request.denied")
    assert event.data["scopes_exercised"] == []
    assert told(event) == context(acme, Role.ADMIN, key="")


def test_each_item_of_a_batch_has_its_own_key(world: World, acme: Caller) -> None:
    items = [{"key": key, "body": goods_of(issued(world))} for key in ("first", '"second"')]
    body = {"type": "shipments.create", "atomic": False, "items": items}

    answer = acme.post("/api/v1/batches", body, Idempotency_Key=new_key())

    assert answer.json()["done"] == 2
    events = Event.objects.filter(action="shipment.created").order_by("pk")
    keys = [event.private["idempotency_key_sha256"] for event in events]
    assert keys == [sha256("first"), sha256("second")]


def test_denial_that_undid_a_batch_has_the_context_of_its_item(world: World, acme: Caller) -> None:
    others = issued(world, vendor=world.globex.public_id)
    items = [
        {"key": "first", "body": goods_of(issued(world))},
        {"key": "second", "body": goods_of(others)},
    ]

    acme.post("/api/v1/batches", {"type": "shipments.create", "atomic": True, "items": items})

    event = Event.objects.get(action="request.denied")
    assert event.private["idempotency_key_sha256"] == sha256("second")
    assert event.data["scopes_exercised"] == ["shipments:write"]
    assert event.data["code"] == "not-found"
