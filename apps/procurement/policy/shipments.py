"""What a ship notice may say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from apps.core.errors import FieldError, InvalidTransitionError, ValidationFailedError
from apps.procurement.errors import UnitNotAllowedError
from apps.procurement.models import PurchaseOrderLine, ShipmentNotice
from apps.procurement.policy.codelists import unit_decimals
from apps.procurement.policy.numbering import numbering_faults
from apps.procurement.policy.units import check_units
from apps.procurement.states import ShipmentStatus

PACKAGE = "X"  # Codes of recommendation 21 stand among the units with an X before them.


@dataclass(frozen=True, kw_only=True)
class ShippedLine:
    line_no: int
    quantity: Decimal
    packages: int | None = None
    package_unit: str = ""
    lots: Sequence[str] = ()
    serials: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class ShipmentDraft:
    """A ship notice as it is posted; the order by its public id. ``vendor`` may repeat whose it
    is.
    """

    purchase_order: str
    lines: Sequence[ShippedLine]
    reference: str = ""
    carrier: str = ""
    tracking: str = ""
    shipped_at: datetime | None = None
    eta: date | None = None
    note: str = ""
    vendor: str = ""


def check_shipment(shipped: Sequence[ShippedLine], lines: Mapping[int, PurchaseOrderLine]) -> None:
    """``lines`` are the order's, by number. How much is under way is the vendor's to know: what is
    too much is refused when it is received.

    Raises ValidationFailedError and UnitNotAllowedError.
    """
    faults = [*numbering_faults((line.line_no for line in shipped), lines)]
    for place, line in enumerate(shipped):
        faults += _line_faults(line, f"/lines/{place}")
    if faults:
        raise ValidationFailedError("See errors for what to mend.", errors=faults)
    check_units(
        (f"/lines/{place}", lines[line.line_no].uom, line.quantity)
        for place, line in enumerate(shipped)
    )
    _check_packages(shipped)


def require_withdrawable(shipment: ShipmentNotice, *, received: bool) -> None:
    """Once, and only while nothing of it was received. Raises InvalidTransitionError."""
    if received or shipment.status != ShipmentStatus.ANNOUNCED:
        raise InvalidTransitionError(
            "Something of it was received." if received else "It was withdrawn already.",
            extra={
                "from": "received" if received else str(shipment.status),
                "to": ShipmentStatus.WITHDRAWN.value,
                "allowed": [],
            },
        )


def _line_faults(line: ShippedLine, pointer: str) -> Iterator[FieldError]:
    if line.quantity <= 0:
        yield FieldError(f"{pointer}/quantity", "not-positive", "Ship more than nothing.")
    elif len(line.serials) > line.quantity:
        detail = "There are more serial numbers than pieces."
        yield FieldError(f"{pointer}/serials", "too-many", detail)
    for name in ("lots", "serials"):
        numbers = getattr(line, name)
        if len(set(numbers)) < len(numbers):
            yield FieldError(f"{pointer}/{name}", "duplicate", "Name each once.")
    if line.packages is not None and not line.package_unit:
        yield FieldError(f"{pointer}/package_unit", "required", "Say what the packages are.")


def _check_packages(shipped: Sequence[ShippedLine]) -> None:
    """Packages are codes of UN/ECE recommendation 21."""
    detail = "Use a package of UN/ECE recommendation 21, such as XPK; see codelists/units."
    faults = [
        FieldError(f"/lines/{place}/package_unit", "unknown-unit", detail)
        for place, line in enumerate(shipped)
        if line.package_unit
        and not (line.package_unit.startswith(PACKAGE) and unit_decimals(line.package_unit) == 0)
    ]
    if faults:
        raise UnitNotAllowedError("See errors for the packages.", errors=faults)
