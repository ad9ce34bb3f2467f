"""Who swaps the addresses first and the bank account then is heard of at the old addresses."""

from datetime import datetime, timedelta

import pytest
from django.core import mail

from apps.core.errors import ValidationFailedError
from apps.governance.services.deactivation import deactivate_person
from apps.governance.services.offboarding import offboard_user
from apps.identity.models import User
from apps.partners.models import FormerAddress, Partner, PartnerContact, PartnerUser, Role
from apps.partners.services import add_partner_user, change_partner_user_role
from apps.partners.services.bank_notices import tell_bank_changes
from apps.partners.services.former_addresses import MOST, TOLD_FOR, purge_former_addresses
from apps.partners.services.part_kinds import CONTACTS
from apps.partners.services.parts import change_part, remove_part
from tests.factories.gateway import ANY_REVISION
from tests.factories.partners import contact, proposed, vendor_actor
from tests.factories.world import SETUP, partner, person

pytestmark = pytest.mark.django_db

ANN, THIEF = "ann@acme.example", "thief@elsewhere.example"


@pytest.fixture
def acme() -> Partner:
    return partner("Acme")


def moved(part: PartnerContact, email: str, at: datetime) -> None:
    change_part(
        actor=vendor_actor(part.partner), at=at, kind=CONTACTS, part_id=part.public_id,
        vendor_id=part.partner.public_id, changes={"email": email}, precondition=ANY_REVISION,
    )  # fmt: skip


def removed(part: PartnerContact, at: datetime) -> None:
    remove_part(
        actor=vendor_actor(part.partner), at=at, kind=CONTACTS, part_id=part.public_id,
        vendor_id=part.partner.public_id, precondition=ANY_REVISION,
    )  # fmt: skip


def told(vendor: Partner, at: datetime) -> tuple[list[str], list[str]]:
    """Who is written to about a change proposed now: present and former addresses."""
    proposed(vendor, at=at)
    tell_bank_changes()
    sent = mail.outbox[-1]
    return sent.to, sent.bcc


def admin_of(vendor: Partner, email: str, at: datetime) -> PartnerUser:
    user = person(email)
    return add_partner_user(actor=SETUP, at=at, partner=vendor, user=user, role=Role.ADMIN)


def test_notice_goes_to_the_swapped_contact(acme: Partner, at: datetime) -> None:
    moved(contact(acme), THIEF, at)

    assert told(acme, at) == ([THIEF], [ANN])


def test_notice_goes_to_every_address_of_a_contact_that_moved_twice(
    acme: Partner, at: datetime
) -> None:
    ann = contact(acme)
    moved(ann, "between@elsewhere.example", at)
    moved(ann, THIEF, at)

    assert told(acme, at) == ([THIEF], [ANN, "between@elsewhere.example"])


def test_notice_goes_to_the_only_contact_though_removed(acme: Partner, at: datetime) -> None:
    removed(contact(acme), at)

    assert told(acme, at) == ([], [ANN])


def test_notice_goes_to_contacts_that_were_touched_beside_a_dead_one(
    acme: Partner, at: datetime
) -> None:
    dead = contact(acme, email="left@acme.example")
    PartnerContact.objects.filter(pk=dead.pk).update(updated_at=at - timedelta(days=90))
    contact(acme)

    assert told(acme, at) == (["left@acme.example", ANN], [])


def test_address_that_came_back_is_told_once(acme: Partner, at: datetime) -> None:
    ann = contact(acme)
    moved(ann, THIEF, at)
    moved(ann, "Ann@acme.example", at)

    assert told(acme, at) == ([ANN], [THIEF])


@pytest.mark.parametrize("way", ("demoted", "deactivated", "offboarded"))
def test_notice_goes_to_an_admin_who_was_put_out_just_before(
    acme: Partner, at: datetime, way: str
) -> None:
    ann = admin_of(acme, ANN, at)
    admin_of(acme, THIEF, at)
    if way == "demoted":
        change_partner_user_role(actor=SETUP, at=at, person=ann, role=Role.MANAGER)
    elif way == "deactivated":
        deactivate_person(actor=SETUP, at=at, user=ann.user, reason="Left")
    else:
        offboard_user(actor=SETUP, at=at, user=ann.user, reason="Left")

    assert told(acme, at) == ([THIEF], [ANN])


def test_somebody_who_was_no_admin_is_not_told(acme: Partner, at: datetime) -> None:
    admin_of(acme, ANN, at)
    user = person("bo@acme.example")
    bo = add_partner_user(actor=SETUP, at=at, partner=acme, user=user, role=Role.MANAGER)
    change_partner_user_role(actor=SETUP, at=at, person=bo, role=Role.SALESPERSON)
    deactivate_person(actor=SETUP, at=at, user=User.objects.get(pk=user.pk), reason="Left")

    assert told(acme, at) == ([ANN], [])


def test_former_address_is_told_for_thirty_days_and_then_forgotten(
    acme: Partner, at: datetime
) -> None:
    moved(contact(acme), THIEF, at)
    last = at + TOLD_FOR - timedelta(seconds=1)

    assert told(acme, last) == ([THIEF], [ANN])
    assert purge_former_addresses(at=last, limit=10) == 0
    assert told(acme, at + TOLD_FOR) == ([THIEF], [])
    assert purge_former_addresses(at=at + TOLD_FOR + timedelta(seconds=1), limit=10) == 1
    assert FormerAddress.objects.count() == 0


def test_former_addresses_of_another_vendor_are_not_told(acme: Partner, at: datetime) -> None:
    moved(contact(partner("Globex"), email="cy@globex.example"), THIEF, at)
    contact(acme)

    assert told(acme, at) == ([ANN], [])


def test_contact_moves_no_further_once_too_many_addresses_would_be_told(
    acme: Partner, at: datetime
) -> None:
    FormerAddress.objects.bulk_create(
        FormerAddress(partner=acme, email=f"{number}@acme.example", ceased_at=at)
        for number in range(MOST)
    )
    ann = contact(acme)

    with pytest.raises(ValidationFailedError) as refused:
        moved(ann, THIEF, at)

    assert [(one.pointer, one.code) for one in refused.value.errors] == [("/email", "too-many")]
    ann.refresh_from_db()
    assert ann.email == ANN
