"""Writing the spend ledger: what is taken, turned and given back, all at once."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from apps.procurement.models import PurchaseOrder, SpendAccount, SpendReservation, SpendState
from apps.procurement.policy.purchasing import Conversion

SUMS = {SpendState.RESERVED: "reserved", SpendState.CONSUMED: "consumed"}


class Bookings:
    """Gathers what is to be written on locked accounts, so that sums and rows go together."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._made: list[SpendReservation] = []
        self._changed: list[SpendReservation] = []
        self._accounts: dict[object, SpendAccount] = {}

    def take(
        self,
        account: SpendAccount,
        order: PurchaseOrder,
        spent: Conversion,
        state: SpendState,
        *,
        since: datetime | None = None,
    ) -> None:
        """Count the order on the account, in the state; ``since`` is when it was submitted."""
        taken = SpendReservation(
            account=account,
            order=order,
            state=state,
            amount=spent.amount,
            rate=spent.rate,
            rate_on=spent.on,
            reserved_at=since or self._at,
            changed_at=self._at,
        )
        self._made.append(taken)
        self._add(account, state, spent.amount)

    def turn(self, own: Iterable[SpendReservation], state: SpendState) -> None:
        """What was set aside is spent, or given back."""
        for taken in own:
            self._change(taken, SpendState(state), taken.amount)

    def reduce(self, taken: SpendReservation, amount: Decimal) -> None:
        """Give back a part. What would be more stays as it is."""
        self._change(taken, SpendState(taken.state), min(taken.amount, amount))

    def write(self) -> None:
        """Three statements at most, however many accounts."""
        if self._changed:
            columns = ["state", "amount", "changed_at"]
            SpendReservation.objects.bulk_update(self._changed, columns)
        if self._made:
            SpendReservation.objects.bulk_create(self._made)
        if self._accounts:
            sums = ["reserved", "consumed", "updated_at"]
            SpendAccount.objects.bulk_update(self._accounts.values(), sums)

    def _change(self, taken: SpendReservation, state: SpendState, amount: Decimal) -> None:
        if (taken.state, taken.amount) == (state, amount):
            return
        self._add(taken.account, SpendState(taken.state), -taken.amount)
        self._add(taken.account, state, amount)
        taken.state, taken.amount, taken.changed_at = state, amount, self._at
        self._changed.append(taken)

    def _add(self, account: SpendAccount, state: SpendState, amount: Decimal) -> None:
        if state in SUMS:
            name = SUMS[state]
            setattr(account, name, getattr(account, name) + amount)
        account.updated_at = self._at
        self._accounts[account.pk] = account
