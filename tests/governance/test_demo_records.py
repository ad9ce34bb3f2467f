"""The demo's vendors have records: filled once, by the services, and not again."""

from datetime import datetime
from pathlib import Path

import pytest
from pytest_django import Settings

from apps.audit.models import Event
from apps.core.actor import Actor
from apps.governance.services.demo import ensure_demo
from apps.partners.models import (
    BankAccountChange,
    ClaimRule,
    Partner,
    PartnerAddress,
    PartnerBankAccount,
    PartnerContact,
    PartnerTaxRegistration,
)
from apps.partners.policy.banking import is_iban
from apps.partners.services import suspend_partner

pytestmark = pytest.mark.django_db
KINDS = (PartnerContact, PartnerAddress, PartnerTaxRegistration, PartnerBankAccount)


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path / "var"
    return tmp_path / "var"


def counts(name: str) -> list[int]:
    return [kind.objects.filter(partner__name__startswith=name).count() for kind in KINDS]


def test_vendors_of_the_demo_have_records(operator: Actor, at: datetime) -> None:
    ensure_demo(actor=operator, at=at)

    assert (counts("Acme"), counts("Globex"), counts("Nordwind")) == (
        [2, 1, 1, 1], [2, 1, 1, 1], [1, 0, 0, 0],
    )  # fmt: skip
    acme = Partner.objects.get(name__startswith="Acme")
    assert (acme.legal_name, acme.payment_terms) == ("Acme Kontorrekvisita AS", "30 days net")


def test_bank_account_of_the_demo_was_verified_by_its_administrator_and_has_cooled_off(
    operator: Actor, at: datetime
) -> None:
    ensure_demo(actor=operator, at=at)

    for account in PartnerBankAccount.objects.all():
        assert is_iban(account.number)
        assert account.verified_by.email == "administrator@buyer.example"
        assert account.status_at(at) == "verified"
        assert account.made_by.check_note == "Demo data, dated back: nobody was called."
    numbers = {account.number for account in PartnerBankAccount.objects.all()}
    assert len(numbers) == 2


def test_second_demo_fills_nothing_more(operator: Actor, at: datetime) -> None:
    ensure_demo(actor=operator, at=at)
    events = Event.objects.count()

    ensure_demo(actor=operator, at=at)

    assert (counts("Acme"), Event.objects.count()) == ([2, 1, 1, 1], events)


def test_demo_of_an_earlier_release_gains_records(operator: Actor, at: datetime) -> None:
    ensure_demo(actor=operator, at=at)
    BankAccountChange.objects.update(made=None)
    for kind in (BankAccountChange, *KINDS[1:]):
        kind.objects.all().delete()

    ensure_demo(actor=operator, at=at)

    assert counts("Globex") == [2, 1, 1, 1]


def test_suspended_vendor_gets_no_record(operator: Actor, at: datetime) -> None:
    ensure_demo(actor=operator, at=at)
    acme = Partner.objects.get(name__startswith="Acme")
    PartnerAddress.objects.all().delete()
    suspend_partner(actor=operator, at=at, partner=acme, reason="trouble")

    ensure_demo(actor=operator, at=at)

    assert (counts("Acme")[1], counts("Globex")[1]) == (0, 1)


def test_demo_keeps_to_rules_that_hide_a_group(operator: Actor, at: datetime) -> None:
    ClaimRule.objects.filter(group__in=("banking", "tax")).delete()

    ensure_demo(actor=operator, at=at)

    assert counts("Acme") == [2, 1, 0, 0]
