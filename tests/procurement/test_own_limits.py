"""What `/me` tells of limits: every one that binds the caller, and what is left of it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.oauth.models import TokenSession
from apps.procurement.models import PurchaseOrder, PurchaseOrderLine
from apps.procurement.services import cancel_order, close_order, issue_order
from apps.projects.models import Project
from tests.factories.details import ask_machine, entry, erp, euros
from tests.factories.gateway import Caller
from tests.factories.oauth import access_token
from tests.factories.policies import policy, rate
from tests.factories.procurement import actor_for, asking, buyer_caller, vendor_caller
from tests.factories.spending import draft_of, submitted
from tests.factories.world import World, project

pytestmark = pytest.mark.django_db
ME = "/api/v1/me"
BUYING, COSTS = "purchase_orders:create", "purchase_orders.cost:read"


def limits(caller: Caller) -> list[dict[str, Any]]:
    answer = caller.get(ME)
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["limits"]
    return found


def test_me_tells_what_remains_of_every_limit(world: World) -> None:
    version = policy(world.buyer, name="IT", per_period_max=1000, period_days=30)
    Project.objects.update(budget_amount=Decimal(5000), budget_currency="EUR")
    own_limits = entry(world.office, limits={"total": euros("300.00")})
    new = erp(world, BUYING, COSTS)
    token = ask_machine(new, own_limits, scope=f"{BUYING} {COSTS}").json()
    submitted(world, actor_for(world.erp, world.office), "40")
    session = TokenSession.objects.exclude(authorization_details=[]).get()

    found = limits(Caller(token["access_token"]))

    common = {"project": world.office.public_id, "currency": "EUR", "days": None}
    no_end = {"valid_until": None, "policy_version": None}
    own = token["authorization_details"][0]
    token_source = {"kind": "token", "id": session.public_id, "name": "The token"}
    of_token = {"valid_until": own["valid_until"], "policy_version": None, "source": token_source}
    assert found == [
        {
            **common,
            **no_end,
            "kind": "per_period",
            "days": 30,
            "amount": "1000.00",
            "remaining": "960.00",
            "policy_version": version.version,
            "source": {"kind": "policy", "id": version.policy.public_id, "name": "IT"},
        },
        {
            **common,
            **of_token,
            "kind": "per_period",
            "days": 30,
            "amount": "1000.00",
            "remaining": "1000.00",
        },
        {**common, **of_token, "kind": "total", "amount": "300.00", "remaining": "300.00"},
        {
            **common,
            **no_end,
            "kind": "budget",
            "amount": "5000.00",
            "remaining": "4960.00",
            "source": {
                "kind": "project",
                "id": world.office.public_id,
                "name": "Project OFFICE",
            },
        },
    ]


def test_me_tells_nothing_of_limits_to_who_orders_nothing(world: World) -> None:
    policy(world.buyer, name="IT", cumulative_max=1000)

    assert limits(vendor_caller(world.acme)) == []
    assert limits(buyer_caller(world, "purchase_orders:read")) == []


def test_me_without_an_exchange_rate_says_that_it_does_not_know(world: World) -> None:
    submitted(world, actor_for(world.erp, world.office), "400", currency="SEK")
    Project.objects.update(budget_amount=Decimal(450), budget_currency="EUR")

    [budget] = limits(buyer_caller(world, BUYING, COSTS))

    assert (budget["kind"], budget["remaining"]) == ("budget", None)


def test_me_costs_the_same_for_three_projects_as_for_one(world: World) -> None:
    def statements() -> int:
        caller = Caller(access_token(erp(world, BUYING, COSTS), [BUYING, COSTS]))
        limits(caller)
        with CaptureQueriesContext(connection) as asked:
            limits(caller)
        return len(asked)

    policy(world.buyer, name="IT", per_period_max=1000, period_days=30)
    Project.objects.update(budget_amount=Decimal(5000), budget_currency="EUR")
    submitted(world, actor_for(world.erp, world.office), "40")
    found = [statements()]
    for number in range(2):
        project(f"P{number}", world.buyer, world.erp)
        Project.objects.update(budget_amount=Decimal(5000), budget_currency="EUR")
        found.append(statements())

    # The token; projects, policies, accounts, periods; and orders where no account is open yet.
    assert found == [5, 6, 6]


def test_me_costs_the_same_for_many_orders_before_a_budget(world: World, at: datetime) -> None:
    """Their projects' accounts are not opened yet, and the budgets are in two currencies."""
    rate("EUR", "SEK", at.date(), "10")
    projects, found = [world.office], []
    for number in range(3):
        projects.append(project(f"P{number}", world.buyer, world.erp, world.acme))
        actor = actor_for(world.erp, *projects)
        for one in projects[-2:]:
            for currency in ("EUR", "SEK"):
                submitted(world, actor, "40", currency=currency, project=one.public_id)
        Project.objects.update(budget_amount=Decimal(5000), budget_currency="EUR")
        Project.objects.filter(number="P0").update(budget_currency="SEK")
        caller = Caller(access_token(erp(world, BUYING, COSTS), [BUYING, COSTS]))
        told = {one["project"]: one["remaining"] for one in limits(caller)}
        with CaptureQueriesContext(connection) as asked:
            limits(caller)
        found.append(len(asked))
        Project.objects.update(budget_amount=None, budget_currency="")

    # The token, its projects, accounts; kinds of orders, rates, and their sums.
    assert found == [6, 6, 6]
    assert (told[world.office.public_id], told[projects[1].public_id]) == ("4956.00", "4120.00")


def test_me_tells_what_enforcement_will_find(world: World, at: datetime) -> None:
    """Orders of every kind, and a budget that is set after them in each of two currencies."""
    rate("EUR", "SEK", at.date(), "10.3")
    rate("EUR", "IDR", at.date(), "17000")
    buyer = actor_for(world.erp, world.office)
    for amount, currency in (("12.34", "EUR"), ("33.35", "SEK"), ("84.99", "IDR"), ("7", "SEK")):
        submitted(world, buyer, amount, currency=currency)
    short = issue_order(**asking(submitted(world, buyer, "99.99", currency="SEK"), buyer))
    came = {"quantity_received": Decimal("0.3"), "quantity_accepted": Decimal("0.3")}
    PurchaseOrderLine.objects.filter(order=short).update(**came)
    close_order(**asking(short, buyer))
    draft_of(world, buyer, "500")
    cancel_order(**asking(submitted(world, buyer, "600"), buyer))
    PurchaseOrder.objects.filter(tax_exclusive=7).update(fx_rate=None, amount_base=None)

    for currency in ("EUR", "SEK"):
        Project.objects.update(budget_amount=Decimal(5000), budget_currency=currency)
        [before] = limits(buyer_caller(world, BUYING, COSTS))
        submitted(world, buyer, "1", currency=currency)
        [after] = limits(buyer_caller(world, BUYING, COSTS))

        assert Decimal(before["remaining"]) - 1 == Decimal(after["remaining"])
        assert Decimal(before["remaining"]) < 5000


def test_me_tells_limits_to_a_token_that_only_changes_orders(world: World) -> None:
    policy(world.buyer, name="IT", cumulative_max=1000)

    [found] = limits(buyer_caller(world, "purchase_orders:change"))

    assert found["remaining"] == "1000.00"
