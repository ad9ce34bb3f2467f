"""Refusals that only procurement knows."""

from dataclasses import dataclass

from apps.core.errors import DomainError
from apps.projects.errors import (
    ProjectClosedError as ProjectClosedError,  # noqa: PLC0414 -- one of procurement's refusals too
)


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
class VendorNotActiveError(DomainError):
    code: str = "partner-suspended"
    title: str = "The vendor may not be bought from"
    status: int = 403


@dataclass(eq=False)
class SpendLimitExceededError(DomainError):
    code: str = "spend-limit-exceeded"
    title: str = "More than may be spent"
    status: int = 403


@dataclass(eq=False)
class CategoryNotAllowedError(DomainError):
    code: str = "category-not-allowed"
    title: str = "The category may not be bought"
    status: int = 403


@dataclass(eq=False)
class VendorNotAllowedError(DomainError):
    code: str = "vendor-not-allowed"
    title: str = "The vendor may not be bought from"
    status: int = 403


@dataclass(eq=False)
class CurrencyNotAllowedError(DomainError):
    code: str = "currency-not-allowed"
    title: str = "The currency may not be used"
    status: int = 403


@dataclass(eq=False)
class ShipToNotAllowedError(DomainError):
    code: str = "ship-to-not-allowed"
    title: str = "Goods may not be sent there"
    status: int = 403


@dataclass(eq=False)
class ContractRequiredError(DomainError):
    code: str = "contract-required"
    title: str = "The order names no contract"
    status: int = 403


@dataclass(eq=False)
class PolicyMissingError(DomainError):
    code: str = "policy-missing"
    title: str = "No purchasing policy applies"
    status: int = 403


@dataclass(eq=False)
class ActionNotGrantedError(DomainError):
    code: str = "action-not-granted"
    title: str = "The token's details do not grant this"
    status: int = 403


@dataclass(eq=False)
class ExchangeRateMissingError(DomainError):
    code: str = "exchange-rate-missing"
    title: str = "There is no exchange rate"
    status: int = 422


@dataclass(eq=False)
class AmountTooLargeError(DomainError):
    code: str = "amount-too-large"
    title: str = "More than can be counted"
    status: int = 422


# By the code of the reason that denies a purchase.
PURCHASE_REFUSALS: dict[str, type[DomainError]] = {
    refusal.code: refusal
    for refusal in (
        SpendLimitExceededError,
        CategoryNotAllowedError,
        VendorNotAllowedError,
        CurrencyNotAllowedError,
        ShipToNotAllowedError,
        ContractRequiredError,
        PolicyMissingError,
        ActionNotGrantedError,
        ExchangeRateMissingError,
        AmountTooLargeError,
    )
}
OF_AMOUNTS = (SpendLimitExceededError, ExchangeRateMissingError, AmountTooLargeError)
# Those that a draft meets already: all but what depends on its amount.
FACT_REFUSALS = tuple(
    code for code in PURCHASE_REFUSALS if code not in {refusal.code for refusal in OF_AMOUNTS}
)
