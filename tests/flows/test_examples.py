"""Every example of a request in the API's description is posted, and done as it stands but for the
ids, which are those of what is there; the answer is where its own example says things are left.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from django.test import Client as Browser

from apps.core.ids import encode_id
from apps.partners.models import Role
from apps.procurement.models import PurchaseOrder
from apps.procurement.services import approve_invoice, hold_order, submit_order
from tests.factories.fulfilment import buyer_of, received, shipped
from tests.factories.gateway import Caller
from tests.factories.invoices import account, decided, invoiced, ready
from tests.factories.partners import (
    address,
    buyer_machine,
    contact,
    machine_caller,
    tax_registration,
)
from tests.factories.partners import proposed as bank_change
from tests.factories.procurement import actor_for, asking, drafted, issued, proposed
from tests.factories.world import World
from tests.flows.test_role_walk import scopes_of

pytestmark = pytest.mark.django_db
V1 = "/api/v1"
ORDER, INVOICE = f"{V1}/purchase-orders/{{order_id}}", f"{V1}/invoices/{{invoice_id}}"
VENDOR = f"{V1}/vendors/{{vendor_id}}"
# A person's only; the body is a reason, as with `submit`.
BY_PEOPLE = {
    f"{ORDER}/approve",
    f"{ORDER}/reject",
    f"{ORDER}/changes/{{change_id}}/approve",
    f"{V1}/projects/{{project_id}}/close",
}
BUYER, SELLER = Role.APPROVER_ADMIN, Role.ADMIN


class Ready(NamedTuple):
    """The row that is in the address, and the order behind it."""

    row: Any
    order: PurchaseOrder | None = None


def draft(world: World) -> Ready:
    order = drafted(world)
    return Ready(order, order)


def approved(world: World) -> Ready:
    actor = actor_for(world.erp, world.office)
    order = drafted(world, actor)
    submit_order(**asking(order, actor))
    return Ready(order, order)


def running(world: World) -> Ready:
    order = issued(world)
    return Ready(order, order)


def held(world: World) -> Ready:
    order = issued(world)
    hold_order(**asking(order, actor_for(world.erp, world.office)))
    return Ready(order, order)


def change_of(side: str) -> Callable[[World], Ready]:
    def make(world: World) -> Ready:
        order = issued(world)
        actor = buyer_of(order) if side == "buyer" else actor_for(world.acme, world.office)
        return Ready(proposed(order, actor), order)

    return make


def invoice(world: World) -> Ready:
    order = ready(world)
    return Ready(invoiced(order), order)


def to_be_paid(world: World) -> Ready:
    found = invoice(world)
    if found.order:
        account(found.order, datetime.now(tz=UTC))
    return Ready(decided(approve_invoice, found.row, world), found.order)


def difference(world: World) -> Ready:
    order = issued(world)
    return Ready(invoiced(order).exceptions.get(), order)


def receipt(world: World) -> Ready:
    order = issued(world)
    return Ready(received(order), order)


def shipment(world: World) -> Ready:
    order = issued(world)
    return Ready(shipped(order), order)


def hanging(make: Callable[[Any], Any]) -> Callable[[World], Ready]:
    return lambda world: Ready(make(world.acme))


def vendor(world: World) -> Ready:
    return Ready(world.acme)


PREPARED: dict[str, tuple[Role, Callable[[World], Ready]]] = {
    f"POST {V1}/batches": (BUYER, draft),
    f"POST {V1}/purchase-orders": (BUYER, draft),
    f"POST {V1}/purchasing-decisions": (BUYER, draft),
    f"PATCH {ORDER}": (BUYER, draft),
    f"POST {ORDER}/submit": (BUYER, draft),
    f"POST {ORDER}/issue": (BUYER, approved),
    f"POST {ORDER}/cancel": (BUYER, draft),
    f"POST {ORDER}/close": (BUYER, running),
    f"POST {ORDER}/hold": (BUYER, running),
    f"POST {ORDER}/release": (BUYER, held),
    f"POST {ORDER}/acknowledgements": (SELLER, running),
    f"POST {ORDER}/changes": (SELLER, running),
    f"POST {ORDER}/changes/{{change_id}}/accept": (BUYER, change_of("vendor")),
    f"POST {ORDER}/changes/{{change_id}}/refuse": (SELLER, change_of("buyer")),
    f"POST {ORDER}/changes/{{change_id}}/withdraw": (SELLER, change_of("vendor")),
    f"POST {V1}/shipments": (SELLER, running),
    f"POST {V1}/shipments/{{shipment_id}}/withdraw": (SELLER, shipment),
    f"POST {V1}/receipts": (BUYER, running),
    f"POST {V1}/receipts/{{receipt_id}}/reverse": (BUYER, receipt),
    f"POST {V1}/invoices": (SELLER, running),
    f"POST {INVOICE}/match": (BUYER, invoice),
    f"POST {INVOICE}/approve": (BUYER, invoice),
    f"POST {INVOICE}/reject": (BUYER, invoice),
    f"POST {INVOICE}/pay": (BUYER, to_be_paid),
    f"POST {INVOICE}/credit-notes": (SELLER, invoice),
    f"POST {INVOICE}/exceptions/{{exception_id}}/resolve": (BUYER, difference),
    f"PATCH {VENDOR}": (SELLER, vendor),
    f"POST {VENDOR}/addresses": (SELLER, vendor),
    f"PATCH {VENDOR}/addresses/{{part_id}}": (SELLER, hanging(address)),
    f"POST {VENDOR}/contacts": (SELLER, vendor),
    f"PATCH {VENDOR}/contacts/{{part_id}}": (SELLER, hanging(contact)),
    f"POST {VENDOR}/tax-registrations": (SELLER, vendor),
    f"PATCH {VENDOR}/tax-registrations/{{part_id}}": (SELLER, hanging(tax_registration)),
    f"POST {VENDOR}/bank-account-changes": (SELLER, vendor),
    f"POST {VENDOR}/bank-account-changes/{{change_id}}/withdraw": (SELLER, hanging(bank_change)),
}


class Described(NamedTuple):
    """What is sent, in every form it may be sent in, and what is answered."""

    sent: list[Any]
    answered: Any


def examples_in(content: dict[str, Any]) -> list[Any]:
    return [
        example["value"]
        for media in content.values()
        for example in media.get("examples", {}).values()
    ]


@pytest.fixture(scope="module")
def described() -> dict[str, Described]:
    """By operation."""
    paths: dict[str, Any] = Browser().get(f"{V1}/openapi.json").json()["paths"]
    found = {}
    for path, methods in paths.items():
        for method, operation in methods.items():
            if "requestBody" in operation:
                good = next(
                    operation["responses"][code]
                    for code in ("200", "201")
                    if code in operation["responses"]
                )
                (answered,) = examples_in(good["content"])
                sent = examples_in(operation["requestBody"]["content"])
                found[f"{method.upper()} {path}"] = Described(sent, answered)
    return found


def caller_of(world: World, role: Role) -> Caller:
    scopes = sorted(scopes_of(role))
    if role == BUYER:
        return buyer_machine(world, role, *scopes)
    return machine_caller(world.acme, role, *scopes)


def ids_of(found: Ready, world: World) -> dict[str, str]:
    """What there is, by the prefix of its id."""
    rows = [world.office, world.acme, *([found.order] if found.order else []), found.row]
    return {row.id_prefix: row.public_id for row in rows}


def with_ids(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: with_ids(inner, ids) for name, inner in value.items()}
    if isinstance(value, list):
        return [with_ids(inner, ids) for inner in value]
    if isinstance(value, str):
        for prefix, known in ids.items():
            value = value.replace(f"{prefix}_01J8Z3K4M5N6P7Q8R9S0T1V2W3", known)
    return value


def address_of(path: str, found: Ready, world: World) -> str:
    """The order's and the invoice's ids, the vendor's, and the row's own for what is left."""
    named = {"{vendor_id}": world.acme.public_id}
    if found.order:
        named["{order_id}"] = found.order.public_id
    if "{exception_id}" in path:
        named["{invoice_id}"] = encode_id("inv", found.row.invoice_id)
    for name, known in named.items():
        path = path.replace(name, known)
    head, brace, rest = path.partition("{")
    return f"{head}{found.row.public_id}{rest.partition('}')[2]}" if brace else path


def left(body: dict[str, Any]) -> tuple[Any, Any, set[str]]:
    """Where a body says that things are left, and what may be done next; what more of a vendor
    may be read follows from claims.
    """
    links = () if body.get("kind") == "vendor" else body.get("links", ())
    return body.get("status"), body.get("resolution"), set(links)


def test_every_operation_with_a_body_is_prepared(described: dict[str, Described]) -> None:
    assert set(described) - {f"POST {path}" for path in BY_PEOPLE} == set(PREPARED)


@pytest.mark.parametrize("operation", PREPARED)
def test_example_is_accepted_and_answered_as_described(
    operation: str, world: World, described: dict[str, Described]
) -> None:
    role, prepare = PREPARED[operation]
    method, path = operation.split(" ")
    found, caller = prepare(world), caller_of(world, role)
    send = caller.post if method == "POST" else caller.patch
    for example in described[operation].sent:
        place, body = address_of(path, found, world), with_ids(example, ids_of(found, world))

        answer = send(place, body, If_Match="*")

        assert answer.status_code in {200, 201}, answer.content
        said, told = answer.json(), described[operation].answered
        assert [item for item in said.get("items", ()) if item["status"] >= 400] == []
        assert left(said) == left(told)
