"""Receipts and ship notices over HTTP: shapes, roles, conditions, lists, and what they cost."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.partners.models import Partner, Role
from apps.procurement.models import PurchaseOrder, Receipt, ShipmentNotice
from apps.procurement.rest.receipts import RECEIPT
from apps.procurement.rest.shipments import SHIPMENT
from apps.procurement.services import hold_order
from tests.factories.fulfilment import (
    RECEIPTS,
    SHIPMENTS,
    counted,
    goods_of,
    received,
    shipped,
    taken_back,
)
from tests.factories.gateway import ORDERS, Caller, faults, new_key, problem
from tests.factories.oauth import access_token, machine
from tests.factories.procurement import actor_for, asking, buyer_caller, issued, vendor_caller
from tests.factories.world import World

pytestmark = pytest.mark.django_db
READS = ("purchase_orders:read", "receipts:read", "shipments:read")


@pytest.fixture
def order(world: World) -> PurchaseOrder:
    return issued(world)


@pytest.fixture
def erp(world: World) -> Caller:
    return buyer_caller(world, "purchase_orders:read", "receipts:read", "receipts:write")


@pytest.fixture
def acme(world: World) -> Caller:
    return vendor(world.acme)


def vendor(partner: Partner) -> Caller:
    return vendor_caller(partner, *READS, "shipments:write")


def viewer(world: World) -> Caller:
    """A client of the buyer's own that reads."""
    new = machine(scopes=READS, role=Role.VIEWER, projects=[world.office])
    return Caller(access_token(new))


def reversed_by(caller: Caller, seen: Any, **headers: str) -> Any:
    path = f"{seen['Location']}/reverse"
    return caller.post(path, {"reason": "wrong"}, **{"If_Match": seen["ETag"], **headers})


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["data"]]


def queries(caller: Caller, path: str) -> int:
    caller.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert caller.get(path).status_code == 200
    return len(captured)


# --- Receipts -----------------------------------------------------------------------------------


def test_receipt_of_the_contract_is_posted(erp: Caller, order: PurchaseOrder) -> None:
    line = {"line_no": 1, "quantity": "20", "rejected": "0"}

    answer = erp.post(RECEIPTS, {"purchase_order": order.public_id, "lines": [line]})

    body = answer.json()
    receipt = Receipt.objects.get()
    order.refresh_from_db()
    path = f"{RECEIPTS}/{receipt.public_id}"
    assert answer.status_code == 201
    assert (answer["Location"], answer["ETag"]) == (path, f'"{receipt.public_id}.1"')
    assert body == {
        "id": receipt.public_id,
        "number": receipt.number,
        "purchase_order": order.public_id,
        "order_revision": order.revision,
        "status": "posted",
        "revision": 1,
        "shipment": None,
        "reversal_of": None,
        "reversed_by": None,
        "lines": [{**line, "reason": ""}],
        "note": "",
        "reason": "",
        "posted_at": body["posted_at"],
        "effective_at": None,
        "receiver": receipt.receiver,
        "links": {
            "self": path,
            "purchase_order": f"{ORDERS}/{order.public_id}",
            "reverse": f"{path}/reverse",
        },
    }
    assert erp.get(path).json() == body
    shown = erp.get(f"{ORDERS}/{order.public_id}").json()
    assert (shown["receipt_status"], shown["status"]) == ("partial", "issued")


def test_example_of_a_receipt_is_one(erp: Caller, order: PurchaseOrder) -> None:
    answer = erp.post(RECEIPTS, {**RECEIPT, "purchase_order": order.public_id})

    assert answer.status_code == 201, answer.content
    assert answer.json()["lines"] == RECEIPT["lines"]
    assert counted(order) == (20, 18)


def test_receipt_is_reversed_by_a_receipt(erp: Caller, order: PurchaseOrder) -> None:
    posted = erp.post(RECEIPTS, goods_of(order))

    answer = reversed_by(erp, posted)

    body = answer.json()
    assert (answer.status_code, body["status"], body["reason"]) == (201, "reversal", "wrong")
    assert body["reversal_of"] == posted.json()["id"]
    assert [line["quantity"] for line in body["lines"]] == ["-20"]
    assert "reverse" not in body["links"]
    known = erp.get(posted["Location"])
    assert known["ETag"] == f'"{posted.json()["id"]}.2"'
    assert (known.json()["status"], known.json()["reversed_by"]) == ("reversed", body["id"])
    assert problem(reversed_by(erp, posted)) == (412, "revision-stale")
    assert problem(reversed_by(erp, posted, If_Match="*")) == (409, "invalid-transition")
    assert problem(reversed_by(erp, posted, If_Match="")) == (428, "precondition-required")


def test_request_sent_again_is_one_receipt(erp: Caller, order: PurchaseOrder) -> None:
    key = new_key()
    first = erp.post(RECEIPTS, goods_of(order), Idempotency_Key=key)

    again = erp.post(RECEIPTS, goods_of(order), Idempotency_Key=key)

    assert (again.status_code, again["Idempotency-Replayed"]) == (201, "true")
    assert again.json() == first.json()
    assert counted(order) == (20, 20)
    other = erp.post(RECEIPTS, goods_of(order, "21"), Idempotency_Key=key)
    assert problem(other) == (422, "idempotency-key-reused")
    assert problem(erp.post(RECEIPTS, goods_of(order), Idempotency_Key="")) == (
        400,
        "idempotency-key-missing",
    )


def test_over_receipt_tells_what_may_still_come(erp: Caller, order: PurchaseOrder) -> None:
    received(order, "100")

    answer = erp.post(RECEIPTS, goods_of(order, "20.001"))

    assert problem(answer) == (422, "over-receipt")
    assert faults(answer) == [("/lines/0/quantity", "over-receipt")]
    assert answer.json()["lines"] == [
        {
            "line_no": 1,
            "ordered": "120",
            "received": "100",
            "tolerance_percent": "0",
            "allowed": "120",
            "remaining": "20",
        }
    ]


@pytest.mark.parametrize(
    ("change", "refusal"),
    (
        ({"vendor": "x"}, (400, "unknown-field")),
        ({"lines": []}, (422, "validation-error")),
        ({"lines": [{"line_no": 1, "quantity": 20}]}, (422, "validation-error")),
        ({"lines": [{"line_no": 1, "quantity": "1e1"}]}, (422, "validation-error")),
        ({"lines": [{"line_no": 1, "quantity": "0.5"}]}, (422, "unit-not-allowed")),
        ({"shipment": "shp_x"}, (422, "validation-error")),
        ({"purchase_order": "po_x"}, (404, "not-found")),
    ),
)
def test_receipt_that_cannot_be_is_refused(
    erp: Caller, order: PurchaseOrder, change: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert problem(erp.post(RECEIPTS, goods_of(order, **change))) == refusal


def test_held_order_refuses_goods(
    world: World, erp: Caller, acme: Caller, order: PurchaseOrder
) -> None:
    hold_order(**asking(order, actor_for(world.erp, world.office)))

    assert problem(erp.post(RECEIPTS, goods_of(order))) == (409, "order-on-hold")
    assert problem(acme.post(SHIPMENTS, goods_of(order))) == (409, "order-on-hold")


def test_receipts_are_shown_to_either_side_only(
    world: World, erp: Caller, acme: Caller, order: PurchaseOrder
) -> None:
    receipt = received(order)
    path, globex = f"{RECEIPTS}/{receipt.public_id}", vendor(world.globex)

    ours, theirs = erp.get(path).json(), acme.get(path).json()

    assert (theirs.pop("_redacted"), "receiver" in theirs) == (["receiver"], False)
    assert ours["links"].pop("reverse") == f"{path}/reverse"
    assert {**theirs, "receiver": receipt.receiver} == ours
    assert ids(acme.get(RECEIPTS)) == ids(erp.get(RECEIPTS)) == [receipt.public_id]
    assert ids(viewer(world).get(RECEIPTS)) == [receipt.public_id]
    assert problem(globex.get(path)) == (404, "not-found")
    assert ids(globex.get(RECEIPTS)) == []


def test_who_may_not_receive_is_refused(world: World, acme: Caller, order: PurchaseOrder) -> None:
    posted = f"{RECEIPTS}/{received(order).public_id}"

    for caller in (acme, viewer(world)):
        answer = caller.post(RECEIPTS, goods_of(order))
        assert problem(answer) == (403, "insufficient-scope")
        assert answer.json()["required"] == ["receipts:write"]
        answer = caller.post(f"{posted}/reverse", {}, If_Match="*")
        assert problem(answer) == (403, "insufficient-scope")

    assert Receipt.objects.count() == 1


def test_receipts_are_found_by_order_status_shipment_and_time(
    world: World, erp: Caller, order: PurchaseOrder
) -> None:
    shipment = shipped(order)
    first = received(order, shipment=shipment.public_id)
    reversal = taken_back(first)
    second = received(issued(world))
    at = second.posted_at.isoformat().replace("+00:00", "Z")

    def found(**query: str) -> list[str]:
        return ids(erp.get(RECEIPTS, **query))

    both = [reversal.public_id, first.public_id]
    assert found(**{"filter[purchase_order]": order.public_id}) == both
    assert found(**{"filter[status]": "posted"}) == [second.public_id]
    assert found(**{"filter[status]": "reversed,reversal"}) == both
    assert found(**{"filter[shipment]": shipment.public_id}) == both
    assert found(**{"filter[posted_at][gte]": at}) == [second.public_id]
    assert found(**{"filter[number]": first.number}) == [first.public_id]
    assert found(sort="number") == [first.public_id, reversal.public_id, second.public_id]
    page = erp.get(RECEIPTS, limit="1", **{"filter[status]": "reversed,reversal"})
    following = erp.get(
        RECEIPTS,
        limit="1",
        cursor=page.json()["page"]["next"],
        **{"filter[status]": "reversed,reversal"},
    )
    assert ids(page) + ids(following) == both
    answer = erp.get(RECEIPTS, fields="id,status", limit="1").json()["data"]
    assert answer == [{"id": second.public_id, "status": "posted"}]


# --- Shipments ----------------------------------------------------------------------------------


def test_shipment_is_announced_by_the_vendor(acme: Caller, order: PurchaseOrder) -> None:
    answer = acme.post(SHIPMENTS, {**SHIPMENT, "purchase_order": order.public_id})

    body = answer.json()
    assert answer.status_code == 201, answer.content
    shipment = ShipmentNotice.objects.get()
    path = f"{SHIPMENTS}/{shipment.public_id}"
    assert (answer["Location"], answer["ETag"]) == (path, f'"{shipment.public_id}.1"')
    assert body == {
        **SHIPMENT,
        "purchase_order": order.public_id,
        "vendor": order.vendor.public_id,
        "id": shipment.public_id,
        "number": shipment.number,
        "status": "announced",
        "revision": 1,
        "created_at": body["created_at"],
        "updated_at": body["created_at"],
        "withdrawn_at": None,
        "withdrawal_reason": "",
        "links": {
            "self": path,
            "purchase_order": f"{ORDERS}/{order.public_id}",
            "withdraw": f"{path}/withdraw",
        },
    }
    assert acme.get(path).json() == body


def test_shipment_is_withdrawn_by_its_vendor(
    world: World, acme: Caller, order: PurchaseOrder
) -> None:
    announced = acme.post(SHIPMENTS, goods_of(order))
    path = f"{announced['Location']}/withdraw"
    assert problem(acme.post(path, {})) == (428, "precondition-required")

    answer = acme.post(path, {"reason": "broke down"}, If_Match=announced["ETag"])

    body = answer.json()
    assert (answer.status_code, body["status"], body["revision"]) == (200, "withdrawn", 2)
    assert (body["withdrawal_reason"], "withdraw" in body["links"]) == ("broke down", False)
    assert problem(acme.post(path, {}, If_Match=answer["ETag"])) == (409, "invalid-transition")
    assert problem(vendor(world.globex).post(path, {}, If_Match="*")) == (404, "not-found")


def test_shipments_are_shown_to_either_side_only(
    world: World, acme: Caller, order: PurchaseOrder
) -> None:
    shipment, reader = shipped(order), viewer(world)
    path, globex = f"{SHIPMENTS}/{shipment.public_id}", vendor(world.globex)

    ours, theirs = reader.get(path).json(), acme.get(path).json()

    assert theirs["links"].pop("withdraw") == f"{path}/withdraw"
    assert ours == theirs
    assert ids(reader.get(SHIPMENTS)) == ids(acme.get(SHIPMENTS)) == [shipment.public_id]
    assert problem(reader.post(SHIPMENTS, goods_of(order))) == (403, "insufficient-scope")
    assert problem(globex.get(path)) == (404, "not-found")
    assert problem(globex.post(SHIPMENTS, goods_of(order))) == (404, "not-found")
    assert ids(globex.get(SHIPMENTS)) == []


@pytest.mark.parametrize(
    ("change", "refusal"),
    (
        ({"shipped_at": "2026-12-01"}, (422, "validation-error")),
        ({"shipped_at": "2026-12-01T09:00:00"}, (422, "validation-error")),
        ({"eta": "2026-12-01T09:00:00Z"}, (422, "validation-error")),
        ({"vendor": "ptr_x"}, (422, "principal-mismatch")),
        ({"number": "SHP-1"}, (400, "unknown-field")),
        ({"lines": [{"line_no": 1, "quantity": "1.5"}]}, (422, "unit-not-allowed")),
        (
            {"lines": [{"line_no": 1, "quantity": "1", "package_unit": "XQ\n"}]},
            (422, "validation-error"),
        ),
    ),
)
def test_shipment_that_cannot_be_is_refused(
    acme: Caller, order: PurchaseOrder, change: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert problem(acme.post(SHIPMENTS, goods_of(order, **change))) == refusal


def test_shipments_are_found_by_order_status_and_day(
    world: World, acme: Caller, order: PurchaseOrder
) -> None:
    sent = acme.post(SHIPMENTS, goods_of(order, eta="2026-12-01", tracking="T1")).json()["id"]
    other = acme.post(SHIPMENTS, goods_of(issued(world))).json()["id"]

    assert ids(acme.get(SHIPMENTS, **{"filter[purchase_order]": order.public_id})) == [sent]
    assert ids(acme.get(SHIPMENTS, **{"filter[eta][lte]": "2026-12-01"})) == [sent]
    assert ids(acme.get(SHIPMENTS, **{"filter[tracking]": "T1"})) == [sent]
    assert ids(acme.get(SHIPMENTS, **{"filter[status]": "announced"})) == [other, sent]
    assert ids(acme.get(SHIPMENTS, **{"filter[status]": "withdrawn"})) == []


# --- Cost ---------------------------------------------------------------------------------------


def test_lists_take_as_many_queries_for_three_as_for_one(
    acme: Caller, order: PurchaseOrder
) -> None:
    receipt, shipment = received(order), shipped(order)
    few = (queries(acme, RECEIPTS), queries(acme, SHIPMENTS))
    for _more in range(2):
        received(order)
        shipped(order)

    assert (queries(acme, RECEIPTS), queries(acme, SHIPMENTS)) == few == (3, 3)
    assert queries(acme, f"{RECEIPTS}/{receipt.public_id}") == 3
    assert queries(acme, f"{SHIPMENTS}/{shipment.public_id}") == 3


def test_receipt_of_one_line_takes_so_many_statements(erp: Caller, order: PurchaseOrder) -> None:
    received(order)

    with CaptureQueriesContext(connection) as captured:
        assert erp.post(RECEIPTS, goods_of(order)).status_code == 201

    assert len(captured) == 22
