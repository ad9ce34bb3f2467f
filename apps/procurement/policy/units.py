"""Whether a quantity may be given in a unit (reference 2a)."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from apps.core.errors import FieldError
from apps.procurement.errors import UnitNotAllowedError
from apps.procurement.money import round_half_up
from apps.procurement.policy.codelists import unit_decimals


def check_units(quantities: Iterable[tuple[str, str, Decimal]]) -> None:
    """``quantities``: the line's pointer, its unit, and how much. Raises UnitNotAllowedError with
    every fault.
    """
    faults = [fault for pointer, uom, much in quantities for fault in _faults(pointer, uom, much)]
    if faults:
        raise UnitNotAllowedError("See errors for the units and quantities.", errors=faults)


def _faults(pointer: str, uom: str, quantity: Decimal) -> Iterator[FieldError]:
    """UN/ECE recommendations 20 and 21; each unit with the decimals that make sense in it."""
    decimals = unit_decimals(uom)
    if decimals is None:
        detail = "Use a code of UN/ECE recommendation 20, such as EA or KGM; see codelists/units."
        yield FieldError(f"{pointer}/uom", "unknown-unit", detail)
    elif quantity != round_half_up(quantity, decimals):
        detail = f"A quantity in {uom} has at most {decimals} decimals."
        yield FieldError(f"{pointer}/quantity", "too-precise", detail)
