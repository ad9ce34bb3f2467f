"""Which accounts a change may be about."""

from datetime import datetime

from apps.core.errors import InvalidTransitionError
from apps.partners.models import AccountStatus, PartnerBankAccount


def require_standing(account: PartnerBankAccount, at: datetime) -> None:
    """A change is about an account that is paid to and was not ended by another: one that cools
    off may still be refused, and what is built on it would outlive that. Raises
    InvalidTransitionError.
    """
    status = account.status_at(at)
    if status == AccountStatus.VERIFIED and account.retired_from is not None:
        status = AccountStatus.RETIRED
    if status != AccountStatus.VERIFIED:
        raise InvalidTransitionError(
            f"The account is {status}; no change of it takes effect.",
            extra={"from": str(status), "to": str(status), "allowed": []},
        )
