"""When an account stops being paid to: earlier by every change that says so, later by none."""

from datetime import datetime

from apps.partners.models import BankAccountChange, PartnerBankAccount


def retire(account: PartnerBankAccount, from_: datetime) -> None:
    """Not paid to from this moment on, nor from an earlier one that stood already."""
    account.retired_from = min(account.retired_from or from_, from_)
    _save(account)


def take_back(account: PartnerBankAccount, change: BankAccountChange) -> None:
    """Undo what the stopped change set, and nothing that another had: an account that was itself
    made by a stopped change stays retired.
    """
    if account.was_stopped or account.retired_from != change.effective_from:
        return
    account.retired_from = None
    _save(account)


def _save(account: PartnerBankAccount) -> None:
    account.revision += 1
    account.save(update_fields=["retired_from", "revision"])
