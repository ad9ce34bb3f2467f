"""An order from its draft to the paid invoice, over real HTTP with the tokens of both sides; every
step leads back to the session and the scope that it was done with.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.partners.models import Role
from tests.factories.invoices import account_of
from tests.factories.oauth import machine
from tests.factories.procurement import order_payload
from tests.factories.receipts import program, seal
from tests.factories.world import World, make_world
from tests.flows.program import BoundProgram, PlainProgram, Program

pytestmark = pytest.mark.django_db(transaction=True)
API = "/api/v1"
ERP = (
    "purchase_orders:read", "purchase_orders:create", "purchase_orders:issue", "receipts:write",
    "receipts:read", "invoices:read",
)  # fmt: skip
DESK = (
    "purchase_orders:read", "purchase_orders:change", "invoices:read", "invoices:approve",
    "audit:read",
)  # fmt: skip
SUPPLIER = (
    "purchase_orders:read", "purchase_orders:acknowledge", "purchase_orders:change",
    "shipments:read", "shipments:write", "receipts:read", "invoices:read", "invoices:submit",
)  # fmt: skip
Step = tuple[str, str, str]


@dataclass
class Stage:
    """The buyer's ERP, its accounts desk, the supplier and the supplier's rival."""

    world: World
    erp: Program
    desk: Program
    supplier: Program
    rival: Program

    def name_of(self, client_id: str) -> str:
        return next(
            name
            for name in ("erp", "desk", "supplier", "rival")
            if getattr(self, name).client.client_id == client_id
        )


@pytest.fixture
def stage(live_server: Any, settings: Any) -> Stage:
    settings.PUBLIC_URL = live_server.url
    world, url = make_world(), str(live_server.url)
    account_of(world.acme, datetime.now(UTC))
    desk = machine(role=Role.APPROVER_ADMIN, scopes=DESK, projects=[world.office])
    return Stage(
        world,
        erp=PlainProgram(url, machine(partner=world.erp, scopes=ERP)),
        desk=BoundProgram(url, desk),
        supplier=PlainProgram(url, machine(partner=world.acme, scopes=SUPPLIER)),
        rival=PlainProgram(url, machine(partner=world.globex, scopes=SUPPLIER)),
    )


def ordered(stage: Stage) -> str:
    """The path of an order of 120, issued."""
    body = order_payload(stage.world, allowances=[])
    path = f"{API}/purchase-orders/{stage.erp.create(f'{API}/purchase-orders', body)['id']}"
    assert stage.supplier.status(path) == 404
    assert stage.erp.act(path, "submit")["status"] == "approved"
    assert stage.erp.act(path, "issue")["status"] == "issued"
    return path


def goods(path: str, quantity: str, **said: Any) -> dict[str, Any]:
    line = {"line_no": 1, "quantity": quantity}
    return {"purchase_order": path.rpartition("/")[2], "lines": [line], **said}


def bill(path: str, number: str, quantity: str) -> dict[str, Any]:
    line = {
        "line_no": 1,
        "quantity": quantity,
        "unit_price": "4.25",
        "tax": {"category": "S", "rate": "25"},
    }
    return {
        "purchase_order": path.rpartition("/")[2],
        "vendor_number": number,
        "type": "380",
        "issue_date": f"{datetime.now(UTC):%Y-%m-%d}",
        "lines": [line],
    }


def invoice_path(body: dict[str, Any]) -> str:
    return f"{API}/invoices/{body['id']}"


def pay(stage: Stage, path: str) -> None:
    assert stage.desk.act(path, "approve")["status"] == "approved"
    assert stage.desk.act(path, "pay", reference="PAY-1")["status"] == "paid"


def facets(stage: Stage, path: str) -> tuple[str, str, str]:
    order = stage.supplier.get(path)
    return order["status"], order["receipt_status"], order["billing_status"]


def trail(stage: Stage, path: str) -> list[dict[str, Any]]:
    """The sealed events of the order and of its documents, oldest first, as the desk reads them."""
    seal()
    events = stage.desk.get(f"{API}/audit-events", limit="200")["data"]
    order_id = path.rpartition("/")[2]
    return [
        event
        for event in reversed(events)
        if order_id in {event["data"].get("order"), event["subject"]["id"]}
    ]


def steps(stage: Stage, path: str) -> list[Step]:
    """Who did what by which scope. Each in the one session of its client."""
    events = trail(stage, path)
    sessions = {event["client_id"]: event["session"] for event in events}
    assert all(event["session"] == sessions[event["client_id"]] for event in events)
    assert len({*sessions.values()}) == len(sessions)
    return [
        (
            stage.name_of(event["client_id"]),
            event["action"],
            " ".join(event["data"]["scopes_exercised"]),
        )
        for event in events
    ]


def verified(stage: Stage, who: Program, path: str) -> list[tuple[str, str]]:
    """What the guide's program says of the receipt: which act, by whom."""
    receipt = who.text(f"{path}/authorization", format="jws")
    revisions = who.get(f"{path}/revisions", expand="content", limit="200")["data"]
    keys = who.get("/.well-known/countersign-keys")
    found = program().verify(receipt, keys, revisions)
    return [(stage.name_of(event["client_id"]), event["data"]["act"]) for event in reversed(found)]


DRAFT_TO_ISSUED = [
    ("erp", "purchase_order.created", "purchase_orders:create"),
    ("erp", "purchase_order.submitted", "purchase_orders:create"),
    ("erp", "purchase_order.issued", "purchase_orders:issue"),
]


def test_order_is_paid_and_every_step_is_traced(stage: Stage) -> None:
    path = ordered(stage)

    stage.supplier.create(f"{path}/acknowledgements", {"response": "AP"}, on=path)
    shipment = stage.supplier.create(f"{API}/shipments", goods(path, "120", reference="LS-1"))
    stage.erp.create(f"{API}/receipts", goods(path, "50", shipment=shipment["id"]))
    assert facets(stage, path) == ("acknowledged", "partial", "none")
    early = stage.supplier.create(f"{API}/invoices", bill(path, "A-1", "120"))
    assert [row["kind"] for row in early["exceptions"]] == ["quantity"]
    stage.erp.create(f"{API}/receipts", goods(path, "70", shipment=shipment["id"]))
    assert facets(stage, path) == ("acknowledged", "full", "full")
    assert stage.desk.act(invoice_path(early), "match")["status"] == "matched"
    pay(stage, invoice_path(early))

    assert facets(stage, path) == ("closed", "full", "full")
    assert stage.supplier.get(invoice_path(early))["status"] == "paid"
    assert {stage.rival.status(address) for address in (path, invoice_path(early))} == {404}
    assert steps(stage, path) == [
        *DRAFT_TO_ISSUED,
        ("supplier", "purchase_order.acknowledged", "purchase_orders:acknowledge"),
        ("supplier", "shipment.created", "shipments:write"),
        ("erp", "receipt.posted", "receipts:write"),
        ("supplier", "invoice.received", "invoices:submit"),
        ("supplier", "invoice.exception", "invoices:submit"),
        ("erp", "invoice.matched", "receipts:write"),
        ("erp", "receipt.posted", "receipts:write"),
        ("desk", "invoice.matched", "invoices:approve"),
        ("desk", "invoice.approved", "invoices:approve"),
        ("desk", "purchase_order.closed", "invoices:approve"),
        ("desk", "invoice.paid", "invoices:approve"),
    ]
    of_the_supplier = [("erp", "issue"), ("supplier", "acknowledge"), ("desk", "close")]
    assert verified(stage, stage.supplier, path) == of_the_supplier
    assert verified(stage, stage.erp, path) == [
        ("erp", "create"),
        ("erp", "submit"),
        *of_the_supplier,
    ]


def test_changed_order_is_paid_as_it_was_changed(stage: Stage) -> None:
    path = ordered(stage)

    wanted = {"lines": [{"line_no": 1, "quantity": "100"}], "note": "Only 100 are in stock"}
    change = stage.supplier.create(f"{path}/changes", wanted, on=path)
    accepted = stage.desk.act(f"{path}/changes/{change['id']}", "accept", reason="Enough")
    assert accepted["status"] == "accepted"
    order = stage.supplier.get(path)
    assert order["lines"][0]["quantity"] == "100"
    stage.supplier.create(f"{path}/acknowledgements", {"response": "AP"}, on=path)
    stage.erp.create(f"{API}/receipts", goods(path, "100"))
    invoice = stage.supplier.create(f"{API}/invoices", bill(path, "A-2", "100"))
    assert (invoice["status"], invoice["totals"]["tax_inclusive"]) == ("matched", "531.25")
    pay(stage, invoice_path(invoice))

    assert facets(stage, path) == ("closed", "full", "full")
    assert steps(stage, path) == [
        *DRAFT_TO_ISSUED,
        ("supplier", "purchase_order.change_proposed", "purchase_orders:change"),
        ("desk", "purchase_order.changed", "purchase_orders:change"),
        ("supplier", "purchase_order.acknowledged", "purchase_orders:acknowledge"),
        ("erp", "receipt.posted", "receipts:write"),
        ("supplier", "invoice.received", "invoices:submit"),
        ("supplier", "invoice.matched", "invoices:submit"),
        ("desk", "invoice.approved", "invoices:approve"),
        ("desk", "purchase_order.closed", "invoices:approve"),
        ("desk", "invoice.paid", "invoices:approve"),
    ]
    assert verified(stage, stage.supplier, path)[1:] == [
        ("desk", "change"),
        ("supplier", "acknowledge"),
        ("desk", "close"),
    ]
