"""A number of a vendor's is proposed once while it is open or in use there."""

from datetime import datetime, timedelta

import pytest

from apps.core.errors import ValidationFailedError
from apps.partners.models import BankAccountChange, Partner
from apps.partners.services.bank_changes import withdraw_bank_change
from tests.factories.gateway import ANY_REVISION
from tests.factories.partners import details, proposed, vendor_actor, verified
from tests.factories.threads import at_once
from tests.factories.world import partner

COOLED = timedelta(hours=48)


@pytest.fixture
def acme() -> Partner:
    return partner("Acme")


def refusal(vendor: Partner, at: datetime, **said: str) -> list[tuple[str, str]]:
    with pytest.raises(ValidationFailedError) as refused:
        proposed(vendor, at=at, details=details(**said))
    return [(fault.pointer, fault.code) for fault in refused.value.errors]


@pytest.mark.django_db
def test_number_that_is_proposed_already_is_refused(acme: Partner, at: datetime) -> None:
    proposed(acme, at=at)

    spaced = refusal(acme, at, iban="de89 3704 0044 0532 0130 00")

    assert spaced == [("/iban", "duplicate")]


@pytest.mark.django_db
def test_number_in_use_or_cooling_off_is_refused(acme: Partner, at: datetime) -> None:
    verified(acme, at=at)

    assert refusal(acme, at) == [("/iban", "duplicate")]
    assert refusal(acme, at + COOLED) == [("/iban", "duplicate")]


@pytest.mark.django_db
def test_withdrawn_number_may_be_proposed_again(acme: Partner, at: datetime) -> None:
    first = proposed(acme, at=at)
    withdraw_bank_change(
        actor=vendor_actor(acme),
        at=at,
        vendor_id=acme.public_id,
        change_id=first.public_id,
        precondition=ANY_REVISION,
    )

    assert proposed(acme, at=at, details=details()).state == "proposed"


@pytest.mark.django_db
def test_account_may_be_replaced_by_itself_at_another_bank(acme: Partner, at: datetime) -> None:
    made = verified(acme, at=at).made
    assert made is not None

    change = proposed(
        acme, at=at + COOLED, kind="replace", account_id=made.public_id, details=details()
    )

    assert change.account == made


@pytest.mark.django_db
def test_another_vendors_number_says_nothing(acme: Partner, at: datetime) -> None:
    verified(acme, at=at)

    assert proposed(partner("Globex"), at=at).state == "proposed"


@pytest.mark.django_db(transaction=True)
def test_two_proposals_of_a_number_at_once_leave_one(at: datetime) -> None:
    vendor = partner("Acme")

    def attempt() -> bool:
        try:
            proposed(vendor, at=at, details=details())
        except ValidationFailedError:
            return False
        return True

    assert sorted(at_once(attempt, attempt)) == [False, True]
    assert BankAccountChange.objects.count() == 1
