"""Approval rules and exchange rates in the admin."""

from datetime import date

import pytest
from django.contrib.messages import get_messages

from apps.identity.models import StaffRole
from apps.projects.models import ApprovalRule, ExchangeRate
from tests.factories.identity import staff, staff_browser
from tests.factories.policies import rate
from tests.factories.scene import page_of
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
RATES = {"once": "a", "base": "EUR", "on": "2026-03-02", "source": "ECB"}


def test_staff_add_and_retire_an_approval_rule(world: World) -> None:
    browser = staff_browser(StaffRole.PROCUREMENT_MANAGER)
    sent = {
        "once": "a",
        "buyer_entity": str(world.buyer.pk),
        "name": "Large",
        "project": str(world.office.pk),
        "category": "4321",
        "amount_from": "50000",
        "approver_role": "approver_admin",
        "min_approvers": "2",
        "sequence": "1",
        "split_days": "14",
        "reason": "Board",
    }

    browser.post(page_of(ApprovalRule, "add"), sent)
    made = ApprovalRule.objects.get()
    listed = browser.get(page_of(ApprovalRule, "changelist")).content.decode()
    browser.post(page_of(ApprovalRule, "retire", made.pk), {"once": "b", "reason": "over"})

    assert "EUR 50,000.00" in listed
    assert (made.project, made.category, made.min_approvers, made.split_days) == (
        world.office,
        "4321",
        2,
        14,
    )
    made.refresh_from_db()
    assert made.retired_at is not None


def test_rule_that_too_few_people_could_meet_is_warned_of(world: World) -> None:
    browser = staff_browser()
    sent = {
        "once": "a", "buyer_entity": str(world.buyer.pk), "name": "Large", "amount_from": "5",
        "approver_role": "approver_admin", "min_approvers": "2", "sequence": "1",
        "split_days": "7", "reason": "Board",
    }  # fmt: skip
    warning = (
        "Large asks for 2 different people, and only 1 person is an active administrator: what it "
        "fits waits until there are more of them."
    )

    answer = browser.post(page_of(ApprovalRule, "add"), sent)
    address = page_of(ApprovalRule, "change", ApprovalRule.objects.get().pk)
    before = dict(browser.get(address).context["facts"])
    staff(email="second@buyer.example")
    after = dict(browser.get(address).context["facts"])

    assert str(next(iter(get_messages(answer.wsgi_request)))) == warning
    assert (before["Careful"], "Careful" in after) == (warning, False)


def test_approval_rule_that_makes_no_sense_is_told_at_its_field(world: World) -> None:
    sent = {
        "once": "a", "buyer_entity": str(world.buyer.pk), "name": "Large", "category": "4 3",
        "amount_from": "0.001", "approver_role": "approver_admin", "min_approvers": "1",
        "sequence": "1", "split_days": "7", "reason": "Board",
    }  # fmt: skip

    answer = staff_browser().post(page_of(ApprovalRule, "add"), sent)

    assert set(answer.context["form"].errors) == {"category", "amount_from"}
    assert not ApprovalRule.objects.exists()


def test_staff_paste_rates_and_withdraw_one(world: World) -> None:
    assert world.buyer.base_currency == "EUR"
    browser = staff_browser(StaffRole.PROCUREMENT_MANAGER)

    browser.post(page_of(ExchangeRate, "add"), {**RATES, "rates": "USD,10.842\r\nSEK,11.2\r\n"})
    wrong = ExchangeRate.objects.get(base_currency="USD")
    browser.post(page_of(ExchangeRate, "withdraw", wrong.pk), {"once": "b", "reason": "typo"})
    browser.post(page_of(ExchangeRate, "add"), {**RATES, "once": "c", "rates": "USD,1.0842"})

    listed = browser.get(f"{page_of(ExchangeRate, 'changelist')}?standing=yes").context["cl"]
    assert {f"{one} {one.rate.normalize():f}" for one in listed.result_list} == {
        "EUR/USD 2026-03-02 1.0842",
        "EUR/SEK 2026-03-02 11.2",
    }


@pytest.mark.parametrize(
    ("rates", "said"),
    (
        ("USD;1.1", "Line 1: write currency,rate."),
        ("SEK,11.2\nUSD,1.2", "<li>EUR/USD 2026-03-02 is known as 1.1; withdraw that first.</li>"),
    ),
)
def test_rates_that_cannot_be_added_are_told_at_their_field(rates: str, said: str) -> None:
    rate("EUR", "USD", date(2026, 3, 2), "1.1")

    answer = staff_browser().post(page_of(ExchangeRate, "add"), {**RATES, "rates": rates})

    assert said in str(answer.context["form"].errors["rates"])
    assert ExchangeRate.objects.count() == 1
