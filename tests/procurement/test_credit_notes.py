"""Credit notes: what they take back, what they free, and what is left."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.errors import (
    ForbiddenError,
    InvalidTransitionError,
    NotFoundError,
    ValidationFailedError,
)
from apps.procurement.errors import (
    DuplicateInvoiceError,
    TotalsMismatchError,
    UnitNotAllowedError,
)
from apps.procurement.models import CreditNote, Invoice, PurchaseOrder
from apps.procurement.policy.drafts import AdjustmentDraft, Tax
from apps.procurement.services import approve_invoice, pay_invoice, reject_invoice
from tests.factories.fulfilment import buyer_of
from tests.factories.invoices import (
    account,
    claimed,
    counts,
    credited,
    day,
    decided,
    invoiced,
    ready,
    taken,
)
from tests.factories.procurement import actor_for
from tests.factories.world import World

pytestmark = pytest.mark.django_db
VAT = Tax("S", Decimal(25))


@pytest.fixture
def order(world: World) -> PurchaseOrder:
    return ready(world)


@pytest.fixture
def invoice(order: PurchaseOrder) -> Invoice:
    return invoiced(order)


def sums(note: CreditNote) -> tuple[Decimal, Decimal, Decimal]:
    return note.lines_net, note.tax_total, note.tax_inclusive


def faults(error: pytest.ExceptionInfo[Any]) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in error.value.errors]


def test_part_is_taken_back_with_its_tax(order: PurchaseOrder, invoice: Invoice) -> None:
    note = credited(invoice, taken("8"))

    assert sums(note) == (34, Decimal("8.50"), Decimal("42.50"))
    assert (note.whole, note.number[:4]) == (False, "CRN-")
    assert counts(order) == (12, 51)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.credited_total) == ("matched", Decimal("42.50"))
    assert note.invoice_revision == invoice.revision
    event = Event.objects.get(action=Action.INVOICE_CREDITED)
    assert (event.data["credit_note"], event.data["tax_inclusive"]) == (note.public_id, "42.50")
    assert event.session_id == note.created_by_session_id


def test_whole_makes_the_invoice_void_and_frees_the_order(
    order: PurchaseOrder, invoice: Invoice
) -> None:
    note = credited(invoice)

    invoice.refresh_from_db()
    order.refresh_from_db()
    assert (note.whole, invoice.status, order.billing_status) == (True, "void", "none")
    assert sums(note) == (85, Decimal("21.25"), Decimal("106.25"))
    assert counts(order) == (0, 0)
    assert invoiced(order, claimed("120")).status == "matched"


def test_parts_that_come_to_the_whole_make_it_void(order: PurchaseOrder, invoice: Invoice) -> None:
    notes = [credited(invoice, taken(pieces)) for pieces in ("7", "7", "6")]

    invoice.refresh_from_db()
    assert [note.whole for note in notes] == [False, False, True]
    assert (invoice.status, invoice.credited_total) == ("void", Decimal("106.25"))
    assert counts(order) == (0, 0)


def test_last_part_takes_the_rest_of_net_and_tax_with_it(world: World) -> None:
    order = ready(world)
    invoice = invoiced(order, claimed("3", "0.0333"))  # 0.0999: 0.10, and 0.025 of tax: 0.03.

    notes = [credited(invoice, taken("1")) for _ in range(3)]

    assert [(note.lines_net, note.tax_total) for note in notes] == [
        (Decimal("0.03"), Decimal("0.01")),
        (Decimal("0.04"), Decimal("0.01")),
        (Decimal("0.03"), Decimal("0.01")),
    ]
    invoice.refresh_from_db()
    assert (invoice.status, invoice.credited_total) == ("void", invoice.tax_inclusive)


def test_discount_on_the_whole_is_taken_back_with_the_whole(world: World) -> None:
    order = ready(world)
    discount = AdjustmentDraft(reason="Discount", amount=Decimal(5), tax=VAT)
    invoice = invoiced(order, allowances=(discount,))

    with pytest.raises(ValidationFailedError) as refused:
        credited(invoice, taken("20"))
    assert faults(refused) == [("/lines", "too-much")]

    note = credited(invoice)
    assert (note.lines_net, note.tax_exclusive, note.tax_inclusive) == (85, 80, 100)


@pytest.mark.parametrize(
    ("line", "pointer", "code"),
    (
        (taken("21"), "/lines/0/quantity", "too-much"),
        (taken("20.000001"), "/lines/0/quantity", "too-much"),
        (taken("-1"), "/lines/0/quantity", "too-much"),
        (taken("1", "85.01"), "/lines/0/net", "too-much"),
        (taken("1", "-0.01"), "/lines/0/net", "too-much"),
        (taken("1", "1.001"), "/lines/0/net", "too-precise"),
        (taken("0"), "/lines/0", "nothing-credited"),
        (taken("0", "0"), "/lines/0", "nothing-credited"),
        (taken("1", line_no=2), "/lines/0/line_no", "not-found"),
    ),
)
def test_more_than_is_left_or_nothing_is_refused(
    order: PurchaseOrder, invoice: Invoice, line: Any, pointer: str, code: str
) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        credited(invoice, line)

    assert faults(refused) == [(pointer, code)]
    assert counts(order) == (20, 85)


def test_half_a_piece_is_refused(invoice: Invoice) -> None:
    with pytest.raises(UnitNotAllowedError):
        credited(invoice, taken("0.5"))


def test_wrong_totals_are_refused_with_the_right_ones(invoice: Invoice) -> None:
    with pytest.raises(TotalsMismatchError) as refused:
        credited(invoice, taken("8"), totals={"tax_inclusive": Decimal("42.51")})

    assert faults(refused) == [("/totals/tax_inclusive", "totals-mismatch")]


def test_number_is_used_once_a_year(world: World, invoice: Invoice) -> None:
    credited(invoice, taken("1"), vendor_number="CN-1", issue_date=day(1, 1, years_ago=2))

    with pytest.raises(DuplicateInvoiceError):
        credited(invoice, taken("1"), vendor_number="cn 1", issue_date=day(12, 31, years_ago=2))

    other = invoiced(ready(world))
    assert credited(other, vendor_number="CN-1", issue_date=day(1, 1)).whole


def test_invoice_of_a_closed_order_is_credited(world: World) -> None:
    order = ready(world)
    invoice = invoiced(order, claimed("120"))
    decided(approve_invoice, invoice, world)
    account(order, invoice.created_at)
    decided(pay_invoice, invoice, world)

    assert credited(invoice).refundable == invoice.tax_inclusive

    invoice.refresh_from_db()
    order.refresh_from_db()
    assert (invoice.status, order.status, order.billing_status) == ("void", "closed", "none")


@pytest.mark.parametrize("ending", ("rejected", "void"))
def test_invoice_that_claims_nothing_is_not_credited(
    world: World, invoice: Invoice, ending: str
) -> None:
    if ending == "rejected":
        decided(reject_invoice, invoice, world)
    else:
        credited(invoice)

    with pytest.raises(InvalidTransitionError) as refused:
        credited(invoice, taken("1"))

    assert refused.value.extra == {"from": ending, "to": "void", "allowed": []}


def test_buyer_credits_nothing(order: PurchaseOrder, invoice: Invoice) -> None:
    with pytest.raises(ForbiddenError):
        credited(invoice, actor=buyer_of(order))


def test_other_vendor_finds_nothing_to_credit(world: World, invoice: Invoice) -> None:
    with pytest.raises(NotFoundError):
        credited(invoice, actor=actor_for(world.globex, world.office))


@pytest.mark.parametrize("table", ("creditnote", "creditnoteline", "creditnotetax"))
@pytest.mark.parametrize("statement", ("UPDATE {} SET id = id", "DELETE FROM {}"))
def test_credit_note_is_written_once(invoice: Invoice, table: str, statement: str) -> None:
    credited(invoice, taken("1"))

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(f"procurement_{table}"))
