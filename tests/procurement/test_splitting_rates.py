"""Orders that count as one, in currencies: what no rate tells is looked at by somebody."""

from datetime import datetime

import pytest

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.actor import Actor
from apps.procurement.models import ApprovalStep, OrderRevision
from tests.factories.policies import approval_rule, policy, rate
from tests.factories.procurement import actor_for
from tests.factories.spending import submitted
from tests.factories.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def erp(world: World) -> Actor:
    return actor_for(world.erp, world.office)


def statuses(world: World, erp: Actor, *amounts: str, currency: str = "EUR") -> list[str]:
    return [submitted(world, erp, one, currency=currency).status for one in amounts]


def test_policys_threshold_counts_in_its_own_currency_where_no_rate_leads_to_the_buyers(
    world: World, erp: Actor
) -> None:
    policy(world.buyer, currency="SEK", auto_approve_below=1000)

    found = statuses(world, erp, "600", "399.99", "0.01", currency="SEK")

    assert found == ["approved", "approved", "pending_approval"]


def test_policys_threshold_counts_orders_in_several_currencies_by_the_rates_of_now(
    world: World, erp: Actor, at: datetime
) -> None:
    rate("EUR", "SEK", at.date(), "10")
    policy(world.buyer, currency="SEK", auto_approve_below=1000)
    statuses(world, erp, "60")

    found = statuses(world, erp, "399", "1", currency="SEK")

    assert found == ["approved", "pending_approval"]


@pytest.mark.parametrize("kind", ("rule", "policy"))
def test_order_that_no_rate_measures_is_looked_at_with_the_next(
    world: World, erp: Actor, kind: str
) -> None:
    statuses(world, erp, "100000", currency="CHF")
    if kind == "rule":
        approval_rule(world.buyer, amount_from=1000)
    else:
        policy(world.buyer, auto_approve_below=1000)

    assert statuses(world, erp, "1") == ["pending_approval"]

    said = "what the requester's other orders to the vendor come to in EUR no exchange rate tells."
    assert ApprovalStep.objects.get().why.endswith(said)
    decision = OrderRevision.objects.get(act="submit", order__tax_exclusive=1).decision or {}
    assert [one["code"] for one in decision["reasons"]] == ["earlier-orders-unknown"]
    assert not Event.objects.filter(action=Action.ORDER_SPLITTING_SUSPECTED).exists()


def test_order_that_no_rate_measures_is_no_matter_of_another_category(
    world: World, erp: Actor
) -> None:
    submitted(world, erp, "100000", currency="CHF", category="46")
    approval_rule(world.buyer, amount_from=1000, category="43")

    assert submitted(world, erp, "1", category="43").status == "approved"
