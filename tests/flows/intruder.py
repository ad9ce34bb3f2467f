"""A program that asks for what is another vendor's: where, with what body, and what it gets."""

import json
import re
from typing import Any

from apps.procurement.models import OrderRevision, PurchaseOrder
from apps.procurement.rest.invoice_examples import CREDIT
from apps.procurement.services import hold_order
from apps.projects.models import Project
from tests.factories.fulfilment import buyer_of, goods_of, received, shipped
from tests.factories.gateway import Caller
from tests.factories.invoices import credited, invoice_body, invoiced, taken
from tests.factories.partners import (
    ADDRESS,
    CONTACT,
    OTHER_IBAN,
    TAX,
    address,
    contact,
    proposed,
    tax_registration,
)
from tests.factories.procurement import actor_for, answered, asking, session_of
from tests.factories.procurement import proposed as order_change
from tests.flows.matrix import ORDER, Answer

OWN = (["Globex"], ["OFFICE"])


def outcome(answer: Any) -> Answer:
    body = json.loads(answer.content)
    if answer.status_code == 200 and "data" not in body:
        items = body.get("items", ())
        return 200, items[0]["problem"]["code"] if items else "itself"
    if answer.status_code == 200:
        # Itself, or the one project that it takes part in.
        own = [one.get("name", one.get("number")) for one in body["data"]] in OWN
        return 200, "nothing" if body["data"] == [] else "itself" if own else "data"
    return answer.status_code, body["code"]


GOOD = {
    "contacts": CONTACT, "addresses": ADDRESS, "tax-registrations": TAX,
    "changes": {"lines": [{"line_no": 1, "quantity": "100"}]},
    "accept": {}, "refuse": {}, "withdraw": {}, "reverse": {},
    "credit-notes": CREDIT, "hold": {}, "release": {},
    "bank-account-changes": {
        "kind": "add", "holder": "Acme AS", "iban": OTHER_IBAN, "currency": "EUR", "reason": "New",
    },
}  # fmt: skip


def asks(
    caller: Caller,
    method: str,
    path: str,
    order: PurchaseOrder,
    body: dict[str, Any] | None = None,
    **headers: str,
) -> Any:
    """With the headers and the body that writes need, unless others are given."""
    if method == "GET":
        return caller.get(path)
    headers = {"if_match": "*", **headers}
    if method == "PATCH":
        return caller.patch(path, {}, **headers)
    if method == "DELETE":
        return caller.delete(path, **headers)
    return caller.post(path, body_for(path, order) if body is None else body, **headers)


def body_for(path: str, order: PurchaseOrder) -> dict[str, Any]:
    """What is posted there, good for its owner."""
    body = GOOD.get(path.rpartition("/")[2], {"response": "AP"})
    if path.endswith(("/shipments", "/receipts")):
        body = goods_of(order)
    if path.endswith("/invoices"):
        body = invoice_body(order)
    if path.endswith("/purchasing-decisions"):
        body = {"project": order.project.public_id, "currency": "EUR", "amount": "1.00"}
    if path.endswith("/batches"):
        seen = "*"
        item = {"key": "item-1", "id": order.public_id, "if_match": seen, "body": body}
        body = {"type": "purchase_orders.acknowledge", "atomic": True, "items": [item]}
    return body


def filled_in(route: str, order: PurchaseOrder, project: Project | None = None) -> str:
    """The address of what is Acme's, with an id of each kind there is; of projects the order's,
    unless another is given.
    """
    if route.startswith(ORDER):
        return _filled(route, _order_ids(route, order))
    if route.startswith(("receipts", "shipments")):
        ids = {"receipt_id": received(order).public_id, "shipment_id": shipped(order).public_id}
        return _filled(route, ids)
    if route.startswith("invoices"):
        return _filled(route, _invoice_ids(order))
    if route.startswith("sessions"):
        return _filled(route, {"session_id": session_of(order.vendor).public_id})
    acme = order.vendor
    if route.startswith("projects"):
        return _filled(route, {"project_id": (project or order.project).public_id})
    parts = {"contacts": contact, "addresses": address, "tax-registrations": tax_registration}
    part = next((make(acme) for place, make in parts.items() if f"/{place}/" in route), acme)
    ids = {
        "vendor_id": acme.public_id,
        "part_id": part.public_id,
        "change_id": proposed(acme).public_id,
    }
    return _filled(route, ids)


def _order_ids(route: str, order: PurchaseOrder) -> dict[str, str]:
    acme = actor_for(order.vendor, order.project)
    proposer = buyer_of(order) if route.endswith(("/accept", "/refuse")) else acme
    ids = {
        "order_id": order.public_id,
        "acknowledgement_id": answered(order, acme, "AB").public_id,
        "revision_id": OrderRevision.objects.filter(order=order).latest("revision").public_id,
    }
    if route.endswith("/release"):
        hold_order(**asking(order, acme))
    if "change_id" in route:  # There is only one open proposal at a time.
        ids["change_id"] = order_change(order, proposer).public_id
    return ids


def _invoice_ids(order: PurchaseOrder) -> dict[str, str]:
    """Of an invoice for which nothing came yet."""
    invoice = invoiced(order)
    return {
        "invoice_id": invoice.public_id,
        "exception_id": invoice.exceptions.get().public_id,
        "credit_note_id": credited(invoice, taken("5")).public_id,
    }


def _filled(route: str, ids: dict[str, str]) -> str:
    """What is no company's, such as a code list, is asked for by a name that there is not."""
    for name, value in ids.items():
        route = route.replace(f"<str:{name}>", value)
    return "/api/v1/" + re.sub("<str:[a-z_]+>", "none", route)
