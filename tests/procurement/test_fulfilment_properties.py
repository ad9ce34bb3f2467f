"""Whatever is received and taken back, in whatever order: the counters are the sum of the rows,
and nothing goes beyond what is allowed.
"""

from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from apps.core.errors import DomainError
from apps.procurement.models import PurchaseOrder, Receipt, ReceiptLine
from apps.procurement.policy.facets import is_fulfilled, receipt_facet
from apps.procurement.states import ReceiptFacet
from tests.factories.fulfilment import counted, received, taken_back, tolerance
from tests.factories.procurement import actor_for, issued, line_draft
from tests.factories.world import World

pytestmark = pytest.mark.django_db
GRAMS = some.integers(1, 70_000).map(lambda grams: Decimal(grams).scaleb(-3))
SHARES = some.sampled_from((Decimal(0), Decimal("0.5"), Decimal(1)))
STEPS = some.one_of(
    some.tuples(some.just("post"), GRAMS, SHARES),
    some.tuples(some.just("reverse"), some.integers(0, 9)),
)


def follow(order: PurchaseOrder, actor: Any, step: Any) -> str:
    """What became of the step: done, or the code it was refused with."""
    try:
        if step[0] == "post":
            _post, quantity, share = step
            rejected = (quantity * share).quantize(Decimal("0.001"))
            received(order, str(quantity), str(min(rejected, quantity)), actor=actor)
        else:
            receipts = list(Receipt.objects.filter(order=order).order_by("id"))
            if receipts:
                taken_back(receipts[step[1] % len(receipts)], actor=actor)
    except DomainError as error:
        return error.code
    return "done"


def summed(order: PurchaseOrder) -> tuple[Decimal, Decimal]:
    """What came and what was kept, by the rows."""
    rows = ReceiptLine.objects.filter(receipt__order=order)
    sums = rows.aggregate(
        came=Sum("quantity", default=Decimal(0)),
        kept=Sum(F("quantity") - F("rejected"), default=Decimal(0)),
    )
    return sums["came"], sums["kept"]


@given(steps=some.lists(STEPS, max_size=8), percent=some.sampled_from((0, 5)))
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_counters_are_the_sum_of_rows_and_stay_within_what_is_allowed(
    world: World, steps: list[Any], percent: int
) -> None:
    erp = actor_for(world.erp, world.office)

    with transaction.atomic():
        tolerance(world, over_receipt_percent=Decimal(percent))
        order = issued(world, lines=(line_draft(uom="KGM", quantity=Decimal(100)),))
        for step in steps:
            answer = follow(order, erp, step)
            came, kept = summed(order)
            assert answer in {"done", "over-receipt", "invalid-transition"}
            assert counted(order) == (came, kept)
            assert 0 <= kept <= Decimal(100 + percent)
            order.refresh_from_db()
            assert order.receipt_status == receipt_facet([order.lines.get()])
        transaction.set_rollback(True)  # Nothing of one example is left for the next.


@given(ordered=GRAMS, accepted=GRAMS, invoiced=GRAMS)
def test_order_is_fulfilled_when_all_is_accepted_and_all_accepted_is_invoiced(
    ordered: Decimal, accepted: Decimal, invoiced: Decimal
) -> None:
    line: Any = type(
        "Line",
        (),
        {
            "quantity": ordered,
            "quantity_received": accepted,
            "quantity_accepted": accepted,
            "quantity_invoiced": invoiced,
        },
    )()

    assert is_fulfilled([line]) is (ordered <= accepted <= invoiced)
    expected = {-1: ReceiptFacet.PARTIAL, 0: ReceiptFacet.FULL, 1: ReceiptFacet.OVER}
    assert receipt_facet([line]) == expected[(accepted > ordered) - (accepted < ordered)]
