"""Whatever comes, goes back, is claimed, credited and rejected: the counters stay true."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F, Sum
from hypothesis import HealthCheck, given, settings
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
from apps.procurement.services import approve_invoice, match_invoice, reject_invoice
from apps.procurement.states import VOIDED
from tests.factories.fulfilment import buyer_of, received, taken_back, tolerance
from tests.factories.invoices import (
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
STEPS = some.lists(
    some.one_of(
        some.tuples(some.just("receive"), PIECES, WHICH, PRICES),
        some.tuples(some.just("reverse"), PIECES, WHICH, PRICES),
        some.tuples(some.just("invoice"), PIECES, WHICH, PRICES),
        some.tuples(some.just("credit"), PIECES, WHICH, PRICES),
        some.tuples(some.just("reject"), PIECES, WHICH, PRICES),
        some.tuples(some.just("approve"), PIECES, WHICH, PRICES),
        some.tuples(some.just("match"), PIECES, WHICH, PRICES),
    ),
    min_size=1,
    max_size=12,
)
ORDERED = Decimal(10)


class Scene:
    """One order of ten, its vendor, its buyer, and somebody who decides."""

    def __init__(self, world: World) -> None:
        price = Decimal("3.3333")
        self.order = issued(world, lines=(line_draft(quantity=ORDERED, unit_price=price),))
        self.buyer, self.seller = buyer_of(self.order), seller_of(self.order)
        self.decider = decider(world)

    def step(self, name: str, pieces: int, which: int, price: str) -> None:
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
        if which < len(known):
            taken_back(known[which], actor=self.buyer)

    def invoice(self, pieces: int, _which: int, price: str) -> None:
        invoiced(self.order, claimed(str(pieces), price), actor=self.seller)

    def credit(self, pieces: int, which: int, _price: str) -> None:
        if invoice := self._invoice(which):
            credited(invoice, *([taken(str(pieces))] if pieces < 9 else []), actor=self.seller)

    def reject(self, _pieces: int, which: int, _price: str) -> None:
        self._decide(reject_invoice, which, reason="No")

    def approve(self, _pieces: int, which: int, _price: str) -> None:
        self._decide(approve_invoice, which)

    def match(self, _pieces: int, which: int, _price: str) -> None:
        self._decide(match_invoice, which)

    def _decide(self, act: Callable[..., Invoice], which: int, **asked: Any) -> None:
        if invoice := self._invoice(which):
            act(**asked_of(invoice, self.decider, **asked))

    def _invoice(self, which: int) -> Invoice | None:
        known = Invoice.objects.filter(order=self.order).order_by("id")
        return known[which] if which < len(known) else None


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
    matched = standing.filter(invoice__status="matched").aggregate(
        quantity=Sum(F("quantity") - F("quantity_credited"), default=Decimal(0))
    )
    assert matched["quantity"] <= line.quantity_accepted
    billed = {0: "none", ORDERED: "full"}.get(line.quantity_invoiced, "partial")
    order.refresh_from_db()
    if not (line.quantity_invoiced == 0 and line.amount_invoiced):
        assert order.billing_status == billed


@given(steps=STEPS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_counters_stay_true_whatever_happens(world: World, steps: list[Any]) -> None:
    with transaction.atomic():
        tolerance(world, price_percent=Decimal(1))
        scene = Scene(world)
        for step in steps:
            scene.step(*step)
            check(scene.order)
        transaction.set_rollback(True)
