"""When an act took effect outside: recorded and told, and nothing that a rule goes by."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.errors import ConflictError, ValidationFailedError
from apps.procurement.errors import SpendLimitExceededError
from apps.procurement.formats.times import instant
from apps.procurement.models import (
    Approval,
    OrderChange,
    OrderRevision,
    PurchaseOrder,
    SpendReservation,
)
from apps.procurement.policy.effects import check_effect
from apps.procurement.selectors.trace import trace_order
from apps.procurement.services import (
    accept_change,
    approve_change,
    approve_invoice,
    approve_order,
    issue_order,
    match_invoice,
    pay_invoice,
    refuse_change,
    reject_invoice,
    reverse_receipt,
    submit_order,
    withdraw_change,
    withdraw_shipment,
)
from tests.factories.fulfilment import buyer_of, received, shipped
from tests.factories.gateway import ANY_REVISION, ORDERS, Caller, faults, problem
from tests.factories.identity import staff_browser
from tests.factories.invoices import account, decided, invoiced, ready
from tests.factories.partners import buyer_machine
from tests.factories.policies import approval_rule, policy
from tests.factories.procurement import (
    actor_for,
    asking,
    buyer_caller,
    buyer_person,
    changed,
    drafted,
    issued,
    order_of,
    post_order,
    proposed,
    vendor_caller,
)
from tests.factories.spending import draft_of
from tests.factories.world import World

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MADE = NOW - timedelta(days=3)
LONG_AGO = datetime.now(tz=UTC) - timedelta(days=60)
SCOPES = (
    "purchase_orders:read", "purchase_orders:create", "purchase_orders:issue",
    "purchase_orders:cancel", "purchase_orders:hold", "receipts:read", "receipts:write",
    "invoices:read", "invoices:approve",
)  # fmt: skip


@pytest.fixture
def erp(world: World) -> Caller:
    return buyer_caller(world, *SCOPES[:3])


def just_now() -> datetime:
    """After everything that a test has made, and before it acts."""
    return datetime.now(tz=UTC)


def made_long_ago(world: World) -> PurchaseOrder:
    """A draft of 100 euros that lay for two months."""
    order = draft_of(world, actor_for(world.erp, world.office), "100")
    PurchaseOrder.objects.filter(pk=order.pk).update(created_at=LONG_AGO)
    return order


def newest(order: PurchaseOrder) -> OrderRevision:
    return OrderRevision.objects.filter(order=order).select_related("event").latest("revision")


def told(action: Action) -> Any:
    return Event.objects.filter(action=action).latest("at").data.get("effective_at")


@pytest.mark.parametrize("effective_at", (None, MADE, MADE + timedelta(hours=1), NOW))
def test_act_takes_effect_between_the_making_and_now(effective_at: datetime | None) -> None:
    check_effect(effective_at, created_at=MADE, at=NOW)


@pytest.mark.parametrize(
    ("effective_at", "code"),
    (
        (NOW + timedelta(microseconds=1), "in-future"),
        (MADE - timedelta(microseconds=1), "too-early"),
    ),
)
def test_act_takes_effect_at_no_other_time(effective_at: datetime, code: str) -> None:
    with pytest.raises(ValidationFailedError) as refusal:
        check_effect(effective_at, created_at=MADE, at=NOW)

    (fault,) = refusal.value.errors
    assert (fault.pointer, fault.code) == ("/effective_at", code)


@pytest.mark.parametrize(
    "said",
    (
        "2026-11-20T10:00:00",
        "2026-11-20",
        "yesterday",
        "",
        None,
        1_763_632_800,
        "2026-13-01T00:00:00Z",
    ),
)
def test_time_without_its_offset_is_refused(world: World, erp: Caller, said: Any) -> None:
    path = post_order(erp, world)["Location"]

    answer = erp.post(f"{path}/submit", {"effective_at": said}, If_Match="*")

    assert problem(answer) == (422, "validation-error")
    assert [pointer for pointer, _ in faults(answer)] == ["/effective_at"]


@pytest.mark.parametrize(
    ("away", "code"), ((timedelta(hours=1), "in-future"), (-timedelta(hours=1), "too-early"))
)
@pytest.mark.parametrize(
    "act",
    ("submit", "issue", "cancel", "close", "hold", "release"),
)
def test_order_acts_refuse_a_time_that_cannot_be(
    world: World, act: str, away: timedelta, code: str
) -> None:
    order = drafted(world)
    caller = buyer_machine(world, "approver_admin", *SCOPES)
    body = {"effective_at": (just_now() + away).isoformat()}

    answer = caller.post(f"{ORDERS}/{order.public_id}/{act}", body, If_Match="*")

    assert problem(answer) == (422, "validation-error")
    assert faults(answer) == [("/effective_at", code)]
    assert PurchaseOrder.objects.get(pk=order.pk).revision == 1


def test_order_act_is_recorded_and_told_to_both_sides(world: World) -> None:
    order, said = issued(world), just_now()
    caller = buyer_machine(world, "approver_admin", *SCOPES)
    body = {"reason": "Agreed by phone", "effective_at": said.astimezone().isoformat()}

    answer = caller.post(f"{ORDERS}/{order.public_id}/cancel", body, If_Match="*")

    assert answer.status_code == 200, answer.content
    kept = newest(order)
    assert kept.effective_at == said
    assert kept.event.data["effective_at"] == instant(said)
    for reader in (caller, vendor_caller(world.acme)):
        rows = reader.get(f"{ORDERS}/{order.public_id}/revisions").json()["data"]
        first, *others = (row["effective_at"] for row in rows)
        assert (first, {*others}) == (instant(said), {None})
        receipt = reader.get(f"{ORDERS}/{order.public_id}/authorization", revision="4").json()
        assert receipt["revisions"][0]["effective_at"] == instant(said)
        public = receipt["revisions"][0]["event"]["public"]
        assert public["data"]["effective_at"] == instant(said)


def test_trace_tells_when_it_took_effect(world: World) -> None:
    order, said = drafted(world), just_now()
    submit_order(**asking(order, actor_for(world.erp, world.office), effective_at=said))

    traced = trace_order(order.number)

    assert [row.revision.effective_at for row in traced] == [None, said]
    page = staff_browser().get(f"/admin/procurement/purchaseorder/{order.pk}/trace/")
    assert page.content.decode().count("Took effect outside") == 2
    assert said.strftime("%-d %b %Y, %H:%M UTC") in page.content.decode()


def test_act_that_says_nothing_of_it_records_nothing(world: World) -> None:
    order = issued(world)

    assert newest(order).effective_at is None
    assert "effective_at" not in newest(order).event.data


def test_clocks_of_an_order_are_the_servers(world: World) -> None:
    policy(world.buyer, per_order_max=10_000, cumulative_max=10_000)
    order, at = made_long_ago(world), just_now()
    actor = actor_for(world.erp, world.office)

    submit_order(**asking(order, actor, at=at, effective_at=LONG_AGO))
    issue_order(**asking(order, actor, at=at, effective_at=LONG_AGO))

    order.refresh_from_db()
    assert {order.submitted_at, order.issued_at, order.updated_at, newest(order).at} == {at}
    (reserved,) = SpendReservation.objects.filter(order=order)
    assert {reserved.reserved_at, reserved.changed_at} == {at}


def test_limit_of_a_period_is_not_escaped_by_an_earlier_time(world: World) -> None:
    """Ordered today, said to be of two months ago: it is today's all the same."""
    policy(world.buyer, per_period_max=150, period_days=30)
    first, second = (made_long_ago(world) for _ in range(2))
    actor = actor_for(world.erp, world.office)
    submit_order(**asking(first, actor, effective_at=LONG_AGO))

    with pytest.raises(SpendLimitExceededError):
        submit_order(**asking(second, actor, effective_at=LONG_AGO))


def test_approval_is_of_when_it_was_given_here(world: World) -> None:
    approval_rule(world.buyer, amount_from=1)
    requester, approver = (buyer_person(world, f"{name}@nordwind.example") for name in "ab")
    order = drafted(world, requester)
    submit_order(**asking(order, requester))
    said, at = just_now(), just_now()

    approve_order(**asking(order, approver, at=at, effective_at=said))

    assert Approval.objects.get().at == at
    assert newest(order).effective_at == said


@pytest.mark.parametrize(
    ("decide", "action"),
    (
        (accept_change, Action.ORDER_CHANGED),
        (refuse_change, Action.ORDER_CHANGE_REFUSED),
        (withdraw_change, Action.ORDER_CHANGE_WITHDRAWN),
    ),
)
def test_decision_on_a_change_tells_when_it_took_effect(
    world: World, decide: Any, action: Action
) -> None:
    order = issued(world)
    vendor, buyer = actor_for(world.acme, world.office), actor_for(world.erp, world.office)
    change = proposed(order, vendor)
    actor, said, at = vendor if decide is withdraw_change else buyer, just_now(), just_now()

    decide(**asking(order, actor, at=at, effective_at=said), change_id=change.public_id)

    assert told(action) == instant(said)
    assert OrderChange.objects.get(pk=change.pk).decided_at == at


def test_approval_of_a_change_tells_when_it_took_effect(world: World) -> None:
    order = issued(world)
    change = proposed(order, actor_for(world.acme, world.office), changed(quantity=Decimal(200)))
    said = just_now()

    approve_change(
        **asking(order, buyer_person(world, "a@nordwind.example"), effective_at=said),
        change_id=change.public_id,
    )

    assert told(Action.ORDER_CHANGE_APPROVED) == instant(said)


def test_decision_on_a_change_is_not_before_the_proposal(world: World) -> None:
    order = issued(world)
    change = proposed(order, actor_for(world.acme, world.office))
    early = change.created_at - timedelta(microseconds=1)

    with pytest.raises(ValidationFailedError):
        refuse_change(
            **asking(order, actor_for(world.erp, world.office), effective_at=early),
            change_id=change.public_id,
        )


def test_reversal_of_a_receipt_tells_when_it_took_effect(world: World) -> None:
    receipt = received(issued(world))
    caller, said = buyer_machine(world, "approver_admin", *SCOPES), just_now()
    path = f"/api/v1/receipts/{receipt.public_id}"
    early = {"effective_at": instant(receipt.posted_at - timedelta(seconds=1))}

    refused = caller.post(f"{path}/reverse", early, If_Match="*")
    answer = caller.post(f"{path}/reverse", {"effective_at": instant(said)}, If_Match="*")

    assert faults(refused) == [("/effective_at", "too-early")]
    assert answer.status_code == 201, answer.content
    assert answer.json()["effective_at"] == instant(said)
    assert answer.json()["posted_at"] > instant(said)
    assert told(Action.RECEIPT_REVERSED) == instant(said)
    assert caller.get(path).json()["effective_at"] is None


def test_withdrawal_of_a_shipment_tells_when_it_took_effect(world: World) -> None:
    shipment = shipped(issued(world))
    vendor, said, at = actor_for(world.acme, world.office), just_now(), just_now()

    withdrawn = withdraw_shipment(
        actor=vendor,
        at=at,
        shipment_id=shipment.public_id,
        precondition=ANY_REVISION,
        effective_at=said,
    )

    assert withdrawn.withdrawn_at == at
    assert told(Action.SHIPMENT_WITHDRAWN) == instant(said)


@pytest.mark.parametrize(
    ("decide", "action", "column"),
    (
        (match_invoice, Action.INVOICE_MATCHED, "updated_at"),
        (approve_invoice, Action.INVOICE_APPROVED, "approved_at"),
        (reject_invoice, Action.INVOICE_REJECTED, "rejected_at"),
    ),
)
def test_decision_on_an_invoice_tells_when_it_took_effect(
    world: World, decide: Any, action: Action, column: str
) -> None:
    invoice = invoiced(ready(world))
    said, at = just_now(), just_now()

    after = decided(decide, invoice, world, at=at, effective_at=said)

    assert getattr(after, column) == at
    assert told(action) == instant(said)


def test_payment_tells_when_it_took_effect(world: World) -> None:
    order = ready(world)
    invoice = decided(approve_invoice, invoiced(order), world)
    said = just_now()  # Before there was an account to pay to.
    account(order, just_now())
    at = just_now()

    paid = decided(pay_invoice, invoice, world, at=at, effective_at=said)

    assert paid.paid_at == at
    assert told(Action.INVOICE_PAID) == instant(said)


def test_account_that_cools_off_is_paid_to_no_earlier(world: World) -> None:
    order = ready(world)
    invoice = decided(approve_invoice, invoiced(order), world)
    account(order, just_now(), effective_from=just_now() + timedelta(hours=48))

    with pytest.raises(ConflictError):
        decided(pay_invoice, invoice, world, effective_at=just_now())


def test_reversal_takes_no_time_before_its_receipt(world: World) -> None:
    receipt = received(issued(world))

    with pytest.raises(ValidationFailedError):
        reverse_receipt(
            actor=buyer_of(receipt.order),
            at=just_now(),
            receipt_id=receipt.public_id,
            precondition=ANY_REVISION,
            effective_at=receipt.posted_at - timedelta(days=1),
        )


def test_act_in_a_batch_takes_its_time_too(world: World, erp: Caller) -> None:
    order, said = order_of(post_order(erp, world)), just_now()
    body = {"effective_at": instant(said)}
    items = [{"key": "one", "id": order.public_id, "if_match": "*", "body": body}]

    answer = erp.post(
        "/api/v1/batches", {"type": "purchase_orders.submit", "atomic": True, "items": items}
    )

    assert answer.json()["done"] == 1, answer.content
    assert newest(order).effective_at == said
