"""Whatever comes, goes back, is claimed, credited and rejected: the counters stay true."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F, QuerySet, Sum
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from apps.core.errors import DomainError
from apps.procurement.models import (
    Invoice,
    InvoiceLine,
    PurchaseOrder,
    PurchaseOrderLine,
    Receipt,
    ReceiptLine,
)
from apps.procurement.policy.agreed_prices import agreed_amount
from apps.procurement.services import (
    approve_invoice,
    match_invoice,
    pay_invoice,
    reject_invoice,
)
from apps.procurement.states import VOIDED
from tests.factories.fulfilment import buyer_of, received, taken_back, tolerance
from tests.factories.invoices import (
    account,
    asked_of,
    claimed,
    credited,
    decider,
    invoiced,
    seller_of,
    taken,
)
from tests.factories.procurement import issued, line_draft
from tests.factories.world import World

pytestmark = pytest.mark.django_db
PIECES = some.integers(min_value=1, max_value=12)
PRICES = some.sampled_from(["3.33", "3.3333", "3.50"])
WHICH = some.integers(min_value=0, max_value=3)
NETS = some.none() | some.sampled_from(["0", "0.01", "3.33", "10"])
STEPS = some.lists(
    some.one_of(
        some.tuples(some.just("receive"), PIECES, WHICH, PRICES),
        some.tuples(some.just("reverse"), PIECES, WHICH, PRICES),
        some.tuples(some.just("invoice"), PIECES, WHICH, PRICES),
        some.tuples(some.just("credit"), PIECES, WHICH, NETS),
        some.tuples(some.just("reject"), PIECES, WHICH, PRICES),
        some.tuples(some.just("approve"), PIECES, WHICH, PRICES),
        some.tuples(some.just("match"), PIECES, WHICH, PRICES),
        some.tuples(some.just("pay"), PIECES, WHICH, PRICES),
    ),
    min_size=1,
    max_size=12,
)
# Pieces freed for nothing once they are paid, and claimed again.
PAID_TWICE = [
    ("receive", 5, 0, "3.33"),
    ("invoice", 5, 0, "3.33"),
    ("approve", 0, 0, "3.33"),
    ("pay", 0, 0, "3.33"),
    ("credit", 5, 0, "0"),
    ("invoice", 5, 0, "3.33"),
]
ORDERED, PERCENT, CENT = Decimal(10), Decimal(1), Decimal("0.01")
CLAIMED_BY_RIGHT = ("matched", "approved", "paid")


class Scene:
    """One order of ten, its vendor, its buyer, and somebody who decides."""

    def __init__(self, world: World) -> None:
        price = Decimal("3.3333")
        self.order = issued(world, lines=(line_draft(quantity=ORDERED, unit_price=price),))
        self.buyer, self.seller = buyer_of(self.order), seller_of(self.order)
        self.decider = decider(world)
        account(self.order, datetime.now(tz=UTC))

    def step(self, name: str, pieces: int, which: int, price: str | None) -> None:
        """Do it, or be refused."""
        try:
            with transaction.atomic():
                getattr(self, name)(pieces, which, price)
        except DomainError:
            pass

    def receive(self, pieces: int, _which: int, _price: str) -> None:
        received(self.order, str(pieces), actor=self.buyer)

    def reverse(self, _pieces: int, which: int, _price: str) -> None:
        known = Receipt.objects.filter(order=self.order).order_by("id")
        if known:
            taken_back(known[which % len(known)], actor=self.buyer)

    def invoice(self, pieces: int, _which: int, price: str) -> None:
        invoiced(self.order, claimed(str(pieces), price), actor=self.seller)

    def credit(self, pieces: int, which: int, net: str | None) -> None:
        """Of 12 the whole, of 11 only money, else pieces, no more than there are, with so much
        money or, unless told, with their share.
        """
        if invoice := self._invoice(which):
            left = invoice.lines.get().quantity_claimed
            part = taken(str(min(left, pieces % 11)), net)
            credited(invoice, *([part] if pieces < 12 else []), actor=self.seller)

    def reject(self, _pieces: int, which: int, _price: str) -> None:
        self._decide(reject_invoice, which, reason="No")

    def approve(self, _pieces: int, which: int, _price: str) -> None:
        self._decide(approve_invoice, which)

    def match(self, _pieces: int, which: int, _price: str) -> None:
        self._decide(match_invoice, which)

    def pay(self, _pieces: int, which: int, _price: str) -> None:
        self._decide(pay_invoice, which)

    def _decide(self, act: Callable[..., Invoice], which: int, **asked: Any) -> None:
        if invoice := self._invoice(which):
            act(**asked_of(invoice, self.decider, **asked))

    def _invoice(self, which: int) -> Invoice | None:
        known = Invoice.objects.filter(order=self.order).order_by("id")
        return known[which % len(known)] if known else None


def check(order: PurchaseOrder) -> None:
    """Invariants 2d no. 2 and 3, and that counters equal the sums of their rows."""
    line = PurchaseOrderLine.objects.get(order=order)
    standing = InvoiceLine.objects.filter(invoice__order=order).exclude(invoice__status__in=VOIDED)
    sums = standing.aggregate(
        quantity=Sum(F("quantity") - F("quantity_credited"), default=Decimal(0)),
        net=Sum(F("net") - F("amount_credited"), default=Decimal(0)),
    )
    assert (line.quantity_invoiced, line.amount_invoiced) == (sums["quantity"], sums["net"])
    came = ReceiptLine.objects.filter(receipt__order=order).aggregate(
        all=Sum("quantity", default=Decimal(0))
    )
    assert line.quantity_received == came["all"]
    assert 0 <= line.quantity_invoiced <= ORDERED
    check_money(line, standing.filter(invoice__status__in=CLAIMED_BY_RIGHT))
    billed = {0: "none", ORDERED: "full"}.get(line.quantity_invoiced, "partial")
    order.refresh_from_db()
    assert order.billing_status == billed


def check_money(line: PurchaseOrderLine, rightful: QuerySet[InvoiceLine]) -> None:
    """What nobody has to decide on was accepted, and costs what was agreed for as many pieces and
    the tolerance; each part, and each credit of one, may be rounded up by half a cent.
    """
    pieces = sum((row.quantity_claimed for row in rightful), Decimal(0))
    money = sum((row.amount_claimed for row in rightful), Decimal(0))
    rounding = CENT * len(rightful)
    assert pieces <= line.quantity_accepted
    for quantity in (pieces, line.quantity_accepted):
        assert money <= agreed_amount(line, quantity, "EUR", PERCENT) + rounding
    assert not [row for row in rightful if row.amount_claimed and not row.quantity_claimed]


@given(steps=STEPS)
@example(steps=PAID_TWICE)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_counters_stay_true_whatever_happens(world: World, steps: list[Any]) -> None:
    with transaction.atomic():
        tolerance(world, price_percent=PERCENT)
        scene = Scene(world)
        for step in steps:
            scene.step(*step)
            check(scene.order)
        transaction.set_rollback(True)
