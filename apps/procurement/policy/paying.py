"""To which account an invoice is paid (reference 2d no. 10)."""

from collections.abc import Sequence
from datetime import datetime

from apps.core.errors import ConflictError, FieldError, ValidationFailedError
from apps.partners.models import AccountStatus, PartnerBankAccount


def account_to_pay(
    accounts: Sequence[PartnerBankAccount],
    *,
    at: datetime,
    invoiced: PartnerBankAccount | None,
    named: str,
) -> PartnerBankAccount | None:
    """Money goes only to an account of the vendor's that was verified, by somebody else than its
    editor, has cooled off and is not retired: the one that the invoice names, else the one that is
    ``named`` when paying, else the only one there is. ``accounts`` are all of the vendor's, with
    those retired; of a vendor that never had one, nothing is kept here that could be looked at,
    and the payment is noted without.

    Raises ValidationFailedError and ConflictError.
    """
    if invoiced is not None and named not in {"", invoiced.public_id}:
        raise _refused("The invoice names another account. Have it credited and sent anew.")
    if invoiced is not None:
        return _payable(invoiced, at)
    if named:
        return _payable(_of_the_vendor(accounts, named), at)
    if not accounts:
        return None
    usable = [one for one in accounts if one.status_at(at) == AccountStatus.VERIFIED]
    if len(usable) != 1:
        raise ConflictError(
            "The vendor has no account that may be paid to now."
            if not usable
            else "The vendor has several accounts. Name the one to pay to.",
            extra={"bank_accounts": [one.public_id for one in usable]},
        )
    return usable[0]


def _of_the_vendor(accounts: Sequence[PartnerBankAccount], named: str) -> PartnerBankAccount:
    for one in accounts:
        if one.public_id == named:
            return one
    raise _refused("The vendor has no such account.")


def _refused(detail: str) -> ValidationFailedError:
    fault = FieldError("/bank_account", "not-payable", detail)
    return ValidationFailedError("The bank account cannot be used.", errors=[fault])


def _payable(account: PartnerBankAccount, at: datetime) -> PartnerBankAccount:
    status = account.status_at(at)
    if status != AccountStatus.VERIFIED:
        raise ConflictError(
            "The bank account may not be paid to now.",
            extra={"bank_account": account.public_id, "account_status": status},
        )
    return account
