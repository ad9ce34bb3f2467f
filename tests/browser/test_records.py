"""Staff verify a vendor's new bank account, and decide which role sees what of a record."""

import pytest
from playwright.sync_api import expect

from apps.partners.models import BankAccountChange, ClaimRule, Role
from apps.partners.selectors import rules_of
from tests.browser.entering import enter_admin
from tests.browser.visitor import Visitor
from tests.factories.partners import NOTE, filled, proposed
from tests.factories.scene import page_of
from tests.factories.world import make_world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]


def test_a_new_bank_account_is_verified_by_the_number_that_was_read_out(visitor: Visitor) -> None:
    acme = filled(make_world().acme)
    change = proposed(acme)
    page = visitor.page
    enter_admin(visitor)
    visitor.go(page_of(type(acme), "change", acme.pk))
    visitor.look("partner-record")

    page.get_by_role("link", name=f"Add {change.masked}").first.click()
    page.get_by_role("link", name="Verify").click()
    page.get_by_label("Number of the new account").fill(change.number)
    page.get_by_label("Whom did you ask, and how?").fill(NOTE)
    visitor.look("bank-change-verify")
    page.get_by_role("button", name="Verify").click()

    expect(page.get_by_text("Verified. It takes effect on")).to_be_visible()
    visitor.look("bank-change")
    change.refresh_from_db()
    assert change.state == "verified"
    visitor.go(page_of(BankAccountChange, "changelist"))
    visitor.look("bank-changes")


def test_a_role_is_shown_another_group(visitor: Visitor) -> None:
    make_world()
    before = dict(rules_of(Role.VIEWER))
    rule = ClaimRule.objects.filter(role=Role.VIEWER)[0]
    page = visitor.page
    enter_admin(visitor)
    visitor.go(page_of(ClaimRule, "edit", rule.pk))
    visitor.look("claim-rules-edit")

    try:
        page.get_by_role("group", name="Contacts").get_by_label("email").check()
        page.get_by_label("Reason").fill("Viewers write to vendors.")
        page.get_by_role("button", name="Change what the role sees").click()
        expect(page.get_by_text("what it sees is changed")).to_be_visible()
        assert rules_of(Role.VIEWER) == {**before, "contacts": ["email"]}
    finally:  # A migration fills the rules, so no fixture resets them.
        ClaimRule.objects.filter(role=Role.VIEWER).exclude(group__in=before).delete()
        for group, names in before.items():
            ClaimRule.objects.filter(role=Role.VIEWER, group=group).update(fields=names)
