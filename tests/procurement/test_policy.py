"""Totals by Peppol's rules, and the checks of drafts and answers."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.core.errors import ValidationFailedError
from apps.core.money import minor_units
from apps.procurement.errors import TotalsMismatchError
from apps.procurement.policy.checks import check_answer, check_draft, check_totals
from apps.procurement.policy.drafts import (
    AdjustmentDraft,
    Answer,
    LineAnswer,
    LineDraft,
    OrderDraft,
    Tax,
)
from apps.procurement.policy.totals import compare_totals, order_totals
from tests.factories.procurement import line_draft

STANDARD = Tax("S", Decimal(25))


def draft(*lines: LineDraft, currency: str = "EUR", **changes: Any) -> OrderDraft:
    return OrderDraft(project="", vendor="", currency=currency, lines=lines, **changes)


def adjustment(value: str, tax: Tax | None = None) -> AdjustmentDraft:
    return AdjustmentDraft(reason="Because", amount=Decimal(value), tax=tax)


def faults(refused: pytest.ExceptionInfo[ValidationFailedError]) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in refused.value.errors]


def test_totals_of_the_contracts_example_hold() -> None:
    discount = adjustment("10.00", STANDARD)

    totals = order_totals(draft(line_draft(), allowances=(discount,)))

    assert [str(net) for net in totals.nets] == ["510.00"]
    assert (totals.lines_net, totals.allowances, totals.charges) == (510, 10, 0)
    assert (totals.tax_exclusive, totals.tax, totals.tax_inclusive) == (500, 125, 625)
    assert [(s.tax, s.taxable, s.amount) for s in totals.by_tax] == [(STANDARD, 500, 125)]


@pytest.mark.parametrize(
    ("currency", "price", "quantity", "net"),
    (
        ("EUR", "365.125", "1", "365.13"),
        ("EUR", "0.125", "1", "0.13"),
        ("JPY", "10.5", "1", "11"),
        ("JPY", "99", "3", "297"),
        ("KWD", "1.0005", "1", "1.001"),
    ),
)
def test_line_net_is_rounded_half_up_to_the_minor_unit(
    currency: str, price: str, quantity: str, net: str
) -> None:
    line = line_draft(unit_price=Decimal(price), quantity=Decimal(quantity))

    totals = order_totals(draft(line, currency=currency))

    assert str(totals.nets[0]) == net


def test_line_net_counts_base_quantity_allowances_and_charges() -> None:
    line = line_draft(
        quantity=Decimal(250),
        unit_price=Decimal("12.40"),
        price_base_quantity=Decimal(100),
        allowances=(adjustment("1.50"),),
        charges=(adjustment("0.25"),),
    )

    assert order_totals(draft(line)).nets == (Decimal("29.75"),)


def test_tax_is_taken_per_category_and_rate_not_per_line() -> None:
    lines = [
        line_draft(line_no=n, quantity=Decimal(1), unit_price=Decimal("0.02")) for n in (1, 2, 3)
    ]

    totals = order_totals(draft(*lines))

    # 25 % of 0.02 would round to 0.01 three times; of 0.06 it is 0.015, which is 0.02.
    assert totals.tax == Decimal("0.02")


def test_tax_of_the_orders_adjustments_joins_their_category() -> None:
    reduced, exempt = Tax("S", Decimal(10)), Tax("E", Decimal(0))
    lines = (
        line_draft(line_no=1, quantity=Decimal(1), unit_price=Decimal(100)),
        line_draft(line_no=2, quantity=Decimal(1), unit_price=Decimal(200), tax=reduced),
    )
    asked = draft(
        *lines, allowances=(adjustment("30", reduced),), charges=(adjustment("7", exempt),)
    )

    totals = order_totals(asked)

    assert [(s.tax.category, s.tax.rate, s.taxable, s.amount) for s in totals.by_tax] == [
        ("E", 0, 7, 0),
        ("S", 10, 170, 17),
        ("S", 25, 100, 25),
    ]
    assert (totals.tax_exclusive, totals.tax, totals.tax_inclusive) == (277, 42, 319)


CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])
TAXES = st.sampled_from([STANDARD, Tax("S", Decimal("7.7")), Tax("Z", Decimal(0))])
AMOUNTS = st.integers(0, 10_000).map(Decimal)


@st.composite
def drafts(draw: st.DrawFn) -> OrderDraft:
    def adjustments(taxes: st.SearchStrategy[Tax | None]) -> tuple[AdjustmentDraft, ...]:
        values = draw(st.lists(st.tuples(AMOUNTS, taxes), max_size=3))
        return tuple(AdjustmentDraft(reason="r", amount=a, tax=t) for a, t in values)

    lines = [
        line_draft(
            line_no=number,
            quantity=draw(st.decimals("0.000001", "999999", places=6)),
            unit_price=draw(st.decimals("0", "999999", places=4)),
            price_base_quantity=draw(st.sampled_from([Decimal(1), Decimal(3), Decimal(100)])),
            tax=draw(TAXES),
            allowances=adjustments(st.none()),
            charges=adjustments(st.none()),
        )
        for number in range(1, draw(st.integers(1, 6)) + 1)
    ]
    return draft(
        *lines,
        currency=draw(CURRENCIES),
        allowances=adjustments(TAXES),
        charges=adjustments(TAXES),
    )


def half_up(value: Fraction, places: int) -> Fraction:
    """Rounding in fractions, which have no precision to run out of."""
    scaled = abs(value) * 10**places
    whole = (scaled + Fraction(1, 2)).__floor__()
    return Fraction(whole if value >= 0 else -whole, 10**places)


def reckoned(asked: OrderDraft) -> Mapping[str, Fraction]:
    """The sums once more, by another arithmetic."""
    places = minor_units(asked.currency)
    taxable: dict[Tax, Fraction] = {}
    nets = Fraction(0)
    for line in asked.lines:
        gross = Fraction(line.quantity) * Fraction(line.unit_price)
        net = half_up(gross / Fraction(line.price_base_quantity), places)
        net += sum(Fraction(c.amount) for c in line.charges)
        net -= sum(Fraction(a.amount) for a in line.allowances)
        nets += net
        taxable[line.tax] = taxable.get(line.tax, Fraction(0)) + net
    off = sum((Fraction(a.amount) for a in asked.allowances), Fraction(0))
    on = sum((Fraction(c.amount) for c in asked.charges), Fraction(0))
    for sign, adjustments in ((-1, asked.allowances), (1, asked.charges)):
        for item in adjustments:
            assert item.tax is not None
            before = taxable.get(item.tax, Fraction(0))
            taxable[item.tax] = before + sign * Fraction(item.amount)
    tax = sum(
        (half_up(base * Fraction(t.rate) / 100, places) for t, base in taxable.items()),
        Fraction(0),
    )
    return {
        "lines_net": nets,
        "allowances": off,
        "charges": on,
        "tax_exclusive": nets - off + on,
        "tax": tax,
        "tax_inclusive": nets - off + on + tax,
    }


@given(drafts())
@settings(max_examples=200)
def test_totals_agree_with_exact_fractions(asked: OrderDraft) -> None:
    totals = order_totals(asked)

    assert {name: Fraction(getattr(totals, name)) for name in reckoned(asked)} == reckoned(asked)


@given(drafts())
@settings(max_examples=100)
def test_totals_are_whole_minor_units_and_the_subtotals_add_up(asked: OrderDraft) -> None:
    totals = order_totals(asked)

    unit = Decimal(1).scaleb(-minor_units(asked.currency))
    amounts = [totals.lines_net, totals.tax, totals.tax_inclusive, *totals.nets]
    assert [value.quantize(unit, rounding=ROUND_HALF_UP) for value in amounts] == amounts
    assert sum(subtotal.taxable for subtotal in totals.by_tax) == totals.tax_exclusive
    assert sum(subtotal.amount for subtotal in totals.by_tax) == totals.tax


def test_claimed_totals_that_follow_are_accepted() -> None:
    asked = draft(line_draft(), totals={"tax_inclusive": Decimal("637.5"), "tax": Decimal("127.5")})

    compare_totals(asked, order_totals(asked))


def test_claimed_totals_that_do_not_follow_are_named() -> None:
    asked = draft(line_draft(), totals={"lines_net": Decimal(510), "tax": Decimal("127.49")})

    with pytest.raises(TotalsMismatchError) as refused:
        compare_totals(asked, order_totals(asked))

    assert (refused.value.status, refused.value.code) == (422, "totals-mismatch")
    assert [(f.pointer, f.detail) for f in refused.value.errors] == [
        ("/totals/tax", "The lines give 127.50.")
    ]


def test_draft_without_a_fault_passes() -> None:
    check_draft(draft(line_draft(), allowances=(adjustment("10.00", STANDARD),)))


@pytest.mark.parametrize("currency", ("XXX", "EURO", ""))
def test_draft_in_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        check_draft(draft(line_draft(), currency=currency))

    assert faults(refused) == [("/currency", "unknown-currency")]


LINE_FAULTS = [
    ({"quantity": Decimal(-1)}, "/lines/0/quantity", "not-positive"),
    ({"quantity": Decimal(0)}, "/lines/0/quantity", "not-positive"),
    ({"price_base_quantity": Decimal(0)}, "/lines/0/price_base_quantity", "not-positive"),
    ({"unit_price": Decimal("-0.01")}, "/lines/0/unit_price", "negative"),
    ({"line_no": 0}, "/lines/0/line_no", "not-positive"),
    ({"tax": Tax("Q", Decimal(0))}, "/lines/0/tax/category", "unknown-tax-category"),
    ({"tax": Tax("S", Decimal(101))}, "/lines/0/tax/rate", "out-of-range"),
    ({"tax": Tax("S", Decimal(-1))}, "/lines/0/tax/rate", "out-of-range"),
    ({"tax": Tax("Z", Decimal(5))}, "/lines/0/tax/rate", "not-taxed"),
    ({"charges": (adjustment("-1"),)}, "/lines/0/charges/0/amount", "negative"),
    ({"allowances": (adjustment("0.001"),)}, "/lines/0/allowances/0/amount", "too-precise"),
]


@pytest.mark.parametrize(("change", "pointer", "code"), LINE_FAULTS)
def test_draft_with_a_faulty_line_is_refused_with_its_place(
    change: dict[str, Any], pointer: str, code: str
) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        check_draft(draft(line_draft(**change)))

    assert faults(refused) == [(pointer, code)]


def test_draft_with_several_faults_names_each() -> None:
    asked = draft(
        line_draft(quantity=Decimal(0)),
        line_draft(unit_price=Decimal(-1)),
        charges=(adjustment("1", Tax("X", Decimal(0))),),
    )

    with pytest.raises(ValidationFailedError) as refused:
        check_draft(asked)

    assert faults(refused) == [
        ("/lines/1/line_no", "duplicate"),
        ("/lines/0/quantity", "not-positive"),
        ("/lines/1/unit_price", "negative"),
        ("/charges/0/tax/category", "unknown-tax-category"),
    ]


@pytest.mark.parametrize("count", (0, 501))
def test_draft_with_no_or_too_many_lines_is_refused(count: int) -> None:
    lines = [line_draft(line_no=number) for number in range(1, count + 1)]

    with pytest.raises(ValidationFailedError) as refused:
        check_draft(draft(*lines))

    assert faults(refused) == [("/lines", "line-count")]


def test_draft_in_yen_has_no_fraction_in_its_allowances() -> None:
    with pytest.raises(ValidationFailedError) as refused:
        check_draft(draft(line_draft(), currency="JPY", allowances=(adjustment("1.5", STANDARD),)))

    assert faults(refused) == [("/allowances/0/amount", "too-precise")]


def test_totals_below_nothing_are_refused() -> None:
    asked = draft(line_draft(), allowances=(adjustment("600", STANDARD),))

    with pytest.raises(ValidationFailedError) as refused:
        check_totals(order_totals(asked))

    assert faults(refused) == [("/lines", "negative-total")] * 3


def test_totals_too_large_to_be_kept_are_refused() -> None:
    huge = line_draft(quantity=Decimal(10**12), unit_price=Decimal(10**14))

    with pytest.raises(ValidationFailedError) as refused:
        check_totals(order_totals(draft(huge)))

    assert faults(refused) == [
        ("/lines", "too-large"),
        ("/lines", "too-large"),
        ("/lines", "too-large"),
        ("/lines", "too-large"),
        ("/lines/0", "too-large"),
    ]


def test_answer_to_lines_the_order_has_not_is_refused() -> None:
    lines = (
        LineAnswer(line_no=1, code="5"),
        LineAnswer(line_no=1, code="7"),
        LineAnswer(line_no=9, code="3", promised_quantity=Decimal(-1)),
    )

    with pytest.raises(ValidationFailedError) as refused:
        check_answer(Answer(response="CA", lines=lines), line_numbers=frozenset({1, 2}))

    assert faults(refused) == [
        ("/lines/1/line_no", "duplicate"),
        ("/lines/2/line_no", "not-found"),
        ("/lines/2/promised_quantity", "negative"),
    ]
