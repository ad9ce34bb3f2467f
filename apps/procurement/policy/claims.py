"""What an invoice claims, beside all that the rules of matching compare it with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from apps.procurement.models import PurchaseOrder, PurchaseOrderLine, Tolerance
from apps.procurement.policy.drafts import Tax

ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What an invoice claims of one line, less what was credited; ``before`` and ``paid_before``
    are quantity and money that earlier invoices claim of it, ``kept`` the money among it whose
    pieces were credited. ``line_id`` names the invoice's line.
    """

    line_id: int
    line: PurchaseOrderLine
    tolerance: Tolerance
    quantity: Decimal
    net: Decimal
    tax: Tax
    before: Decimal = ZERO
    paid_before: Decimal = ZERO
    kept: Decimal = ZERO

    @property
    def ordered_tax(self) -> Tax:
        return Tax(self.line.tax_category, self.line.tax_rate)


@dataclass(frozen=True, kw_only=True)
class Adjusted:
    """What is taken off or added beside the lines, of what is taxed alike: as the order has it,
    as earlier invoices did, and as this one does. ``lines_net`` are the order's lines that are
    taxed so, ``claimed_before`` what earlier invoices claim of them.
    """

    tax: Tax
    lines_net: Decimal = ZERO
    claimed_before: Decimal = ZERO
    allowances_agreed: Decimal = ZERO
    allowances_before: Decimal = ZERO
    allowances: Decimal = ZERO
    charges_agreed: Decimal = ZERO
    charges_before: Decimal = ZERO
    charges: Decimal = ZERO


@dataclass(frozen=True, kw_only=True)
class Whole:
    """What concerns an invoice as a whole. ``lines`` are the nets of the order's lines with their
    tolerances, ``general`` is the tolerance for whatever is bought; ``paid_before`` is what earlier
    invoices come to without tax, ``alike`` the number of an invoice that looks the same.
    """

    order: PurchaseOrder
    claims: Sequence[Claim]
    net: Decimal
    lines: Sequence[tuple[Decimal, Tolerance]]
    general: Tolerance
    paid_before: Decimal = ZERO
    adjusted: Sequence[Adjusted] = ()
    alike: str = ""


def claim_as_agreed(claim: Claim) -> Claim:
    """The claim where no price may be off: what a vendor is told does not tell the tolerance."""
    return replace(claim, tolerance=Tolerance(two_way=claim.tolerance.two_way))


def whole_as_agreed(whole: Whole) -> Whole:
    """The whole where no price may be off."""
    exact = Tolerance()
    return replace(
        whole,
        claims=[claim_as_agreed(claim) for claim in whole.claims],
        lines=[(net, exact) for net, _tolerance in whole.lines],
        general=exact,
    )
