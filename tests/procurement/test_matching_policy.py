"""The rules of the three-way match, one by one, without a database."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from apps.procurement.models import PurchaseOrder, PurchaseOrderLine, Tolerance
from apps.procurement.policy.agreed_prices import agreed_amount
from apps.procurement.policy.claims import Adjusted, Claim, Whole
from apps.procurement.policy.drafts import Tax
from apps.procurement.policy.matching import findings

VAT, LOW = Tax("S", Decimal(25)), Tax("S", Decimal(12))
Found = list[tuple[str, str, str]]


def ordered(**changes: Any) -> PurchaseOrderLine:
    said: dict[str, Any] = {
        "line_no": 1,
        "quantity": Decimal(100),
        "uom": "EA",
        "unit_price": Decimal("4.25"),
        "price_base_quantity": Decimal(1),
        "net": Decimal(425),
        "tax_category": "S",
        "tax_rate": Decimal(25),
        "quantity_accepted": Decimal(100),
    }
    return PurchaseOrderLine(**{**said, **changes})


def claim(quantity: str = "20", net: str = "85", **changes: Any) -> Claim:
    said: dict[str, Any] = {
        "line_id": 1,
        "line": ordered(),
        "tolerance": Tolerance(),
        "quantity": Decimal(quantity),
        "net": Decimal(net),
        "tax": VAT,
    }
    return Claim(**{**said, **changes})


def found(claims: Sequence[Claim] = (), **changes: Any) -> Found:
    return [(str(one.kind), one.expected, one.actual) for one in findings(whole(claims, **changes))]


def whole(claims: Sequence[Claim] = (), **changes: Any) -> Whole:
    """An invoice on an order of 425, all at one tax unless told."""
    vat = changes.pop("vat", Adjusted(tax=VAT, lines_net=Decimal(425)))
    adjusted = changes.pop("adjusted", [vat])
    agreed = {
        name: sum((getattr(one, name) for one in adjusted), Decimal(0))
        for name in ("lines_net", "allowances_agreed", "charges_agreed")
    }
    order = PurchaseOrder(
        status=changes.pop("status", "issued"),
        currency="EUR",
        lines_net=agreed["lines_net"],
        allowances_total=agreed["allowances_agreed"],
        charges_total=agreed["charges_agreed"],
        tax_exclusive=agreed["lines_net"] - agreed["allowances_agreed"] + agreed["charges_agreed"],
    )
    said = claims or (claim(),)
    taken_off = sum((one.allowances for one in adjusted), Decimal(0))
    added = sum((one.charges for one in adjusted), Decimal(0))
    return Whole(
        **{
            "order": order,
            "claims": said,
            "lines": [(one.line.net, one.tolerance) for one in said],
            "general": Tolerance(),
            "net": sum((one.net for one in said), added - taken_off),
            "adjusted": adjusted,
            **changes,
        }
    )


def test_what_was_ordered_and_accepted_matches() -> None:
    assert found() == []
    assert found([claim("100", "425")]) == []


@pytest.mark.parametrize(
    ("accepted", "before", "quantity", "expected"),
    (
        ("20", "0", "20", None),
        ("20", "0", "20.000001", "20"),
        ("20", "15", "6", "5"),
        ("20", "25", "1", "0"),
        ("0", "0", "1", "0"),
    ),
)
def test_three_way_waits_for_what_was_accepted(
    accepted: str, before: str, quantity: str, expected: str | None
) -> None:
    row = ordered(quantity_accepted=Decimal(accepted))

    answer = found([claim(quantity, "1", line=row, before=Decimal(before))])

    assert answer == ([] if expected is None else [("quantity", expected, quantity)])


@pytest.mark.parametrize(("quantity", "matches"), (("100", True), ("100.000001", False)))
def test_two_way_waits_for_no_receipt(quantity: str, *, matches: bool) -> None:
    row = ordered(quantity_accepted=Decimal(0))

    answer = found([claim(quantity, "1", line=row, tolerance=Tolerance(two_way=True))])

    assert answer == ([] if matches else [("quantity", "100", "100.000001")])


@pytest.mark.parametrize(
    ("percent", "net", "expected"),
    (
        ("0", "85.00", None),
        ("0", "80.00", None),  # Cheaper than agreed.
        ("0", "85.01", "85.00"),
        ("2", "86.70", None),
        ("2", "86.71", "85.00"),  # Section 7: one hundredth over the tolerance holds.
    ),
)
def test_price_is_what_was_agreed_and_its_tolerance(
    percent: str, net: str, expected: str | None
) -> None:
    tolerance = Tolerance(price_percent=Decimal(percent))

    answer = found([claim("20", net, tolerance=tolerance)])

    assert answer == ([] if expected is None else [("price", expected, net)])


@pytest.mark.parametrize(
    ("before", "net", "expected"),
    (("340", "85.00", None), ("340.01", "85.00", "84.99"), ("500", "1.00", "0.00")),
)
def test_line_is_invoiced_up_to_its_amount_in_all(
    before: str, net: str, expected: str | None
) -> None:
    answer = found([claim("20", net, paid_before=Decimal(before))])

    assert answer == ([] if expected is None else [("price", expected, net)])


def test_agreed_amount_has_its_share_of_what_is_taken_off_the_line() -> None:
    row = ordered(net=Decimal(400))  # 425 less 25.

    assert agreed_amount(row, Decimal(20), "EUR") == Decimal(80)


@pytest.mark.parametrize(
    ("quantity", "price", "base"), (("7", "0.005", "1"), ("9", "0.0049", "1"), ("3", "10", "7"))
)
def test_agreed_price_matches_in_any_part_of_the_line(quantity: str, price: str, base: str) -> None:
    whole = Decimal(quantity)
    exact = Decimal(price) / Decimal(base)
    row = ordered(
        quantity=whole,
        unit_price=Decimal(price),
        price_base_quantity=Decimal(base),
        net=(whole * exact).quantize(Decimal("0.01"), rounding="ROUND_HALF_UP"),
        quantity_accepted=whole,
    )
    for pieces in range(1, int(whole) + 1):
        net = (pieces * exact).quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")

        assert found([claim(str(pieces), str(net), line=row)]) == []


def test_other_tax_than_ordered_is_found() -> None:
    assert found([claim(tax=LOW)]) == [("tax", "S 25", "S 12")]


def test_charge_that_nobody_ordered_is_found_at_the_latest_in_the_last_invoice() -> None:
    last, before = claim("20", "85"), Decimal(340)
    charged = Adjusted(tax=VAT, lines_net=Decimal(425), claimed_before=before, charges=Decimal(10))

    assert found([last], paid_before=before) == []
    assert found([last], vat=charged, paid_before=before) == [("price", "85.00", "95.00")]


@pytest.mark.parametrize(
    ("percent", "before", "charges", "expected", "allowed"),
    (
        ("0", "0", "10", None, None),
        ("0", "0", "10.01", "95.00", "95.00"),
        ("0", "4", "6", None, None),
        ("0", "4", "6.01", "91.00", "91.00"),
        ("0", "30", "6", "85.00", "85.00"),
        ("2", "4", "6.20", None, None),
        ("2", "4", "6.21", "91.00", "91.20"),
    ),
)
def test_charges_are_those_agreed_to_however_much_of_the_order_is_open(
    percent: str, before: str, charges: str, expected: str | None, allowed: str | None
) -> None:
    charged = Adjusted(
        tax=VAT,
        lines_net=Decimal(425),
        charges_agreed=Decimal(10),
        charges_before=Decimal(before),
        charges=Decimal(charges),
    )

    answer = findings(whole(vat=charged, general=Tolerance(price_percent=Decimal(percent))))

    net = Decimal(85) + Decimal(charges)
    assert [(one.expected, one.allowed, one.actual) for one in answer] == (
        [] if expected is None else [(expected, allowed, f"{net:.2f}")]
    )


def test_line_that_is_too_dear_hides_no_charge() -> None:
    charged = Adjusted(tax=VAT, lines_net=Decimal(425), charges=Decimal(50000))

    answer = found([claim("20", "85.01")], vat=charged)

    assert answer == [("price", "85.00", "85.01"), ("price", "85.01", "50085.01")]


def less(money: str) -> Adjusted:
    """The order has a discount on the whole, which the invoice does not pass on."""
    return Adjusted(tax=VAT, lines_net=Decimal(425), allowances_agreed=Decimal(money))


def test_line_that_is_too_dear_hides_no_discount_that_was_not_passed_on() -> None:
    answer = found([claim("100", "425.01")], vat=less("10"))

    assert answer == [("price", "425.00", "425.01"), ("price", "415.01", "425.01")]


def test_discount_that_was_not_passed_on_is_found() -> None:
    answer = found([claim("100", "425")], vat=less("10"))

    assert answer == [("price", "415.00", "425.00")]


def test_whole_may_come_to_what_the_lines_tolerances_let_pass() -> None:
    tolerance = Tolerance(price_percent=Decimal(2))

    assert found([claim("100", "433.50", tolerance=tolerance)]) == []


def test_charge_under_another_tax_than_agreed_is_found() -> None:
    def charged(vat: int, low: int) -> Found:
        at = Adjusted(
            tax=VAT, lines_net=Decimal(425), charges_agreed=Decimal(10), charges=Decimal(vat)
        )
        return found(adjusted=[at, Adjusted(tax=LOW, charges=Decimal(low))])

    assert charged(10, 0) == []
    assert charged(0, 10) == [("tax", "S 25: 10.00", "S 12: 10.00")]


@pytest.mark.parametrize("status", ("closed", "cancelled"))
def test_order_that_ended_since_is_found(status: str) -> None:
    assert found(status=status) == [("closed_po", "issued", status)]


def test_lookalike_is_found() -> None:
    assert found(alike="INV-2026-000001") == [("duplicate", "", "INV-2026-000001")]


def test_line_that_was_credited_whole_finds_nothing() -> None:
    row = ordered(quantity_accepted=Decimal(0))

    assert found([claim("0", "0", line=row, tax=LOW)]) == []


def test_everything_is_found_at_once() -> None:
    row = ordered(quantity_accepted=Decimal(10))

    answer = found([claim("20", "90", line=row, tax=LOW)], alike="INV-2026-000001")

    assert [kind for kind, *_rest in answer] == ["quantity", "price", "tax", "duplicate"]
