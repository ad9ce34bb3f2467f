"""An account whose change was refused or withdrawn is never paid to, whatever comes after."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import InvalidTransitionError
from apps.partners.models import BankAccountChange, Partner, PartnerBankAccount
from apps.partners.services.bank_accounts import retire, take_back
from apps.partners.services.bank_checks import refuse_bank_change
from apps.partners.states import ChangeState
from tests.factories.partners import (
    OTHER_IBAN,
    account,
    checked,
    details,
    proposed,
    staff_actor,
    verified,
    withdrawn,
)
from tests.factories.world import partner

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = [timedelta(hours=hours) for hours in range(2, 200, 3)]
NONE = details(holder="", iban="", currency="")
OTHER = details(iban=OTHER_IBAN)


@pytest.fixture
def acme() -> Partner:
    return partner("Acme")


def seen(change: BankAccountChange, at: datetime) -> set[str]:
    """What the account that the change made is at any later moment."""
    made = PartnerBankAccount.objects.get(made_by=change)
    return {str(made.status_at(at + after)) for after in LATER}


def refused(change: BankAccountChange, at: datetime) -> BankAccountChange:
    return refuse_bank_change(actor=staff_actor(), at=at, change=change, reason="Fraud.")


def about(change: BankAccountChange, kind: str) -> dict[str, Any]:
    assert change.made is not None
    given = NONE if kind == "retire" else OTHER
    return {"kind": kind, "account_id": change.made.public_id, "details": given}


@pytest.mark.parametrize("kind", ("retire", "replace"))
def test_an_account_that_cools_off_is_not_built_on(acme: Partner, at: datetime, kind: str) -> None:
    first = verified(acme, at=at)

    with pytest.raises(InvalidTransitionError) as error:
        proposed(acme, at=at + HOUR, **about(first, kind))

    assert error.value.extra == {"from": "pending", "to": "pending", "allowed": []}
    assert BankAccountChange.objects.count() == 1


@pytest.mark.parametrize("kind", ("retire", "replace"))
def test_a_refused_account_does_not_come_back_by_a_change_of_it(
    acme: Partner, at: datetime, kind: str
) -> None:
    first = verified(acme, at=at)
    # As one that was proposed before such proposals were refused.
    later = proposed(acme, at=at + HOUR, details=OTHER)
    BankAccountChange.objects.filter(pk=later.pk).update(kind=kind, account=first.made)
    refused(first, at + 2 * HOUR)

    later.refresh_from_db()
    with pytest.raises(InvalidTransitionError) as error:
        checked(later, at=at + DAY, actor=staff_actor("second@buyer.example"))

    assert error.value.extra["from"] == "retired"
    assert seen(first, at) == {"retired"}


def test_a_refused_account_does_not_come_back_when_a_later_change_is_withdrawn(
    acme: Partner, at: datetime
) -> None:
    first = verified(acme, at=at)
    second = verified(acme, at=at + HOUR, details=OTHER)
    BankAccountChange.objects.filter(pk=second.pk).update(kind="replace", account=first.made)
    refused(first, at + 2 * HOUR)

    second.refresh_from_db()
    withdrawn(acme, second, at=at + 3 * HOUR)

    assert seen(first, at) == {"retired"}
    assert seen(second, at) == {"retired"}


@pytest.mark.parametrize("state", (ChangeState.REFUSED, ChangeState.WITHDRAWN))
def test_an_account_of_a_stopped_change_is_not_paid_to_whatever_its_dates_say(
    acme: Partner, at: datetime, state: ChangeState
) -> None:
    first = verified(acme, at=at)

    BankAccountChange.objects.filter(pk=first.pk).update(state=state)

    assert seen(first, at) == {"retired"}


def test_an_account_another_change_ended_is_not_changed_again(acme: Partner, at: datetime) -> None:
    held, now = account(acme, at=at), at + 10 * DAY
    change = proposed(acme, at=now, kind="retire", account_id=held.public_id, details=NONE)
    PartnerBankAccount.objects.filter(pk=held.pk).update(retired_from=now + HOUR)

    with pytest.raises(InvalidTransitionError):
        checked(change, at=now)

    held.refresh_from_db()
    assert held.retired_from == now + HOUR


def test_retiring_never_moves_the_day_later(acme: Partner, at: datetime) -> None:
    held = account(acme, at=at)

    days = []
    for day in (at + 2 * DAY, at + 3 * DAY, at + DAY):
        retire(held, day)
        held.refresh_from_db()
        days.append(held.retired_from)

    assert days == [at + 2 * DAY, at + 2 * DAY, at + DAY]


def test_taking_back_undoes_what_the_change_set_alone(acme: Partner, at: datetime) -> None:
    held, now = account(acme, at=at), at + 10 * DAY
    change = verified(acme, at=now, kind="retire", account_id=held.public_id, details=NONE)
    held.refresh_from_db()
    own = held.retired_from

    PartnerBankAccount.objects.filter(pk=held.pk).update(retired_from=now + HOUR)
    held.refresh_from_db()
    take_back(held, change)
    kept = held.retired_from
    PartnerBankAccount.objects.filter(pk=held.pk).update(retired_from=own)
    held.refresh_from_db()
    take_back(held, change)

    assert (kept, held.retired_from) == (now + HOUR, None)
