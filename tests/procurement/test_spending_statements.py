"""How many statements rules cost: none to speak of where there are none, and as many for one order
as for the hundredth.
"""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.actor import Actor
from apps.procurement.models import PurchaseOrder
from apps.procurement.services import cancel_order, issue_order, submit_order
from apps.projects.models import Project
from tests.factories.policies import approval_rule, policy
from tests.factories.procurement import actor_for, asking
from tests.factories.spending import draft_of, entry, limit, limited, submitted
from tests.factories.world import World

pytestmark = pytest.mark.django_db
# More than without the ledger: one asks whether there are any rules; giving back takes a lock and
# asks what there is.
UNRULED = {"submit": 9, "issue": 9, "cancel": 12}


@pytest.fixture
def erp(world: World) -> Actor:
    return actor_for(world.erp, world.office)


def statements(act: Callable[..., PurchaseOrder], order: PurchaseOrder, actor: Actor) -> int:
    with CaptureQueriesContext(connection) as asked:
        act(**asking(order, actor))
    return len(asked)


def test_without_rules_an_order_costs_one_statement_more(world: World, erp: Actor) -> None:
    order = draft_of(world, erp, "1")

    found = {
        "submit": statements(submit_order, order, erp),
        "issue": statements(issue_order, order, erp),
        "cancel": statements(cancel_order, order, erp),
    }

    assert found == UNRULED


def test_with_rules_the_hundredth_order_costs_what_the_first_did(world: World, erp: Actor) -> None:
    for number in range(3):
        policy(
            world.buyer,
            name=f"P{number}",
            cumulative_max=10**6,
            per_period_max=10**6,
            period_days=9,
        )
    approval_rule(world.buyer, amount_from=10**6)
    Project.objects.update(budget_amount=Decimal(10**6), budget_currency="EUR")
    buyer = limited(erp, entry(world.office, limits={"total": limit("100000")}))
    found = set()
    for _ in range(3):
        submitted(world, buyer, "1")
        order = draft_of(world, buyer, "1")
        found.add((statements(submit_order, order, buyer), statements(issue_order, order, buyer)))

    assert found == {(17, 16)}
