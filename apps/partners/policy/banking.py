"""What a bank account is made of, and who may do what to a change of one. No fault repeats a
number: refusals are remembered and logged.
"""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from stdnum import bic as bic_numbers
from stdnum import iban as iban_numbers
from stdnum.exceptions import ValidationError as InvalidNumberError

from apps.core.actor import Actor, ActorKind
from apps.core.errors import FieldError, ForbiddenError, InvalidTransitionError
from apps.core.policy import country_faults
from apps.partners.models import (
    BankAccountChange,
    ChangeKind,
    NumberKind,
    PartnerBankAccount,
)
from apps.partners.policy.values import currency_faults
from apps.partners.states import CHANGE_MOVES, ChangeState

ACCOUNT_NUMBER = re.compile(r"[0-9A-Z-]{4,34}")
IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}")
SHOWN, SHORT = 4, 8
WRITTEN = ("holder", "bic", "bank_code", "country", "currency")


@dataclass(frozen=True, kw_only=True)
class NewDetails:
    """An account as somebody proposes it: by IBAN, or by a number of another kind."""

    holder: str = ""
    iban: str = ""
    account_number: str = ""
    bic: str = ""
    bank_code: str = ""
    country: str = ""
    currency: str = ""

    @property
    def number(self) -> str:
        return normalized(self.iban or self.account_number, self.number_kind)

    @property
    def given(self) -> frozenset[str]:
        """The fields of the claim group that this writes."""
        names = {name for name in WRITTEN if getattr(self, name)}
        return frozenset(names | ({"number"} if self.number else set()))

    @property
    def number_kind(self) -> NumberKind:
        return NumberKind.IBAN if self.iban else NumberKind.ACCOUNT

    @property
    def country_of_account(self) -> str:
        """An IBAN names it (ISO 13616)."""
        return self.country or (self.number[:2] if self.iban else "")


def normalized(number: str, kind: str) -> str:
    """As it is stored and compared: an IBAN in its electronic form (ISO 13616), which has no
    separators, another number without spaces.
    """
    if kind == NumberKind.IBAN:
        return iban_numbers.compact(number)
    return re.sub(r"\s", "", number).upper()


def ending_of(number: str) -> str:
    """What may be shown: four characters, and of a short number no more than two."""
    return number[-SHOWN:] if len(number) >= SHORT else number[-SHOWN // 2 :]


def details_faults(details: NewDetails) -> list[FieldError]:
    """Why this is no account that could be paid to."""
    faults = [*_number_faults(details), *_bic_faults(details.bic)]
    if not details.holder.strip():
        faults.append(FieldError("/holder", "required", "Say in whose name the account is."))
    if details.country_of_account or not details.iban:
        faults += country_faults(details.country_of_account)
    return [*faults, *currency_faults(details.currency, pointer="/currency")]


def _number_faults(details: NewDetails) -> list[FieldError]:
    if bool(details.iban) == bool(details.account_number):
        detail = "Give either an IBAN or an account number."
        return [FieldError("/iban", "one-of", detail)]
    if details.iban:
        return _iban_faults(details.number)
    if ACCOUNT_NUMBER.fullmatch(details.number):
        return []
    detail = "An account number has 4 to 34 letters, digits and hyphens."
    return [FieldError("/account_number", "invalid", detail)]


def _iban_faults(iban: str) -> list[FieldError]:
    """ISO 13616: the country's form, and the check digits by ISO 7064 mod 97-10."""
    if is_iban(iban):
        return []
    return [FieldError("/iban", "invalid", "This is not a valid IBAN.")]


def is_iban(text: str) -> bool:
    """Whether it is an IBAN in its electronic form; the library alone would take other scripts'
    digits too.
    """
    try:
        return IBAN.fullmatch(text) is not None and iban_numbers.validate(text) == text
    except InvalidNumberError:
        return False


def _bic_faults(bic: str) -> list[FieldError]:
    """ISO 9362."""
    if bic and not bic_numbers.is_valid(bic):
        return [FieldError("/bic", "invalid", "This is not a valid BIC.")]
    return []


def kind_faults(kind: str, *, has_account: bool, details: NewDetails) -> list[FieldError]:
    """A change that adds names no account, one that retires gives no details."""
    needs_account = kind != ChangeKind.ADD
    faults = []
    if needs_account and not has_account:
        faults.append(FieldError("/account", "required", "Say which account this is about."))
    if not needs_account and has_account:
        faults.append(FieldError("/account", "not-allowed", "A new account replaces none."))
    if kind == ChangeKind.RETIRE and details != NewDetails():
        detail = "Retiring an account takes no details of another."
        faults.append(FieldError("/kind", "not-allowed", detail))
    if kind != ChangeKind.RETIRE:
        faults += details_faults(details)
    return faults


def known_faults(
    details: NewDetails, known: Iterable[BankAccountChange | PartnerBankAccount]
) -> list[FieldError]:
    """A number is proposed once: while it is open or in use at the vendor, a second account of it
    would leave two that look alike, one of which survives when the other is retired. The fault is
    for whoever may write this vendor's accounts, and tells of no other vendor's.
    """
    taken = {one.number for one in known}
    if not details.number or details.number not in taken:
        return []
    pointer = "/iban" if details.iban else "/account_number"
    detail = "The vendor has this account already, or a change to it is open."
    return [FieldError(pointer, "duplicate", detail)]


def require_move(state: str, to: ChangeState) -> None:
    """Raises InvalidTransitionError."""
    allowed = CHANGE_MOVES[state]
    if to not in allowed:
        raise InvalidTransitionError(
            f"The change is {state}; it cannot become {to}.",
            extra={"from": state, "to": str(to), "allowed": sorted(allowed)},
        )


def is_staff_made(change: BankAccountChange) -> bool:
    """Whether the buyer's own people proposed it, who may then take it back."""
    return change.proposed_by is not None and change.proposed_by.is_staff


def require_staff_made(change: BankAccountChange) -> None:
    """What a vendor proposed is the vendor's to withdraw. Raises ForbiddenError."""
    if not is_staff_made(change):
        raise ForbiddenError("The vendor proposed this change. Refuse it instead.")


def require_second_person(actor: Actor, change: BankAccountChange) -> uuid.UUID:
    """Who verifies: a member of staff, and not the one who proposed (invariant 10 and reference 5,
    "Bank change"). Raises ForbiddenError.
    """
    if actor.kind != ActorKind.STAFF or actor.user_id is None:
        raise ForbiddenError("Only staff verify a change of bank account.")
    if actor.user_id == change.proposed_by_id:
        raise ForbiddenError(
            "Somebody else than the proposer verifies a change of bank account.",
            code="segregation-of-duties",
        )
    return actor.user_id
