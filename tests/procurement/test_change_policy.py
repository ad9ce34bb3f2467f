"""The rules of changes without a database: totals under any change, and what is kept of one."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.procurement.models import PurchaseOrderLine
from apps.procurement.money import EXACT
from apps.procurement.policy.approvals import exceeded
from apps.procurement.policy.change_documents import change_of, diff_document
from apps.procurement.policy.changes import (
    ChangeDraft,
    LineChange,
    apply_change,
)
from apps.procurement.policy.contents import line_of
from apps.procurement.policy.drafts import AdjustmentDraft, LineDraft, OrderDraft, Tax
from apps.procurement.policy.facets import billing_facet, receipt_facet
from apps.procurement.policy.line_documents import line_document
from apps.procurement.policy.totals import line_net, order_totals

# Time is measured in benchmarks/, never asserted.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
CURRENCIES = ("EUR", "JPY", "KWD")
quantities = st.decimals("0.001", "9999", places=3)
prices = st.decimals("0", "9999", places=4)
amounts = st.decimals("0", "99", places=0)
taxes = st.builds(
    Tax, st.sampled_from(("S", "AE")), st.sampled_from((Decimal(0), Decimal(25), Decimal("7.7")))
)
days = st.none() | st.dates(date(2026, 1, 1), date(2030, 1, 1))
adjustments = st.lists(
    st.builds(AdjustmentDraft, reason=st.just("Discount"), amount=amounts), max_size=2
).map(tuple)


def lines(number: int) -> st.SearchStrategy[LineDraft]:
    return st.builds(
        LineDraft,
        line_no=st.just(number),
        description=st.just("Paper"),
        quantity=quantities,
        uom=st.just("KGM"),
        unit_price=prices,
        price_base_quantity=st.sampled_from((Decimal(1), Decimal(100))),
        item_ids=st.just(({"scheme": "0160", "id": "7300010000001"},)),
        allowances=adjustments,
        charges=adjustments,
        tax=taxes,
        need_by=days,
    )


@st.composite
def orders(draw: st.DrawFn) -> OrderDraft:
    count = draw(st.integers(1, 4))
    return OrderDraft(
        project="prj_x",
        vendor="ptr_x",
        currency=draw(st.sampled_from(CURRENCIES)),
        lines=tuple(draw(lines(number)) for number in range(1, count + 1)),
    )


@st.composite
def changes(draw: st.DrawFn, order: OrderDraft) -> ChangeDraft:
    """Anything that leaves a line."""
    changed = []
    for line in order.lines[1:]:
        fields = draw(
            st.fixed_dictionaries(
                {}, optional={"quantity": quantities, "unit_price": prices, "need_by": days}
            )
        )
        remove = draw(st.booleans())
        changed.append(
            LineChange(line_no=line.line_no, fields={} if remove else fields, remove=remove)
        )
    new = tuple(draw(lines(number)) for number in draw(st.sampled_from(((), (7,), (7, 9)))))
    fields = draw(st.fixed_dictionaries({}, optional={"requested_delivery": days}))
    return ChangeDraft(lines=tuple(changed), new_lines=new, fields=fields)


@patient
@given(st.data())
def test_totals_after_a_change_are_those_of_its_lines(data: st.DataObject) -> None:
    order = data.draw(orders())
    change = data.draw(changes(order))

    after = apply_change(order, change)
    totals = order_totals(after)

    nets = [line_net(line, order.currency) for line in after.lines]
    assert totals.lines_net == sum(nets, Decimal(0))
    assert totals.tax_inclusive == totals.tax_exclusive + totals.tax
    assert totals.tax == sum((one.amount for one in totals.by_tax), Decimal(0))
    assert sum((one.taxable for one in totals.by_tax), Decimal(0)) == totals.tax_exclusive
    numbers = [line.line_no for line in after.lines]
    assert numbers == sorted(set(numbers))
    untouched = {line.line_no for line in order.lines} - {line.line_no for line in change.lines}
    assert [line for line in after.lines if line.line_no in untouched] == [
        line for line in order.lines if line.line_no in untouched
    ]


@patient
@given(st.data())
def test_what_is_kept_of_a_change_makes_the_same_order(data: st.DataObject) -> None:
    order = data.draw(orders())
    change = data.draw(changes(order))

    kept = diff_document(change)

    assert apply_change(order, change_of(kept)) == apply_change(order, change)
    assert diff_document(change_of(kept)) == kept


@patient
@given(lines(3))
def test_line_is_read_back_as_it_was_written(line: LineDraft) -> None:
    assert line_of(line_document(line)) == line


@patient
@given(orders(), st.integers(0, 3), quantities)
def test_more_of_anything_is_beyond_the_approval_and_less_is_not(
    order: OrderDraft, place: int, more: Decimal
) -> None:
    line = order.lines[place % len(order.lines)]
    with_more = replace(line, quantity=EXACT.add(line.quantity, more))
    lines_after = tuple(with_more if one is line else one for one in order.lines)
    larger = replace(order, lines=lines_after)
    costs_more = line_net(with_more, order.currency) > line_net(line, order.currency)

    assert exceeded(order, larger) == (("amount",) if costs_more else ())
    assert exceeded(larger, order) == ()
    assert exceeded(order, order) == ()


@pytest.mark.parametrize(
    ("quantity", "price", "base", "beyond"),
    (
        ("1", "510", "1", ("amount",)),  # The same money for one piece instead of 120.
        ("119", "4.2501", "1", ("amount",)),
        ("12", "425", "100", ()),
        ("12", "425.0001", "100", ("amount",)),
        ("119", "4.25", "1", ()),
        ("120", "4.2499", "1", ()),
    ),
)
def test_higher_price_for_as_much_is_beyond_the_approval(
    quantity: str, price: str, base: str, beyond: tuple[str, ...]
) -> None:
    order = order_of(Decimal(120), Decimal("4.25"), Decimal(1))

    assert exceeded(order, order_of(Decimal(quantity), Decimal(price), Decimal(base))) == beyond


def order_of(quantity: Decimal, unit_price: Decimal, price_base_quantity: Decimal) -> OrderDraft:
    line = LineDraft(
        line_no=1,
        description="Paper",
        quantity=quantity,
        uom="EA",
        unit_price=unit_price,
        price_base_quantity=price_base_quantity,
        tax=Tax("S", Decimal(25)),
    )
    return OrderDraft(project="", vendor="", currency="EUR", lines=(line,))


@pytest.mark.parametrize(
    ("counts", "receipt"),
    (
        ([(10, 0, 0)], "none"),
        ([(10, 4, 0)], "none"),
        ([(10, 4, 4), (5, 0, 0)], "partial"),
        ([(10, 10, 9)], "partial"),
        ([(10, 10, 10), (5, 5, 5)], "full"),
        ([(10, 11, 11), (5, 0, 0)], "over"),
        ([(10, 11, 10)], "full"),
    ),
)
def test_receipt_facet_follows_from_what_was_kept(
    counts: list[tuple[int, int, int]], receipt: str
) -> None:
    rows = [
        PurchaseOrderLine(quantity=ordered, quantity_received=came, quantity_accepted=kept)
        for ordered, came, kept in counts
    ]

    assert receipt_facet(rows) == receipt


@pytest.mark.parametrize(
    ("counts", "billing"),
    (
        ([(10, 0, 0)], "none"),
        ([(10, 0, 1)], "partial"),
        ([(10, 3, 3)], "partial"),
        ([(10, 10, 9), (5, 0, 0)], "partial"),
        ([(10, 10, 9), (5, 6, 9)], "full"),
    ),
)
def test_billing_facet_follows_from_what_was_invoiced(
    counts: list[tuple[int, int, int]], billing: str
) -> None:
    rows = [
        PurchaseOrderLine(quantity=ordered, quantity_invoiced=invoiced, amount_invoiced=amount)
        for ordered, invoiced, amount in counts
    ]

    assert billing_facet(rows) == billing
