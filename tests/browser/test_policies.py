"""Staff write a purchasing policy, tighten it, and see what the new version changes; they add an
approval rule and the day's exchange rates.
"""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from apps.projects.models import ApprovalRule, ExchangeRate, PolicyVersion, PurchasingPolicy
from apps.projects.policy import terms_of
from tests.browser.entering import enter_admin
from tests.browser.visitor import Visitor
from tests.factories.policies import policy, terms
from tests.factories.scene import page_of
from tests.factories.world import make_world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]


def test_a_policy_is_added_then_tightened_by_a_further_version(visitor: Visitor) -> None:
    world = make_world()
    page = visitor.page
    enter_admin(visitor)
    visitor.go(page_of(PurchasingPolicy, "changelist"))
    visitor.look("policies-none")

    visitor.go(page_of(PurchasingPolicy, "add"))
    page.get_by_label("Buyer entity").select_option(label="Nordwind")
    page.get_by_label("Name").fill("IT equipment")
    page.get_by_label("Project").select_option(label=str(world.office))
    page.get_by_label("Categories allowed").fill("4321, 4322")
    page.get_by_role("group", name="Vendors").get_by_label("Acme").check()
    page.get_by_label("Currency of the amounts below").fill("EUR")
    page.get_by_label("One order, at most").fill("5000")
    page.get_by_label("Reason").fill("Budget 2027")
    visitor.look("policy-add")
    page.get_by_role("button", name="Add").click()

    expect(page.get_by_text("IT equipment is added, as version 1.")).to_be_visible()
    visitor.look("policy")
    page.get_by_role("link", name="Write a new version").click()
    expect(page.get_by_label("Categories allowed")).to_have_value("4321, 4322")
    expect(page.get_by_role("group", name="Vendors").get_by_label("Acme")).to_be_checked()
    page.get_by_label("One order, at most").fill("1000.50")
    page.get_by_label("Reason").fill("Too much was spent")
    visitor.look("policy-write-version")
    page.get_by_role("button", name="Write a new version").click()

    expect(page.get_by_text("This is what it changes.")).to_be_visible()
    row = page.get_by_role("row", name="One order")
    assert row.get_by_role("cell").all_inner_texts() == [
        "One order", "EUR 1,000.50", "EUR 5,000.00", "changed",
    ]  # fmt: skip
    visitor.look("policy-version")
    assert terms_of(PolicyVersion.objects.get(version=2)) == terms(
        categories_allowed=("4321", "4322"), vendors=(world.acme.pk,), per_order_max="1000.50"
    )
    visitor.go(page_of(PolicyVersion, "changelist"))
    visitor.look("policy-versions")
    visitor.go(page_of(PurchasingPolicy, "changelist"))
    visitor.look("policies")


def test_what_makes_no_sense_is_told_at_its_field(visitor: Visitor) -> None:
    first = policy(make_world().buyer, per_order_max=1000)
    page = visitor.page
    enter_admin(visitor)
    visitor.go(page_of(PurchasingPolicy, "write-version", first.policy.pk))

    page.get_by_label("One order, at most").fill("0.001")
    page.get_by_label("Within a period, at most").fill("5")
    page.get_by_label("Shipped to").fill("SE, ZZ")
    page.get_by_label("Reason").fill("To see")
    page.get_by_role("button", name="Write a new version").click()

    expect(page.get_by_text("EUR has 2 decimals.")).to_be_visible()
    expect(page.get_by_text("'ZZ' is not a place")).to_be_visible()
    expect(page.get_by_text("A limit per period is an amount and its days.")).to_be_visible()
    visitor.look("policy-faults")
    assert PolicyVersion.objects.count() == 1


def test_an_approval_rule_and_rates_are_added(visitor: Visitor) -> None:
    make_world()
    page = visitor.page
    enter_admin(visitor)
    visitor.go(page_of(ApprovalRule, "add"))
    page.get_by_label("Buyer entity").select_option(label="Nordwind")
    page.get_by_label("Name").fill("Large orders")
    page.get_by_label("Amount from").fill("50000")
    page.get_by_label("Reason").fill("Board's decision")
    visitor.look("approval-rule-add")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("Large orders is added.")).to_be_visible()
    visitor.look("approval-rules")
    page.get_by_role("link", name="Large orders").click()
    visitor.look("approval-rule")

    visitor.go(page_of(ExchangeRate, "add"))
    page.get_by_label("Base currency").fill("EUR")
    page.get_by_label("Day").fill("2026-03-02")
    page.get_by_label("Whose rates these are").fill("ECB")
    page.get_by_role("textbox", name="Rates", exact=True).fill("USD,1.0842\nSEK,11.2\n")
    visitor.look("exchange-rates-add")
    page.get_by_role("button", name="Add").click()

    expect(page.get_by_text("2 rates added.")).to_be_visible()
    visitor.look("exchange-rates")
    page.get_by_role("link", name="2 Mar").or_(
        page.get_by_role("link", name="March 2")
    ).first.click()
    visitor.look("exchange-rate")
    assert ApprovalRule.objects.get().amount_from == Decimal(50000)
    assert set(ExchangeRate.objects.values_list("base_currency", flat=True)) == {"USD", "SEK"}
