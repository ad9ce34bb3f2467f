"""Invoices over HTTP: from claimed to paid, for each role, and what every answer carries."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.events import Action
from apps.audit.models import Event
from apps.oauth.scopes import CATALOGUE, ROLE_SCOPES, Tier
from apps.partners.models import VENDOR_ROLES, Role
from apps.procurement.models import Invoice
from apps.procurement.rest.invoice_examples import CREDIT, CREDITED, EXCEPTION, SUBMITTED
from tests.factories.fulfilment import received
from tests.factories.gateway import Caller, faults, new_key, problem
from tests.factories.invoices import (
    INVOICES,
    account,
    claimed,
    credited,
    disputed,
    invoice_body,
    invoiced,
    ready,
    taken,
)
from tests.factories.jose import client_key, use_keys
from tests.factories.oauth import access_token, bound_token, machine
from tests.factories.people import person_caller
from tests.factories.procurement import issued, line_draft, vendor_caller
from tests.factories.world import World

pytestmark = pytest.mark.django_db
SCOPES = ("invoices:read", "invoices:submit")
DECIDES = ("invoices:read", "invoices:approve")


@pytest.fixture
def acme(world: World) -> Caller:
    return vendor_caller(world.acme, *SCOPES)


@pytest.fixture
def approver(world: World) -> Caller:
    return person_caller(world, "payer@nordwind.example", *DECIDES)


def path_of(invoice: Invoice, *places: str) -> str:
    return "/".join([INVOICES, invoice.public_id, *places])


def act(caller: Caller, path: str, name: str, body: Any = None, **headers: str) -> Any:
    """With the tag of what stands there now."""
    tag = caller.get(path)["ETag"]
    return caller.post(f"{path}/{name}", body, **{"If_Match": tag, **headers})


def test_contracts_invoice_goes_from_claimed_to_paid(
    world: World, acme: Caller, approver: Caller
) -> None:
    order = issued(world)
    received(order)

    answer = acme.post(INVOICES, invoice_body(order))

    assert answer.status_code == 201, answer.content
    body, path = answer.json(), answer["Location"]
    assert path == f"{INVOICES}/{body['id']}" == body["links"]["self"]
    assert answer["ETag"] == f'"{body["id"]}.{body["revision"]}"'
    assert (body["status"], body["vendor_number"], body["type"]) == ("matched", "INV-1", "380")
    assert (body["purchase_order"], body["vendor"]) == (order.public_id, world.acme.public_id)
    assert body["totals"] == SUBMITTED["totals"]
    assert (body["payable"], body["exceptions"]) == ("106.25", [])
    assert set(body) == set(SUBMITTED)

    paid_to = account(order, datetime.now(tz=UTC))
    approved = act(approver, path, "approve", {"reason": "Checked"})
    paid = act(approver, path, "pay", {"reference": "SEPA-1"})

    assert (approved.status_code, approved.json()["status"]) == (200, "approved")
    assert (paid.status_code, paid.json()["status"]) == (200, "paid")
    assert paid.json()["payment_reference"] == "SEPA-1"
    assert (paid.json()["paid_to"], paid.json()["refundable"]) == (paid_to.public_id, "0.00")
    assert set(paid.json()["links"]) == {"self", "purchase_order", "exceptions", "credit-notes"}
    events = Event.objects.filter(subject_id=body["id"]).order_by("id")
    assert [(event.action, event.data["scopes_exercised"]) for event in events] == [
        ("invoice.received", ["invoices:submit"]),
        ("invoice.matched", ["invoices:submit"]),
        ("invoice.approved", ["invoices:approve"]),
        ("invoice.paid", ["invoices:approve"]),
    ]
    assert all(event.session_id for event in events)


def test_disputed_invoice_is_resolved_over_http(
    world: World, acme: Caller, approver: Caller
) -> None:
    order = issued(world)
    received(order, "12")
    path = acme.post(INVOICES, invoice_body(order))["Location"]
    assert problem(act(approver, path, "approve")) == (409, "invalid-transition")

    (listed,) = approver.get(f"{path}/exceptions").json()["data"]
    assert set(listed) == set(EXCEPTION)
    assert (listed["kind"], listed["expected"], listed["actual"]) == ("quantity", "12", "20")
    one = f"{path}/exceptions/{listed['id']}"
    assert problem(approver.post(f"{one}/resolve", {"resolution": "accepted", "note": "x"})) == (
        428,
        "precondition-required",
    )
    body = {"resolution": "accepted", "note": "Agreed"}
    resolved = act(approver, one, "resolve", body)

    assert (resolved.status_code, resolved.json()["resolution"]) == (200, "accepted")
    assert resolved["ETag"] == f'"{listed["id"]}.2"'
    seen = acme.get(one).json()
    assert (seen["resolution"], {"note", "allowed"} & set(seen)) == ("accepted", set())
    assert act(approver, path, "approve").json()["status"] == "approved"


def test_invoice_is_matched_again_after_a_receipt(
    world: World, acme: Caller, approver: Caller
) -> None:
    order = issued(world)
    path = acme.post(INVOICES, invoice_body(order))["Location"]
    assert acme.get(path).json()["status"] == "exception"
    received(order)

    answer = act(approver, path, "match")

    assert (answer.status_code, answer.json()["status"]) == (200, "matched")
    assert answer.json()["exceptions"][0]["resolution"] == "corrected"


def test_rejection_tells_the_vendor_why(world: World, acme: Caller, approver: Caller) -> None:
    path = path_of(invoiced(ready(world)))
    assert faults(act(approver, path, "reject", {})) == [("/reason", "required")]

    act(approver, path, "reject", {"reason": "Wrong address"})

    body = acme.get(path).json()
    assert (body["status"], body["rejection_reason"]) == ("rejected", "Wrong address")


def test_invoice_is_credited_over_http(world: World, acme: Caller) -> None:
    path = path_of(invoiced(ready(world)))

    answer = acme.post(f"{path}/credit-notes", CREDIT)

    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert set(body) == set(CREDITED)
    assert body["totals"] == CREDITED["totals"]
    assert answer["ETag"] == f'"{body["id"]}.1"'
    assert acme.get(answer["Location"]).json() == body
    assert acme.get(f"{path}/credit-notes").json()["data"] == [body]
    invoice = acme.get(path).json()
    assert (invoice["credited"], invoice["payable"]) == ("42.50", "63.75")
    assert invoice["lines"][0]["quantity_credited"] == "8"


def test_whole_credit_needs_no_lines(world: World, acme: Caller) -> None:
    path = path_of(invoiced(ready(world)))
    body = {"vendor_number": "CN-1", "issue_date": "2026-01-08", "reason": "Mistake"}

    assert acme.post(f"{path}/credit-notes", body).json()["whole"] is True

    assert acme.get(path).json()["status"] == "void"


def test_repeated_invoice_is_answered_alike_and_counted_once(world: World, acme: Caller) -> None:
    order, key = ready(world), new_key()
    body = invoice_body(order)

    first = acme.post(INVOICES, body, Idempotency_Key=key)
    again = acme.post(INVOICES, body, Idempotency_Key=key)

    assert (again.status_code, again.json()) == (201, first.json())
    assert again["Idempotency-Replayed"] == "true"
    assert problem(acme.post(INVOICES, {**body, "note": "x"}, Idempotency_Key=key)) == (
        422,
        "idempotency-key-reused",
    )
    assert Invoice.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "refusal"),
    (
        ({"currency": "SEK"}, (422, "currency-mismatch")),
        ({"vendor": "ptr_01J8Z3K4M5N6P7Q8R9S0T1V2W3"}, (422, "principal-mismatch")),
        ({"totals": {"tax_inclusive": "106.26"}}, (422, "totals-mismatch")),
        ({"type": "381"}, (422, "validation-error")),
        ({"issue_date": "05.12.2026"}, (422, "validation-error")),
        ({"status": "paid"}, (400, "unknown-field")),
        ({"purchase_order": "po_x"}, (404, "not-found")),
        ({"lines": []}, (422, "validation-error")),
    ),
)
def test_invoice_that_cannot_be_is_refused(
    world: World, acme: Caller, changes: dict[str, Any], refusal: tuple[int, str]
) -> None:
    order = ready(world)

    assert problem(acme.post(INVOICES, invoice_body(order, **changes))) == refusal
    assert not Invoice.objects.exists()


def test_invoice_in_another_vendors_name_is_a_signal(world: World, acme: Caller) -> None:
    body = invoice_body(ready(world), vendor=world.globex.public_id)

    refused = acme.post(INVOICES, body)

    event = Event.objects.get(action=Action.REQUEST_DENIED)
    assert problem(refused) == (422, "principal-mismatch")
    assert (event.outcome, event.data["code"], event.data["path"]) == (
        "denied", "principal-mismatch", INVOICES,
    )  # fmt: skip
    assert "Globex" not in refused.content.decode()


def test_second_use_of_a_number_and_too_much_are_refused(world: World, acme: Caller) -> None:
    order = ready(world)
    acme.post(INVOICES, invoice_body(order))
    again = invoice_body(order, vendor_number="inv 1")
    line = {**again["lines"][0], "quantity": "101", "net": "429.25"}
    much = {"vendor_number": "INV-2", "lines": [line], "totals": {}}

    assert problem(acme.post(INVOICES, again)) == (422, "duplicate-invoice")
    refused = acme.post(INVOICES, invoice_body(order, **much))
    assert problem(refused) == (422, "over-invoice")
    (told,) = refused.json()["lines"]
    assert (told["ordered"], told["invoiced"]) == ("120", "20")


# --- Lists ----------------------------------------------------------------------------------------


def test_invoices_are_filtered_and_sorted(world: World, acme: Caller) -> None:
    order = ready(world)
    first, second = invoiced(order), invoiced(order, claimed("10"))

    def listed(**query: str) -> list[str]:
        return [one["id"] for one in acme.get(INVOICES, **query).json()["data"]]

    assert listed() == [second.public_id, first.public_id]
    assert listed(**{"filter[status]": "exception"}) == []
    assert listed(**{"filter[tax_inclusive][lt]": "100"}) == [second.public_id]
    assert listed(**{"filter[purchase_order]": order.public_id, "sort": "number"}) == [
        first.public_id,
        second.public_id,
    ]
    assert problem(acme.get(INVOICES, **{"filter[iban]": "x"})) == (400, "unknown-filter")


def test_unchanged_invoice_is_not_sent_again(world: World, acme: Caller) -> None:
    path = path_of(invoiced(ready(world)))
    tag = acme.get(path)["ETag"]
    headers = {**acme.credentials("GET", path), "If-None-Match": tag}

    assert acme.browser.get(path, headers=headers).status_code == 304


def queries(caller: Caller, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert caller.get(path).status_code == 200
    return len(captured)


def test_list_takes_as_many_queries_for_three_as_for_one(world: World, acme: Caller) -> None:
    disputed(world)
    few = queries(acme, INVOICES)
    for _ in range(2):
        invoiced(issued(world, lines=(line_draft(), line_draft(line_no=2))), claimed("1"))

    assert queries(acme, INVOICES) == few == 5  # The token, the page, lines, taxes, exceptions.


@pytest.mark.parametrize("place", ("exceptions", "credit-notes"))
def test_parts_take_as_many_queries_for_three_as_for_one(
    world: World, acme: Caller, place: str
) -> None:
    one = disputed(world)
    lines = tuple(line_draft(line_no=number) for number in (1, 2, 3))
    three = invoiced(issued(world, lines=lines), *(claimed("9", line_no=n) for n in (1, 2, 3)))
    for _ in range(3):
        credited(three, taken("1"), taken("1", line_no=2))

    assert queries(acme, path_of(one, place)) == queries(acme, path_of(three, place)) <= 8


def test_single_invoice_takes_four_queries_after_the_token(world: World, acme: Caller) -> None:
    assert queries(acme, path_of(disputed(world))) == 5


# --- Roles ----------------------------------------------------------------------------------------

READS = {"", "/exceptions", "/credit-notes"}
ACTS = ("match", "approve", "reject", "pay", "credit-notes")
DECISIONS = {"match", "approve", "reject", "pay", "resolve"}
MAY: dict[Role, tuple[set[str], set[str]]] = {
    Role.VIEWER: (READS, set()),
    Role.EDITOR: (READS, set()),
    Role.APPROVER_ADMIN: (READS, DECISIONS),
    Role.INTEGRATION: (READS, set()),
    Role.SALESPERSON: (set(), set()),
    Role.MANAGER: (READS, {"credit-notes"}),
    Role.ADMIN: (READS, {"credit-notes"}),
}


def caller_of(world: World, role: Role) -> Caller:
    """With every scope for invoices that the role has."""
    scopes = [name for name in ROLE_SCOPES[role] if name.startswith("invoices")]
    if role in VENDOR_ROLES:
        return Caller(
            access_token(
                machine(partner=world.acme, role=role, scopes=scopes or ["purchase_orders:read"])
            )
        )
    new = machine(role=role, scopes=scopes, projects=[world.office])
    if all(CATALOGUE[name].tier != Tier.RESTRICTED for name in scopes):
        return Caller(access_token(new))
    key = client_key()
    return Caller(bound_token(use_keys(new.client, key), key), key)


@pytest.mark.parametrize("role", Role)
def test_role_reads_and_does_what_is_its_own(world: World, role: Role) -> None:
    """With a tag that is stale, or a body of nothing: 412 and 422 say that the act was the
    caller's to try.
    """
    invoice = disputed(world)
    path, caller = path_of(invoice), caller_of(world, role)
    exception = f"exceptions/{invoice.exceptions.get().public_id}/resolve"
    bodies = {"reject": {"reason": "x"}, "resolve": {"resolution": "accepted", "note": "x"}}

    read = {place for place in READS if caller.get(path + place).status_code == 200}
    tried = {
        name: caller.post(
            f"{path}/{exception if name == 'resolve' else name}",
            bodies.get(name),
            If_Match='"stale"',
        ).status_code
        for name in (*ACTS, "resolve")
    }

    assert set(tried.values()) <= {403, 412, 422}
    assert (read, {name for name, status in tried.items() if status != 403}) == MAY[role]


def test_machine_with_the_scope_decides_too(world: World) -> None:
    path = path_of(invoiced(ready(world)))

    answer = act(caller_of(world, Role.APPROVER_ADMIN), path, "approve")

    assert (answer.status_code, answer.json()["status"]) == (200, "approved")
