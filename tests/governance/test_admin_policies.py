"""Purchasing policies in the admin: added, changed by a version, retired, filtered."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser

from apps.audit.models import Event
from apps.identity.models import StaffRole
from apps.projects.models import BuyerEntity, PolicyVersion, Project, PurchasingPolicy
from apps.projects.policy import terms_of
from tests.factories.identity import staff_browser
from tests.factories.oauth import machine
from tests.factories.policies import next_version, now, policy, terms
from tests.factories.scene import page_of
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


def form(**filled: Any) -> dict[str, Any]:
    return {"once": "a", "currency": "EUR", "reason": "Budget", **filled}


def faults(browser: Browser, address: str, sent: dict[str, Any]) -> dict[str, list[str]]:
    return dict(browser.post(address, sent).context["form"].errors)


def test_staff_add_a_policy_for_whom_they_name(world: World) -> None:
    client = machine(partner=world.erp, scopes=["purchase_orders:create"]).client
    sent = form(
        buyer_entity=str(world.buyer.pk),
        name="ERP",
        client=client.client_id,
        partner=str(world.erp.pk),
        role="integration",
        project=str(world.office.pk),
        categories_allowed="4321,\n4410",
        currencies="eur, sek",
        ship_to="SE-11, NO",
        per_period_max="20000",
        period_days="30",
        auto_approve_below="500",
        requires_contract="on",
        vendors=[str(world.acme.pk)],
    )

    answer = staff_browser(StaffRole.PROCUREMENT_MANAGER).post(
        page_of(PurchasingPolicy, "add"), sent
    )

    version = PolicyVersion.objects.get()
    made = version.policy
    assert answer["Location"] == page_of(PurchasingPolicy, "change", made.pk)
    assert (made.client_id, made.partner, made.role, made.project) == (
        client.client_id,
        world.erp,
        "integration",
        world.office,
    )
    assert terms_of(version) == terms(
        categories_allowed=("4321", "4410"),
        currencies=("EUR", "SEK"),
        ship_to=("NO", "SE-11"),
        vendors=(world.acme.pk,),
        per_period_max=20000,
        period_days=30,
        auto_approve_below=500,
        requires_contract=True,
    )


def test_client_that_is_not_known_cannot_be_named(world: World) -> None:
    sent = form(buyer_entity=str(world.buyer.pk), name="P", client="typo")

    found = faults(staff_browser(), page_of(PurchasingPolicy, "add"), sent)

    assert list(found) == ["client"]
    assert not PurchasingPolicy.objects.exists()


def test_staff_write_a_version_from_what_was_written_last(world: World) -> None:
    first = policy(
        world.buyer, categories_denied=("44",), vendors=(world.acme.pk,), per_order_max="12.50"
    )
    browser, address = staff_browser(), page_of(PurchasingPolicy, "write-version", first.policy.pk)

    shown = browser.get(address).context["form"]
    filled = {name: shown[name].value() for name in shown.fields}
    sent = {
        name: [str(one) for one in value] if isinstance(value, tuple) else value
        for name, value in filled.items()
        if value not in (None, "")
    }
    answer = browser.post(address, {**sent, "per_order_max": "10", "reason": "less"})

    version = PolicyVersion.objects.get(version=2)
    assert answer["Location"] == page_of(PolicyVersion, "change", version.pk)
    assert terms_of(version) == terms(
        categories_denied=("44",), vendors=(world.acme.pk,), per_order_max=10
    )
    event = Event.objects.get(action="purchasing_policy.changed")
    assert event.private["reason"] == "less"


def test_version_by_somebody_who_saw_an_older_one_is_refused(world: World) -> None:
    first = policy(world.buyer, per_order_max=10)
    next_version(first, per_order_max=5)
    address = page_of(PurchasingPolicy, "write-version", first.policy.pk)

    found = faults(staff_browser(), address, form(based_on="1", per_order_max="20"))

    assert found == {"__all__": ["Version 2 was written meanwhile. Look at it, then begin anew."]}
    assert PolicyVersion.objects.count() == 2


def test_version_is_shown_beside_the_one_before(world: World) -> None:
    first = policy(world.buyer, per_order_max=10, currencies=("EUR",))
    second = next_version(first, per_order_max=5, currencies=("EUR",), requires_contract=True)

    page = staff_browser(StaffRole.VIEWER).get(page_of(PolicyVersion, "change", second.pk))

    table = page.context["tables"][0]
    rows = {row[0]: tuple(map(str, row[1:3])) for row in table.rows}
    assert table.head == ("About", "Version 2", "Before: version 1", "Compared")
    assert rows["One order"] == ("EUR 5.00", "EUR 10.00")
    assert rows["A contract"] == ("named by every order", "need not be named")
    changed = [row[0] for row in table.rows if "changed" in str(row[3])]
    assert changed == ["A contract", "One order"]


def test_policy_shows_what_it_says_now_not_what_it_will(world: World) -> None:
    first = policy(world.buyer, per_order_max=10)
    next_version(first, effective_from=now() + timedelta(days=1), per_order_max=5)

    page = staff_browser().get(page_of(PurchasingPolicy, "change", first.policy.pk))

    says, versions = page.context["tables"][:2]
    assert (says.title, dict(says.rows)["One order"]) == ("What it says now", "EUR 10.00")
    assert len(versions.rows) == 2


def test_retired_policy_offers_no_act_and_is_filtered(world: World) -> None:
    first = policy(world.buyer, per_order_max=10)
    policy(world.buyer, name="Other", per_order_max=10)
    later = policy(world.buyer, name="Later", effective_from=now() + timedelta(days=1))
    browser = staff_browser()

    browser.post(
        page_of(PurchasingPolicy, "retire", first.policy.pk), {"once": "b", "reason": "over"}
    )

    listed = {
        choice: {str(one) for one in browser.get(address).context["cl"].result_list}
        for choice in ("yes", "no", "")
        if (address := f"{page_of(PurchasingPolicy, 'changelist')}?standing={choice}")
    }
    assert listed["no"] == {"Everybody"}
    assert listed["yes"] == {"Other", "Later"}
    acts = {
        one.policy.name: browser.get(page_of(PurchasingPolicy, "change", one.policy_id)).context[
            "acts"
        ]
        for one in (first, later)
    }
    assert (acts["Everybody"], len(acts["Later"])) == ([], 2)


def test_staff_refuse_orders_without_a_policy_and_let_them_pass_again(world: World) -> None:
    browser = staff_browser()
    for act, expected in (("require-policy", True), ("free-from-policy", False)):
        browser.post(page_of(BuyerEntity, act, world.buyer.pk), {"once": act, "reason": "so"})

        world.buyer.refresh_from_db()
        assert world.buyer.requires_policy is expected

    told = Event.objects.filter(action="buyer_entity.changed").order_by("id")
    assert [event.private["requires_policy"] for event in told] == [True, False]


def test_form_is_filled_in_with_the_decimals_of_the_currency(world: World) -> None:
    euros = policy(world.buyer, name="Euros", per_order_max=5000).policy
    yen = policy(world.buyer, name="Yen", currency="JPY", per_order_max=5000).policy
    Project.objects.update(budget_amount=Decimal(900), budget_currency="EUR")
    browser = staff_browser()

    policies = [
        browser.get(page_of(PurchasingPolicy, "write-version", one.pk)).context["form"]
        for one in (euros, yen)
    ]
    edited = browser.get(page_of(Project, "edit", world.office.pk)).context["form"]

    assert [str(one["per_order_max"].value()) for one in policies] == ["5000.00", "5000"]
    assert str(edited["budget_amount"].value()) == "900.00"


def test_code_that_is_no_currency_is_told_once_and_in_words(world: World) -> None:
    sent = form(buyer_entity=world.buyer.pk, name="IT", currencies="EURO")

    assert faults(staff_browser(), page_of(PurchasingPolicy, "add"), sent) == {
        "currencies": ["'EURO' is not a currency one can pay in."]
    }


def test_budget_without_its_currency_is_told_once(world: World) -> None:
    browser, address = staff_browser(), page_of(Project, "edit", world.office.pk)
    shown = browser.get(address).context["form"]
    sent = {name: shown[name].value() or "" for name in shown.fields}

    found = faults(browser, address, {**sent, "budget_amount": "100", "reason": "more"})

    assert found == {"budget_amount": ["A budget is an amount and its currency, or neither."]}
