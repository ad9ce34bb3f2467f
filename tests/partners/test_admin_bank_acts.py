"""What staff do about bank accounts in the admin: take back what they proposed, and propose only
where their role sees the accounts.
"""

from typing import Any

import pytest
from django.test import Client as Browser

from apps.audit.models import Event
from apps.core.errors import ForbiddenError
from apps.partners.models import BankAccountChange, ClaimRule, Partner, PartnerBankAccount, Role
from apps.partners.services.bank_checks import withdraw_for_partner
from apps.partners.states import ChangeState
from tests.factories.identity import staff_browser
from tests.factories.partners import IBAN, NOTE, checked, filled, now, proposed, staff_actor
from tests.factories.scene import page_of
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


@pytest.fixture
def browser(world: World) -> Browser:
    del world
    return staff_browser()


@pytest.fixture
def change(world: World, browser: Browser) -> BankAccountChange:
    """A change that a member of staff typed in for the vendor."""
    asked = {"kind": "add", "holder": "Acme AS", "iban": IBAN, "reason": "Letter."}
    send(browser, world.acme, "bank-change", currency="EUR", **asked)
    return BankAccountChange.objects.get()


def send(browser: Browser, record: Any, act: str, **form: Any) -> Any:
    return browser.post(page_of(type(record), act, record.pk), {"once": act, **form})


def test_what_staff_proposed_staff_take_back(browser: Browser, change: BankAccountChange) -> None:
    send(browser, change, "withdraw", reason="Typed for the wrong vendor.")

    change.refresh_from_db()
    assert (change.state, change.stop_reason) == (
        ChangeState.WITHDRAWN, "Typed for the wrong vendor.",
    )  # fmt: skip
    event = Event.objects.get(action="vendor.bank_account.change_withdrawn")
    assert event.data["reason"] == "Typed for the wrong vendor."


def test_a_verified_change_of_staff_is_taken_back_while_it_cools_off(
    browser: Browser, change: BankAccountChange
) -> None:
    checked(change, actor=staff_actor())

    send(browser, change, "withdraw", reason="The letter was forged.")

    change.refresh_from_db()
    made = PartnerBankAccount.objects.get()
    assert (change.state, made.retired_from) == (ChangeState.WITHDRAWN, change.stopped_at)


def test_withdrawing_asks_for_a_reason(browser: Browser, change: BankAccountChange) -> None:
    answer = send(browser, change, "withdraw", reason=" ")

    assert set(answer.context["form"].errors) == {"reason"}
    change.refresh_from_db()
    assert change.state == ChangeState.PROPOSED


def test_what_a_vendor_proposed_is_not_for_staff_to_withdraw(
    world: World, browser: Browser
) -> None:
    change = proposed(world.acme)

    with pytest.raises(ForbiddenError):
        withdraw_for_partner(actor=staff_actor(), at=now(), change=change, reason="No.")
    send(browser, change, "withdraw", reason="No.")

    assert page_of(type(change), "withdraw", change.pk) not in page(browser, change)
    change.refresh_from_db()
    assert change.state == ChangeState.PROPOSED


def page(browser: Browser, record: Any) -> str:
    return browser.get(page_of(type(record), "change", record.pk)).content.decode()


@pytest.mark.parametrize("left", ([], ["holder"]), ids=("no rule", "the holder only"))
def test_the_form_lists_accounts_only_to_who_sees_banking(
    world: World, browser: Browser, left: list[str]
) -> None:
    filled(world.acme)
    rule = ClaimRule.objects.get(role=Role.APPROVER_ADMIN, group="banking")
    ClaimRule.objects.filter(pk=rule.pk).update(fields=left)
    if not left:
        rule.delete()

    form = browser.get(page_of(Partner, "bank-change", world.acme.pk))

    assert form.status_code == 403
    assert b"****3000" not in form.content
    assert page_of(Partner, "bank-change", world.acme.pk) not in page(browser, world.acme)


def test_showing_the_form_is_an_event(world: World, browser: Browser) -> None:
    filled(world.acme)
    before = Event.objects.filter(action="partner.restricted_read").count()

    form = browser.get(page_of(Partner, "bank-change", world.acme.pk))

    assert b"****3000" in form.content
    assert Event.objects.filter(action="partner.restricted_read").count() == before + 1


def test_note_of_the_check_is_none_of_the_withdrawal(
    browser: Browser, change: BankAccountChange
) -> None:
    checked(change, actor=staff_actor())

    send(browser, change, "withdraw", reason="Not asked for any more.")

    change.refresh_from_db()
    assert change.check_note == NOTE
