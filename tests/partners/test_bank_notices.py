"""Mail to a vendor's admins about every change of bank account."""

from datetime import datetime

import pytest
from django.core import mail

from apps.identity.models import User
from apps.partners.models import BankAccountChange, Partner, Role
from apps.partners.services import add_contact, add_partner_user
from apps.partners.services.bank_checks import refuse_bank_change
from apps.partners.services.bank_notices import tell_bank_changes
from tests.factories.partners import IBAN, checked, proposed, staff_actor, verified, withdrawn
from tests.factories.world import SETUP, partner, person

pytestmark = pytest.mark.django_db

TOLD = {"bank_changes_told": 1, "bank_changes_put_off": 0}
NOTHING = {"bank_changes_told": 0, "bank_changes_put_off": 0}


@pytest.fixture
def acme(at: datetime) -> Partner:
    made = partner("Acme")
    for name, role in (("ann", Role.ADMIN), ("ada", Role.ADMIN), ("bo", Role.MANAGER)):
        user = person(f"{name}@acme.example")
        add_partner_user(actor=SETUP, at=at, partner=made, user=user, role=role)
    return made


def test_admins_are_told_once_of_each_state(acme: Partner) -> None:
    change = proposed(acme)

    assert [tell_bank_changes(), tell_bank_changes()] == [TOLD, NOTHING]
    checked(change)
    assert tell_bank_changes() == TOLD

    first, second = mail.outbox
    assert first.to == second.to == ["ada@acme.example", "ann@acme.example"]
    assert first.subject == "Acme: a change of bank account was proposed"
    assert second.subject == "Acme: a change of bank account was verified"
    assert "takes effect on" in second.body
    assert "takes effect on" not in first.body
    assert "by a number you had before this mail" in first.body


@pytest.mark.parametrize("end", ("withdrawn", "refused"))
def test_admins_are_told_how_it_ended(acme: Partner, at: datetime, end: str) -> None:
    change = proposed(acme)
    if end == "withdrawn":
        withdrawn(acme, change)
    else:
        refuse_bank_change(actor=staff_actor(), at=at, change=change, reason="No.")

    tell_bank_changes()

    (sent,) = mail.outbox
    assert sent.subject.endswith(end)


def test_mail_shows_no_more_than_the_end_of_a_number(acme: Partner) -> None:
    verified(acme)

    tell_bank_changes()

    (sent,) = mail.outbox
    assert "****3000" in sent.body
    assert IBAN not in sent.body
    assert IBAN[-8:] not in sent.body


def test_mail_goes_to_the_addresses_known_when_it_was_proposed(acme: Partner) -> None:
    proposed(acme)
    User.objects.filter(email="ann@acme.example").update(email="thief@elsewhere.example")

    tell_bank_changes()

    assert mail.outbox[0].to == ["ada@acme.example", "ann@acme.example"]


def test_without_admins_the_contacts_are_told(at: datetime) -> None:
    globex = partner("Globex")
    add_contact(actor=SETUP, at=at, partner=globex, email="office@globex.example")
    proposed(globex)

    tell_bank_changes()

    assert mail.outbox[0].to == ["office@globex.example"]


def test_with_nobody_to_tell_the_queue_is_emptied() -> None:
    proposed(partner("Globex"))

    assert tell_bank_changes() == TOLD
    assert mail.outbox == []


def test_what_cannot_be_sent_is_sent_later_and_holds_up_nobody(
    acme: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = proposed(acme), proposed(acme)
    sent: list[str] = []

    def away(change: BankAccountChange) -> None:
        if change.pk == first.pk and not sent:
            raise ConnectionRefusedError
        sent.append(change.public_id)

    monkeypatch.setattr("apps.partners.services.bank_notices._send", away)

    assert tell_bank_changes() == {"bank_changes_told": 1, "bank_changes_put_off": 1}
    assert tell_bank_changes() == TOLD
    assert sent == [second.public_id, first.public_id]


def test_a_name_with_a_line_break_makes_no_header(at: datetime) -> None:
    globex = partner("Globex")
    Partner.objects.filter(pk=globex.pk).update(name="Globex\nBcc: thief@elsewhere.example")
    add_contact(actor=SETUP, at=at, partner=globex, email="office@globex.example")
    proposed(globex)

    tell_bank_changes()

    assert "\n" not in mail.outbox[0].subject
    assert mail.outbox[0].recipients() == ["office@globex.example"]
