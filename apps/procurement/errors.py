"""Refusals that only procurement knows."""

from dataclasses import dataclass

from apps.core.errors import DomainError


@dataclass(eq=False)
class ProjectClosedError(DomainError):
    code: str = "project-closed"
    title: str = "The project is closed"
    status: int = 403


@dataclass(eq=False)
class TotalsMismatchError(DomainError):
    code: str = "totals-mismatch"
    title: str = "The totals do not follow from the lines"
    status: int = 422


@dataclass(eq=False)
class UnitNotAllowedError(DomainError):
    code: str = "unit-not-allowed"
    title: str = "The unit is not known or not so finely divided"
    status: int = 422


@dataclass(eq=False)
class SegregationOfDutiesError(DomainError):
    code: str = "segregation-of-duties"
    title: str = "Somebody else must do this"
    status: int = 403


@dataclass(eq=False)
class OrderOnHoldError(DomainError):
    code: str = "order-on-hold"
    title: str = "The order is on hold"
    status: int = 409


@dataclass(eq=False)
class AlreadySubmittedError(DomainError):
    code: str = "already-submitted"
    title: str = "Said already"
    status: int = 409


@dataclass(eq=False)
class OverReceiptError(DomainError):
    code: str = "over-receipt"
    title: str = "More than was ordered"
    status: int = 422


@dataclass(eq=False)
class OverInvoiceError(DomainError):
    code: str = "over-invoice"
    title: str = "More than can be invoiced"
    status: int = 422


@dataclass(eq=False)
class DuplicateInvoiceError(DomainError):
    code: str = "duplicate-invoice"
    title: str = "The number was used this year already"
    status: int = 422


@dataclass(eq=False)
class CurrencyMismatchError(DomainError):
    code: str = "currency-mismatch"
    title: str = "Not the order's currency"
    status: int = 422


@dataclass(eq=False)
class PrincipalMismatchError(DomainError):
    code: str = "principal-mismatch"
    title: str = "Not yours to name"
    status: int = 422


@dataclass(eq=False)
class VendorNotActiveError(DomainError):
    code: str = "partner-suspended"
    title: str = "The vendor may not be bought from"
    status: int = 403
