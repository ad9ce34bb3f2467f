"""Bank accounts and their changes: masked, unless the whole number was asked for."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from apps.partners.formats.values import written
from apps.partners.models import BankAccountChange, PartnerBankAccount
from apps.partners.policy import Claims
from apps.partners.states import ClaimGroup

DETAILS = ("holder", "number_kind", "bic", "bank_code", "country", "currency")


def account_body(
    account: PartnerBankAccount, fields: Collection[str], *, at: datetime, full: bool = False
) -> dict[str, Any]:
    """``fields`` are those of the group that may be shown."""
    facts = {
        **{name: getattr(account, name) for name in DETAILS},
        "number": account.number if full else account.masked,
        "status": str(account.status_at(at)),
        "verified_at": written(account.verified_at),
        "effective_from": written(account.effective_from),
        "retired_from": written(account.retired_from),
    }
    return {
        "id": account.public_id,
        "revision": account.revision,
        **{name: value for name, value in facts.items() if name in fields},
    }


def change_body(change: BankAccountChange, claims: Claims, *, at: datetime) -> dict[str, Any]:
    """Wants its accounts read along. What staff noted of their check is theirs."""
    fields = claims.fields(ClaimGroup.BANKING)
    details = {**{name: getattr(change, name) for name in DETAILS}, "number": change.masked}
    return {
        "id": change.public_id,
        "revision": change.revision,
        "kind": change.kind,
        "status": change.state_at(at),
        "account": change.account.public_id if change.account else None,
        "new_account": change.made.public_id if change.made else None,
        **{name: value for name, value in details.items() if name in fields},
        "reason": change.reason,
        "proposed_at": written(change.proposed_at),
        "verified_at": written(change.verified_at),
        "effective_from": written(change.effective_from),
        "stopped_at": written(change.stopped_at),
        "stop_reason": change.stop_reason,
    }
