"""What is taken off or added to the whole of an invoice comes under the tax it was agreed with."""

from decimal import Decimal
from typing import Any

import pytest

from apps.procurement.models import PurchaseOrder
from apps.procurement.policy.drafts import AdjustmentDraft, Tax
from tests.factories.fulfilment import came, received
from tests.factories.invoices import claimed, invoiced, kinds
from tests.factories.procurement import issued, line_draft
from tests.factories.world import World

pytestmark = pytest.mark.django_db
VAT, FREE = Tax("S", Decimal(25)), Tax("Z", Decimal(0))


def adjusted(money: str, tax: Tax) -> AdjustmentDraft:
    return AdjustmentDraft(reason="Agreed", amount=Decimal(money), tax=tax)


def order_of(world: World, **said: Any) -> PurchaseOrder:
    """Line 1 at 25 % and line 2 untaxed, 510.00 each, all of it received."""
    lines = (line_draft(), line_draft(line_no=2, tax=FREE))
    order = issued(world, lines=lines, **said)
    received(order, lines=(came("120"), came("120", line_no=2)))
    return order


TAXED, UNTAXED = claimed("120"), claimed("120", line_no=2, tax=FREE)


def test_discount_put_where_no_tax_is_leaves_too_much_tax(world: World) -> None:
    order = order_of(world, allowances=(adjusted("100", VAT),))

    honest = invoiced(order, TAXED, UNTAXED, allowances=(adjusted("100", VAT),))
    assert (honest.status, honest.tax_total) == ("matched", Decimal("102.50"))

    other = order_of(world, allowances=(adjusted("100", VAT),))
    moved = invoiced(other, TAXED, UNTAXED, allowances=(adjusted("100", FREE),))

    assert moved.tax_total == Decimal("127.50")
    assert kinds(moved) == [("tax", "S 25: -100.00", "Z 0: -100.00", "")]


def test_lower_price_where_no_tax_is_is_no_discount_where_there_is(world: World) -> None:
    order = order_of(world, allowances=(adjusted("60", VAT),))

    moved = invoiced(order, TAXED, claimed("120", "3.75", line_no=2, tax=FREE))

    assert kinds(moved) == [("tax", "S 25: -60.00", "", "")]


def test_untaxed_charge_is_not_taxed(world: World) -> None:
    order = order_of(world, charges=(adjusted("10", FREE),))

    moved = invoiced(order, TAXED, UNTAXED, charges=(adjusted("10", VAT),))

    assert kinds(moved) == [("tax", "Z 0: 10.00", "S 25: 10.00", "")]


def test_discounts_swapped_between_two_taxes_are_found(world: World) -> None:
    agreed = (adjusted("90", VAT), adjusted("10", FREE))
    order = order_of(world, allowances=agreed)

    swapped = invoiced(
        order, TAXED, UNTAXED, allowances=(adjusted("10", VAT), adjusted("90", FREE))
    )

    assert kinds(swapped) == [
        ("tax", "S 25: -90.00, Z 0: -10.00", "S 25: -10.00, Z 0: -90.00", ""),
    ]


def test_invoice_of_other_lines_owes_no_share_of_the_discount(world: World) -> None:
    order = order_of(world, allowances=(adjusted("100", VAT),))

    untaxed, taxed = (
        invoiced(order, UNTAXED),
        invoiced(order, TAXED, allowances=(adjusted("100", VAT),)),
    )

    assert (untaxed.status, taxed.status) == ("matched", "matched")
    assert untaxed.tax_exclusive + taxed.tax_exclusive == order.tax_exclusive


def test_discount_left_out_is_one_difference(world: World) -> None:
    order = order_of(world, allowances=(adjusted("100", VAT),))

    assert kinds(invoiced(order, TAXED, UNTAXED)) == [("price", "920.00", "1020.00", "")]
