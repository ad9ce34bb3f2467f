"""The second half of the orders' API: drafts patched, acts, lines, changes, revisions, answers."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.canonical import canonical_digest
from apps.partners.models import Role
from apps.procurement.models import OrderRevision, PurchaseOrder
from apps.procurement.policy.drafts import LineAnswer
from apps.procurement.rest.examples import PROPOSED_CHANGE
from apps.procurement.services import cancel_order, hold_order, refuse_change
from tests.factories.fulfilment import received, shipped
from tests.factories.gateway import ORDERS, Caller, faults, new_key, problem
from tests.factories.invoices import invoiced
from tests.factories.oauth import access_token, machine
from tests.factories.people import person_caller
from tests.factories.procurement import (
    BUYER_SCOPES,
    VENDOR_SCOPES,
    actor_for,
    answered,
    asking,
    buyer_caller,
    changed,
    issued,
    line_draft,
    order_payload,
    post_order,
    proposed,
    vendor_caller,
)
from tests.factories.world import World

pytestmark = pytest.mark.django_db
EDITOR_SCOPES = (*BUYER_SCOPES, "purchase_orders:change", "purchase_orders:hold")
ADMIN_SCOPES = (*EDITOR_SCOPES, "purchase_orders:cancel")
ADDRESS = {"name": "Gate 3", "lines": ["Havnegata 1"], "city": "Oslo", "country": "NO"}
FEWER = {"response": "CA", "lines": [{"line_no": 1, "code": "3", "promised_quantity": "100"}]}


def employee(world: World, *scopes: str, role: Role = Role.APPROVER_ADMIN) -> Caller:
    """A client of the buyer's own."""
    new = machine(scopes=scopes or ADMIN_SCOPES, role=role, projects=[world.office])
    return Caller(access_token(new))


@pytest.fixture
def erp(world: World) -> Caller:
    return employee(world)


@pytest.fixture
def acme(world: World) -> Caller:
    scopes = [*VENDOR_SCOPES, "purchase_orders:change", "purchase_orders:hold"]
    return Caller(access_token(machine(partner=world.acme, scopes=scopes, role=Role.ADMIN)))


def act(caller: Caller, seen: Any, name: str, body: Any = None, **headers: str) -> Any:
    """What is done to a resource whose last answer was ``seen``."""
    path = seen.json()["links"]["self"]
    return caller.post(f"{path}/{name}", body, **{"If_Match": seen["ETag"], **headers})


def sent(erp: Caller, world: World) -> Any:
    """The answer to an issue."""
    return act(erp, act(erp, post_order(erp, world), "submit"), "issue")


def queries(caller: Caller, path: str, **query: str) -> int:
    caller.get(path, **query)
    with CaptureQueriesContext(connection) as captured:
        assert caller.get(path, **query).status_code == 200
    return len(captured)


# --- Drafts -------------------------------------------------------------------------------------


def test_patch_of_a_draft_is_merged_and_reckoned_again(world: World, erp: Caller) -> None:
    created = post_order(erp, world)
    line = {**order_payload(world)["lines"][0], "quantity": "10"}
    second = {**line, "line_no": 2, "description": "Pens", "allowances": [], "charges": []}

    patch = {
        "lines": [line, second],
        "allowances": None,
        "reference": None,
        "ship_to": {"city": "Bergen"},
        "bill_to": ADDRESS,
        "terms": "30 days",
    }
    answer = erp.patch(created["Location"], patch, If_Match=created["ETag"])

    body = answer.json()
    assert (answer.status_code, body["revision"], body["status"]) == (200, 2, "draft")
    assert answer["ETag"] == f'"{body["id"]}.2"'
    assert [line["net"] for line in body["lines"]] == ["42.50", "42.50"]
    assert (body["allowances"], body["reference"], body["terms"]) == ([], "", "30 days")
    assert body["ship_to"] == {**order_payload(world)["ship_to"], "city": "Bergen"}
    assert body["bill_to"] == ADDRESS
    assert body["totals"]["tax_inclusive"] == "106.25"
    kept = OrderRevision.objects.get(revision=2)
    assert (kept.act, kept.scopes_exercised) == ("update", ["purchase_orders:create"])
    assert kept.content_sha256 == canonical_digest(kept.content)
    assert kept.event.action == Action.ORDER_UPDATED
    assert erp.get(created["Location"]).json() == body


def test_patch_that_changes_nothing_writes_nothing(world: World, erp: Caller) -> None:
    created = post_order(erp, world)

    answer = erp.patch(created["Location"], {"note": None}, If_Match=created["ETag"])

    assert (answer.status_code, answer["ETag"]) == (200, created["ETag"])
    assert OrderRevision.objects.count() == 1


@pytest.mark.parametrize(
    ("patch", "refusal"),
    (
        ({"vendor": "ptr_x"}, (422, "validation-error")),
        ({"number": "PO-1"}, (400, "unknown-field")),
        ({"nonsense": None}, (400, "unknown-field")),
        ({"lines": []}, (422, "validation-error")),
        ({"lines": None}, (422, "validation-error")),
        ({"currency": "XXZ"}, (422, "validation-error")),
        ({"totals": {"tax_inclusive": "1.00"}}, (422, "totals-mismatch")),
        ({"ship_to": {"country": "Norway"}}, (422, "validation-error")),
        ({"ship_to": {"country": "XX"}}, (422, "validation-error")),
        ([], (400, "malformed-request")),
    ),
)
def test_patch_is_validated_like_a_new_draft(
    world: World, erp: Caller, patch: Any, refusal: tuple[int, str]
) -> None:
    created = post_order(erp, world)

    assert problem(erp.patch(created["Location"], patch, If_Match=created["ETag"])) == refusal
    assert OrderRevision.objects.count() == 1


def test_draft_may_go_to_another_vendor_of_the_project_but_not_to_another_project(
    world: World, erp: Caller
) -> None:
    created = post_order(erp, world)
    path, tag = created["Location"], created["ETag"]

    moved = erp.patch(path, {"project": "prj_" + "0" * 26}, If_Match=tag)
    given = erp.patch(path, {"vendor": world.globex.public_id}, If_Match=tag)

    assert (problem(moved), faults(moved)) == (
        (422, "principal-mismatch"),
        [("/project", "principal-mismatch")],
    )
    assert given.json()["vendor"] == world.globex.public_id


def test_change_is_not_sent_to_a_country_that_there_is_not(world: World, erp: Caller) -> None:
    path = f"{ORDERS}/{issued(world).public_id}/changes"

    answer = erp.post(path, {"ship_to": {**ADDRESS, "country": "XX"}}, If_Match="*")

    assert (problem(answer), faults(answer)) == (
        (422, "validation-error"),
        [("/ship_to/country", "invalid")],
    )


def test_patch_needs_the_tag_and_a_draft(world: World, erp: Caller, acme: Caller) -> None:
    created = post_order(erp, world)
    path = created["Location"]

    assert problem(erp.patch(path, {})) == (428, "precondition-required")
    assert problem(erp.patch(path, {}, If_Match='"x"')) == (412, "revision-stale")
    act(erp, created, "submit")
    refused = erp.patch(path, {"note": "x"}, If_Match="*")
    assert problem(refused) == (409, "invalid-transition")
    assert refused.json()["from"] == "approved"
    assert problem(acme.patch(path, {}, If_Match="*")) == (403, "insufficient-scope")


# --- Acts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "scope"),
    (
        ("approve", "purchase_orders:approve"),
        ("reject", "purchase_orders:approve"),
        ("cancel", "purchase_orders:cancel"),
        ("close", "purchase_orders:cancel"),
        ("hold", "purchase_orders:hold"),
        ("release", "purchase_orders:hold"),
        ("changes", "purchase_orders:change"),
    ),
)
def test_act_needs_its_scope_and_headers(world: World, erp: Caller, name: str, scope: str) -> None:
    created = post_order(erp, world)
    reader = employee(world, "purchase_orders:read")

    refused = act(reader, created, name)

    assert problem(refused) == (403, "insufficient-scope")
    assert refused.json()["required"] == [scope]
    if scope != "purchase_orders:approve":
        assert problem(act(erp, created, name, If_Match="")) == (428, "precondition-required")
        assert problem(act(erp, created, name, Idempotency_Key="")) == (
            400,
            "idempotency-key-missing",
        )


def test_order_is_held_released_closed(world: World, erp: Caller, acme: Caller) -> None:
    order = sent(erp, world)

    held = act(erp, order, "hold", {"reason": "Strike"})
    seen = acme.get(order.json()["links"]["self"])
    both = act(acme, seen, "hold", {"hold": "vendor_hold"})
    freed = act(erp, both, "release")
    closed = act(erp, freed, "close", {"reason": "Done"})

    assert [a.status_code for a in (held, both, freed, closed)] == [200] * 4
    assert [a.json()["holds"] for a in (held, both, freed)] == [
        ["buyer_hold"],
        ["buyer_hold", "vendor_hold"],
        ["vendor_hold"],
    ]
    assert (closed.json()["status"], closed.json()["links"].keys()) == ("closed", {"self"})


def test_held_order_says_so_when_it_is_to_be_issued(world: World, erp: Caller) -> None:
    submitted = act(erp, post_order(erp, world), "submit")
    held = act(erp, submitted, "hold", {"hold": "compliance_hold"})

    refused = act(erp, held, "issue")

    assert problem(refused) == (409, "order-on-hold")
    assert refused.json()["holds"] == ["compliance_hold"]


@pytest.mark.parametrize("hold", ("compliance_hold", "buyer_hold"))
def test_vendor_holds_by_its_own_hold_only(
    world: World, erp: Caller, acme: Caller, hold: str
) -> None:
    order = sent(erp, world)

    assert problem(act(acme, order, "hold", {"hold": hold})) == (403, "role-not-permitted")
    assert problem(act(erp, order, "hold", {"hold": "vendor_hold"})) == (403, "role-not-permitted")
    assert problem(act(erp, order, "hold", {"hold": "other"})) == (422, "validation-error")


def test_cancelling_again_by_the_same_key_is_answered_alike(world: World, erp: Caller) -> None:
    created, key = post_order(erp, world), new_key()

    first = act(erp, created, "cancel", {"reason": "x"}, Idempotency_Key=key)
    again = act(erp, created, "cancel", {"reason": "x"}, Idempotency_Key=key)

    assert (first.status_code, again.status_code) == (200, 200)
    assert again["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    assert Event.objects.filter(action=Action.ORDER_CANCELLED).count() == 1


def waiting(erp: Caller, world: World) -> Any:
    """The answer to an order that waits for its approval."""
    created = post_order(erp, world)
    PurchaseOrder.objects.update(status="pending_approval")
    return erp.get(created["Location"])


@pytest.mark.parametrize(("name", "status"), (("approve", "approved"), ("reject", "draft")))
def test_person_decides_on_an_order_that_waits(
    world: World, erp: Caller, name: str, status: str
) -> None:
    order = waiting(erp, world)
    ann = person_caller(
        world, "ann@nordwind.example", "purchase_orders:read", "purchase_orders:approve"
    )

    answer = act(ann, order, name, {"reason": "Checked"})

    assert (answer.status_code, answer.json()["status"]) == (200, status)
    kept = OrderRevision.objects.get(revision=2)
    assert (kept.act, kept.scopes_exercised) == (name, ["purchase_orders:approve"])
    assert kept.session.user is not None


def test_person_does_not_approve_their_own_order(world: World) -> None:
    ann = person_caller(
        world,
        "ann@nordwind.example",
        "purchase_orders:read",
        "purchase_orders:create",
        "purchase_orders:approve",
    )
    order = waiting(ann, world)

    assert problem(act(ann, order, "approve")) == (403, "segregation-of-duties")
    assert Event.objects.filter(action=Action.REQUEST_DENIED).count() == 1


# --- Changes ------------------------------------------------------------------------------------


def test_change_is_proposed_read_and_accepted(world: World, erp: Caller, acme: Caller) -> None:
    order = sent(erp, world)
    path = order.json()["links"]["self"]

    made = act(acme, order, "changes", PROPOSED_CHANGE)
    seen = erp.get(made["Location"])
    listed = erp.get(f"{path}/changes", **{"filter[status]": "proposed"})
    accepted = act(erp, seen, "accept", {"reason": "Fine"})

    body = made.json()
    assert (made.status_code, made["ETag"]) == (201, f'"{body["id"]}.1"')
    assert (body["proposed_by"], body["base_revision"], body["acknowledgement"]) == (
        "vendor",
        3,
        None,
    )
    assert body["diff"] == {"lines": [{"line_no": 1, "quantity": "100", "need_by": "2026-12-08"}]}
    assert "exceeds" not in body
    ours = {**body, "exceeds": [], "approved_at": None, "links": seen.json()["links"]}
    assert ours == seen.json()
    assert listed.json()["data"] == [seen.json()]
    after = accepted.json()
    assert (accepted.status_code, after["status"], after["resulting_revision"]) == (
        200,
        "accepted",
        4,
    )
    assert (accepted["ETag"], after["decision_reason"]) == (f'"{body["id"]}.2"', "Fine")
    assert after["links"].keys() == {"self", "purchase_order"}
    now = acme.get(path).json()
    assert (now["revision"], now["lines"][0]["quantity"]) == (4, "100")
    assert now["totals"]["tax_inclusive"] == "518.75"


def test_answer_with_changes_is_accepted_or_refused(
    world: World, erp: Caller, acme: Caller
) -> None:
    for decision, status in (("accept", "acknowledged"), ("refuse", "issued")):
        order = sent(erp, world)
        path = order.json()["links"]["self"]

        answer = act(acme, order, "acknowledgements", FEWER)
        change = erp.get(f"{path}/changes/{answer.json()['change']}")
        decided = act(erp, change, decision)

        assert change.json()["acknowledgement"] == answer.json()["id"]
        assert decided.status_code == 200
        assert erp.get(path).json()["status"] == status


def test_change_beyond_the_approval_is_approved_by_somebody_else(
    world: World, erp: Caller, acme: Caller
) -> None:
    order = sent(erp, world)
    made = act(erp, order, "changes", {"lines": [{"line_no": 1, "quantity": "130"}]})
    path = made.json()["links"]["self"]
    assert made.json()["exceeds"] == ["amount"]
    assert problem(acme.get(path)) == (404, "not-found")
    assert acme.get(f"{order.json()['links']['self']}/changes").json()["data"] == []
    ann = person_caller(
        world, "ann@nordwind.example", "purchase_orders:read", "purchase_orders:approve"
    )

    approved = act(ann, made, "approve")

    assert approved.status_code == 200
    assert approved.json()["approved_at"] is not None
    accepted = act(acme, acme.get(path), "accept")
    assert (accepted.status_code, "approved_at" in accepted.json()) == (200, False)


@pytest.mark.parametrize(
    ("body", "refusal"),
    (
        ({}, (422, "validation-error")),
        ({"lines": [{"line_no": 1, "remove": "true"}]}, (422, "validation-error")),
        ({"lines": [{"line_no": 1, "quantity": 5}]}, (422, "validation-error")),
        ({"price": "1"}, (400, "unknown-field")),
        ({"lines": [{"line_no": 1, "net": "1"}]}, (400, "unknown-field")),
    ),
)
def test_change_is_read_strictly(
    world: World, erp: Caller, body: Any, refusal: tuple[int, str]
) -> None:
    assert problem(act(erp, sent(erp, world), "changes", body)) == refusal


def test_buyer_changes_lines_and_address(world: World, erp: Caller) -> None:
    order = sent(erp, world)
    line = {**order_payload(world)["lines"][0], "line_no": 2}
    diff = {
        "lines": [{"line_no": 1, "remove": True}],
        "new_lines": [line],
        "requested_delivery": None,
        "ship_to": ADDRESS,
    }

    made = act(erp, order, "changes", diff)

    assert made.status_code == 201
    said = made.json()["diff"]
    assert said.keys() == diff.keys()
    assert (said["ship_to"], said["requested_delivery"]) == (ADDRESS, None)
    assert made.json()["exceeds"] == ["ship-to", "new-line"]


def test_declined_order_is_issued_again_with_a_change(
    world: World, erp: Caller, acme: Caller
) -> None:
    order = sent(erp, world)
    act(acme, order, "acknowledgements", {"response": "RE", "reason": "Too few"})
    path = order.json()["links"]["self"]
    assert problem(act(erp, erp.get(path), "issue")) == (409, "conflict")

    act(erp, erp.get(path), "changes", PROPOSED_CHANGE)
    again = act(erp, erp.get(path), "issue")

    assert (again.status_code, again.json()["status"]) == (200, "issued")
    assert again.json()["lines"][0]["quantity"] == "100"


def test_decision_by_the_same_key_is_answered_alike(
    world: World, erp: Caller, acme: Caller
) -> None:
    made, key = act(acme, sent(erp, world), "changes", PROPOSED_CHANGE), new_key()

    first = act(erp, made, "refuse", Idempotency_Key=key)
    again = act(erp, made, "refuse", Idempotency_Key=key)

    assert (again.status_code, again["Idempotency-Replayed"]) == (200, "true")
    assert again.json() == first.json()


# --- Lines, revisions, answers ------------------------------------------------------------------


def test_lines_tell_what_moved(world: World, erp: Caller, acme: Caller) -> None:
    order = issued(world)
    order.lines.update(
        quantity_received="20.5", quantity_accepted=20, quantity_invoiced=10, amount_invoiced="42.5"
    )

    for caller in (erp, acme):
        answer = caller.get(f"{ORDERS}/{order.public_id}/lines", fields="line_no,net")
        assert answer.json()["data"] == [{"line_no": 1, "net": "510.00", "_redacted": ["cost"]}]
        (line,) = caller.get(f"{ORDERS}/{order.public_id}/lines").json()["data"]
        assert (line["quantity_received"], line["quantity_accepted"]) == ("20.5", "20")
        assert (line["quantity_invoiced"], line["amount_invoiced"]) == ("10", "42.50")


def test_vendor_reads_reasons_that_are_for_it(world: World, acme: Caller) -> None:
    order, vendor = issued(world), actor_for(world.acme, world.office)
    erp = actor_for(world.erp, world.office)
    hold_order(**asking(order, vendor, reason="Ours"))
    line = LineAnswer(line_no=1, code="3", promised_quantity=Decimal(100))
    answer = answered(order, vendor, "CA", lines=(line,), reason="Fewer")
    refuse_change(**asking(order, erp, reason="All"), change_id=answer.change.public_id)
    cancel_order(**asking(order, erp, reason="A secret"))

    rows = acme.get(f"{ORDERS}/{order.public_id}/revisions").json()["data"]

    assert [(row["act"], row.get("reason", "kept")) for row in rows] == [
        ("cancel", "kept"),
        ("refuse_change", "All"),
        ("acknowledge", "Fewer"),
        ("hold", "Ours"),
        ("issue", "kept"),
    ]


def test_links_are_what_the_callers_side_may_do(world: World, erp: Caller, acme: Caller) -> None:
    path = f"{ORDERS}/{issued(world).public_id}"

    ours, theirs = ({*who.get(path).json()["links"]} for who in (erp, acme))

    assert ours == {"self", "acknowledgements", "changes", "cancel", "close"}
    assert theirs == {"self", "acknowledgements", "changes"}


def test_links_of_a_proposal_are_for_the_side_that_reads_it(
    world: World, erp: Caller, acme: Caller
) -> None:
    order = issued(world)
    more = proposed(order, actor_for(world.acme, world.office), changed(quantity=Decimal(130)))
    path = f"{ORDERS}/{order.public_id}/changes/{more.public_id}"

    ours, theirs = ({*who.get(path).json()["links"]} for who in (erp, acme))

    assert ours == {"self", "purchase_order", "accept", "refuse"}  # A machine never approves.
    assert theirs == {"self", "purchase_order", "withdraw"}


def test_links_of_documents_are_for_the_side_that_reads_them(world: World) -> None:
    order = issued(world)
    goods, notice = received(order), shipped(order)
    invoice = invoiced(order)
    scopes = ("receipts:read", "shipments:read", "invoices:read")

    def acts(caller: Caller) -> list[set[str]]:
        places = (f"receipts/{goods.public_id}", f"shipments/{notice.public_id}")
        found = (*places, f"invoices/{invoice.public_id}")
        shown = [{*caller.get(f"/api/v1/{place}").json()["links"]} for place in found]
        return [links - {"self", "purchase_order", "exceptions", "credit-notes"} for links in shown]

    assert acts(buyer_caller(world, *scopes)) == [
        {"reverse"},
        set(),
        {"match", "approve", "reject"},
    ]
    assert acts(vendor_caller(world.acme, *scopes)) == [set(), {"withdraw"}, set()]


def test_revisions_begin_with_the_issue_for_the_vendor(
    world: World, erp: Caller, acme: Caller
) -> None:
    order = issued(world)
    hold_order(**asking(order, actor_for(world.erp, world.office), reason="A secret"))
    answered(order, actor_for(world.acme, world.office))
    path = f"{ORDERS}/{order.public_id}/revisions"

    ours, theirs = erp.get(path).json()["data"], acme.get(path).json()["data"]

    assert [row["act"] for row in ours] == ["acknowledge", "hold", "issue", "submit", "create"]
    assert [row["act"] for row in theirs] == ["acknowledge", "hold", "issue"]
    assert (ours[1]["reason"], "content" in ours[1]) == ("A secret", False)
    assert ("reason" in theirs[1], theirs[1]["_redacted"]) == (False, ["reason"])
    first = ours[-1]["links"]["self"]
    assert problem(acme.get(first)) == (404, "not-found")
    one = erp.get(first)
    assert one["ETag"] == f'"{ours[-1]["id"]}.1"'
    assert canonical_digest(one.json()["content"]) == one.json()["content_sha256"]
    expanded = acme.get(path, expand="content", limit="1").json()["data"]
    assert expanded[0]["content"] == one.json()["content"]


def test_answers_are_read_back(world: World, erp: Caller, acme: Caller) -> None:
    order = sent(erp, world)
    made = act(acme, order, "acknowledgements", FEWER)
    path = f"{order.json()['links']['self']}/acknowledgements"

    for caller in (erp, acme):
        one = caller.get(made["Location"])
        assert (one.status_code, one.json(), one["ETag"]) == (200, made.json(), made["ETag"])
        assert caller.get(path).json()["data"] == [made.json()]
    unchanged = erp.browser.get(
        made["Location"],
        headers={**erp.credentials("GET", made["Location"]), "If-None-Match": made["ETag"]},
    )
    assert unchanged.status_code == 304


@pytest.mark.parametrize("place", ("lines", "changes", "revisions", "acknowledgements"))
def test_parts_of_an_order_are_for_its_two_sides(world: World, place: str) -> None:
    order = issued(world)
    path = f"{ORDERS}/{order.public_id}/{place}"
    globex = Caller(access_token(machine(partner=world.globex, scopes=VENDOR_SCOPES)))
    without = employee(world, "purchase_orders:create")

    assert problem(globex.get(path)) == (404, "not-found")
    assert problem(without.get(path)) == (403, "insufficient-scope")
    assert employee(world, "purchase_orders:read", role=Role.VIEWER).get(path).status_code == 200


@pytest.mark.parametrize(
    "path",
    ("changes/chg_x", "revisions/rev_x", "acknowledgements/ack_x", "changes/chg_" + "0" * 26),
)
def test_part_that_does_not_exist_is_not_found(world: World, erp: Caller, path: str) -> None:
    order = issued(world)

    assert problem(erp.get(f"{ORDERS}/{order.public_id}/{path}")) == (404, "not-found")


@pytest.mark.parametrize("place", ("lines", "changes", "revisions", "acknowledgements"))
def test_parts_take_as_many_queries_for_three_as_for_one(
    world: World, erp: Caller, place: str
) -> None:
    one, three = issued(world), issued(world, lines=tuple(line_draft(line_no=n) for n in (1, 2, 3)))
    less = LineAnswer(line_no=1, code="3", promised_quantity=Decimal(100))
    for order, times in ((one, 1), (three, 3)):
        vendor = actor_for(world.acme, world.office)
        for _ in range(times):
            answered(order, vendor, "CA", lines=(less,))
            order.changes.filter(status="proposed").update(
                status="withdrawn", decided_at=order.created_at
            )
            PurchaseOrder.objects.filter(pk=order.pk).update(status="issued")

    few = queries(erp, f"{ORDERS}/{one.public_id}/{place}")
    many = queries(erp, f"{ORDERS}/{three.public_id}/{place}")

    assert few == many <= 5
