"""What an invoice and a credit note may say, and what they come to: rules without a database."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.core.errors import ValidationFailedError
from apps.procurement.errors import OverInvoiceError, TotalsMismatchError, UnitNotAllowedError
from apps.procurement.models import PurchaseOrderLine, Tolerance
from apps.procurement.policy.drafts import AdjustmentDraft, Tax
from apps.procurement.policy.invoices import (
    InvoicedLine,
    InvoiceDraft,
    check_shape,
    normalize_number,
    reckon_invoice,
)
from apps.procurement.policy.over_invoicing import check_cap

VAT = Tax("S", Decimal(25))


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
    }
    return PurchaseOrderLine(**{**said, **changes})


TODAY = date(2026, 12, 5)


def line(quantity: str = "20", unit_price: str = "4.25", **changes: Any) -> InvoicedLine:
    said = {"line_no": 1, "quantity": Decimal(quantity), "unit_price": Decimal(unit_price)}
    return InvoicedLine(**{**said, "tax": VAT, **changes})


def draft(lines: Sequence[InvoicedLine] = (), **changes: Any) -> InvoiceDraft:
    said = {
        "purchase_order": "po_x",
        "vendor_number": "INV-1",
        "document_type": "380",
        "issue_date": TODAY,
        "lines": lines or (line(),),
    }
    return InvoiceDraft(**{**said, **changes})


def faults(error: pytest.ExceptionInfo[Any]) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in error.value.errors]


# --- Numbers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number", ("INV-001", "inv 001", "Inv/001", " inv.0_01", "\uff29\uff2e\uff36001")
)
def test_number_is_the_same_however_it_is_written(number: str) -> None:
    assert normalize_number(number) == "inv001"


@pytest.mark.parametrize("number", ("INV-1", "INV-0010", "001", "INV-00I"))
def test_number_is_another_with_other_letters_and_digits(number: str) -> None:
    assert normalize_number(number) != "inv001"


@pytest.mark.parametrize(
    "number", ("---", " ", "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 30)
)
def test_number_without_a_sign_or_with_too_many_is_refused(number: str) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        check_shape(draft(vendor_number=number), {1: ordered()}, today=TODAY)

    assert faults(refused) == [("/vendor_number", "unusable")]


def test_shape_names_every_fault_at_once() -> None:
    lines = (line("0"), line(), line(line_no=7))

    with pytest.raises(ValidationFailedError) as refused:
        check_shape(draft(lines, due_date=TODAY - timedelta(days=1)), {1: ordered()}, today=TODAY)

    assert faults(refused) == [
        ("/lines/1/line_no", "duplicate"),
        ("/lines/2/line_no", "not-found"),
        ("/due_date", "too-early"),
        ("/lines/0/quantity", "not-positive"),
    ]


# --- Sums (2d no. 1, reference 2a) ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("currency", "price", "net", "tax"),
    (
        ("EUR", "1460.50", "1460.50", "365.13"),  # 365.125: halves go up.
        ("JPY", "1462", "1462", "366"),  # 365.5
        ("KWD", "1460.502", "1460.502", "365.126"),  # 365.1255
    ),
)
def test_tax_is_rounded_half_up_in_the_currencys_minor_unit(
    currency: str, price: str, net: str, tax: str
) -> None:
    totals = reckon_invoice(draft([line("1", price)]), {1: ordered()}, currency)

    assert (totals.lines_net, totals.tax) == (Decimal(net), Decimal(tax))


def test_tax_is_reckoned_once_per_category_and_rate() -> None:
    rows = {1: ordered(), 2: ordered(line_no=2)}
    lines = (line("1", "0.01"), line("1", "0.01", line_no=2))

    totals = reckon_invoice(draft(lines), rows, "EUR")

    assert [(one.taxable, one.amount) for one in totals.by_tax] == [
        (Decimal("0.02"), Decimal("0.01"))  # 0.005; by line it would be nothing.
    ]


def test_net_follows_peppols_formula() -> None:
    claimed = line(
        "10",
        "99.9999",
        price_base_quantity=Decimal(3),
        allowances=(AdjustmentDraft(reason="Scratched", amount=Decimal("1.10")),),
        charges=(AdjustmentDraft(reason="Freight", amount=Decimal("2.20")),),
    )

    totals = reckon_invoice(draft([claimed]), {1: ordered()}, "EUR")

    assert totals.nets == (Decimal("334.43"),)  # 333.333 -> 333.33 - 1.10 + 2.20


def test_price_is_for_the_orders_base_quantity_unless_told_otherwise() -> None:
    per_hundred = {1: ordered(price_base_quantity=Decimal(100))}

    assert reckon_invoice(draft([line("50", "10")]), per_hundred, "EUR").lines_net == Decimal(5)
    told = line("50", "10", price_base_quantity=Decimal(1))
    assert reckon_invoice(draft([told]), per_hundred, "EUR").lines_net == Decimal(500)


def test_wrong_net_is_refused_with_the_right_one() -> None:
    with pytest.raises(TotalsMismatchError) as refused:
        reckon_invoice(draft([line(net=Decimal("85.01"))]), {1: ordered()}, "EUR")

    assert faults(refused) == [("/lines/0/net", "totals-mismatch")]
    assert refused.value.errors[0].detail == "Quantity and price give 85.00."


def test_wrong_total_is_refused_with_the_right_one() -> None:
    wrong = draft(totals={"tax_inclusive": Decimal("106.26"), "tax": Decimal("21.25")})

    with pytest.raises(TotalsMismatchError) as refused:
        reckon_invoice(wrong, {1: ordered()}, "EUR")

    assert faults(refused) == [("/totals/tax_inclusive", "totals-mismatch")]


def test_invoice_that_would_claim_less_than_nothing_is_refused() -> None:
    discount = AdjustmentDraft(reason="Much", amount=Decimal("90.00"))
    rows = {1: ordered(), 2: ordered(line_no=2)}
    lines = (line(allowances=(discount,)), line(line_no=2))

    with pytest.raises(ValidationFailedError) as refused:
        reckon_invoice(draft(lines), rows, "EUR")

    assert faults(refused) == [("/lines/0", "negative-total")]


def test_more_taken_off_at_one_rate_than_there_is_is_refused() -> None:
    low = Tax("S", Decimal(12))
    discount = AdjustmentDraft(reason="Discount", amount=Decimal("1.00"), tax=low)

    with pytest.raises(ValidationFailedError) as refused:
        reckon_invoice(draft(allowances=(discount,)), {1: ordered()}, "EUR")

    assert faults(refused) == [("/allowances", "negative-total")]


def test_half_a_piece_is_refused() -> None:
    with pytest.raises(UnitNotAllowedError) as refused:
        reckon_invoice(draft([line("0.5")]), {1: ordered()}, "EUR")

    assert faults(refused) == [("/lines/0/quantity", "too-precise")]


# --- What may ever be invoiced (2d no. 3) --------------------------------------------------------


@pytest.mark.parametrize(
    ("percent", "accepted", "before", "quantity", "passes"),
    (
        ("0", "0", "0", "100", True),
        ("0", "0", "0", "100.000001", False),
        ("0", "0", "0", "100.002", False),
        ("0", "0", "80", "20", True),
        ("0", "0", "80", "20.001", False),
        ("5", "0", "0", "105", True),
        ("5", "0", "0", "105.000001", False),
        ("0", "105", "0", "105", True),  # The tolerance was lowered after it was accepted.
        ("0", "105", "0", "105.000001", False),
    ),
)
def test_quantity_is_invoiced_up_to_the_cap_exactly(
    percent: str, accepted: str, before: str, quantity: str, *, passes: bool
) -> None:
    row = ordered(quantity_accepted=Decimal(accepted), quantity_invoiced=Decimal(before))
    known = [Tolerance(over_receipt_percent=Decimal(percent))]

    if passes:
        check_cap([line(quantity)], {1: row}, known)
        return
    with pytest.raises(OverInvoiceError) as refused:
        check_cap([line(quantity)], {1: row}, known)

    assert faults(refused) == [("/lines/0/quantity", "over-invoice")]


def test_over_invoice_tells_what_was_ordered_and_invoiced() -> None:
    row = ordered(quantity_accepted=Decimal(40), quantity_invoiced=Decimal(80))

    with pytest.raises(OverInvoiceError) as refused:
        check_cap([line("21")], {1: row}, [])

    assert refused.value.extra == {
        "lines": [
            {
                "line_no": 1,
                "ordered": "100",
                "accepted": "40",
                "invoiced": "80",
            }
        ]
    }
