"""Units: which there are, and how finely a quantity may be given in each."""

from decimal import Decimal

import pytest

from apps.procurement.errors import UnitNotAllowedError
from apps.procurement.policy.codelists import unit_decimals
from apps.procurement.policy.codelists.units import NAMES, UNITS
from apps.procurement.policy.units import check_units
from tests.factories.gateway import faults, problem
from tests.factories.procurement import ORDER, ORDERS, buyer_caller, order_payload
from tests.factories.world import World


@pytest.mark.parametrize(
    ("uom", "quantity"),
    (
        ("EA", "120"),
        ("C62", "1.000"),
        ("KGM", "0.125"),
        ("TNE", "0.000125"),
        ("XPX", "4"),
        ("2N", "0.5"),
    ),
)
def test_quantity_that_fits_its_unit_is_taken(uom: str, quantity: str) -> None:
    check_units([("/lines/0", uom, Decimal(quantity))])


@pytest.mark.parametrize(
    ("uom", "quantity", "fault"),
    (
        ("EA", "1.5", ("/lines/0/quantity", "too-precise")),
        ("C62", "0.001", ("/lines/0/quantity", "too-precise")),
        ("KGM", "0.0001", ("/lines/0/quantity", "too-precise")),
        ("XPX", "0.5", ("/lines/0/quantity", "too-precise")),
        ("PCS", "1", ("/lines/0/uom", "unknown-unit")),
        ("XX", "1", ("/lines/0/uom", "unknown-unit")),
        ("ea", "1", ("/lines/0/uom", "unknown-unit")),
    ),
)
def test_quantity_that_does_not_fit_its_unit_is_refused(
    uom: str, quantity: str, fault: tuple[str, str]
) -> None:
    with pytest.raises(UnitNotAllowedError) as refused:
        check_units([("/lines/0", uom, Decimal(quantity))])

    assert [(found.pointer, found.code) for found in refused.value.errors] == [fault]


def test_units_that_have_a_name_exist() -> None:
    assert [code for code in NAMES if unit_decimals(code) is None] == []
    assert {len(code) for code in UNITS} == {2, 3}


@pytest.mark.django_db
def test_order_in_an_unknown_unit_is_refused(world: World) -> None:
    line = ORDER["lines"][0]
    lines = [{**line, "uom": "PCS"}, {**line, "line_no": 2, "quantity": "1.5"}]

    answer = buyer_caller(world).post(ORDERS, order_payload(world, lines=lines))

    assert problem(answer) == (422, "unit-not-allowed")
    assert faults(answer) == [
        ("/lines/0/uom", "unknown-unit"),
        ("/lines/1/quantity", "too-precise"),
    ]
