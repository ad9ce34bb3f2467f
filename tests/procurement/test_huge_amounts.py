"""Amounts as large as an order can say: one caller's stop nobody else's orders."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from apps.core.actor import Actor
from apps.projects.models import Project
from tests.factories.gateway import Caller, problem
from tests.factories.policies import policy, rate
from tests.factories.procurement import actor_for, buyer_caller, order_payload, post_order
from tests.factories.spending import account, require_balanced, submitted
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
HUGE = "600000000000000"


@pytest.fixture
def erp(world: World) -> Actor:
    return actor_for(world.erp, world.office)


def post_one(caller: Caller, world: World, price: str, currency: str = "EUR") -> Any:
    """An order of one piece at this price, without tax."""
    tax = {"category": "Z", "rate": "0"}
    [line] = order_payload(world)["lines"]
    lines = [{**line, "quantity": "1", "unit_price": price, "tax": tax}]
    return post_order(caller, world, lines=lines, allowances=[], currency=currency)


def submit(caller: Caller, made: Any) -> Any:
    return caller.post(made["Location"] + "/submit", If_Match=made["ETag"])


def test_one_clients_orders_do_not_fill_the_account_for_all(world: World) -> None:
    version = policy(world.buyer, categories_denied=("99",))
    greedy, modest = buyer_caller(world), buyer_caller(world)
    for _ in range(2):
        assert submit(greedy, post_one(greedy, world, HUGE)).status_code == 200

    answer = submit(modest, post_one(modest, world, "510"))

    assert answer.status_code == 200
    assert account(policy=version.policy) == (2 * Decimal(HUGE) + 510, 0)
    require_balanced()


# The policy counts in IDR, the buyer in EUR.
TOO_LARGE = (("17000", "EUR", "99000000000"), ("0.0001", "IDR", "900000000000"))


@pytest.mark.parametrize(("worth", "currency", "amount"), TOO_LARGE)
def test_order_that_is_too_large_in_another_currency_is_refused_with_a_problem(
    world: World, at: datetime, worth: str, currency: str, amount: str
) -> None:
    rate("EUR", "IDR", at.date(), worth)
    policy(world.buyer, currency="IDR")
    caller = buyer_caller(world)

    answer = submit(caller, post_one(caller, world, amount, currency))

    assert problem(answer) == (422, "amount-too-large")


@pytest.mark.parametrize(("worth", "currency", "amount"), TOO_LARGE)
def test_question_says_the_same(
    world: World, at: datetime, worth: str, currency: str, amount: str
) -> None:
    rate("EUR", "IDR", at.date(), worth)
    policy(world.buyer, currency="IDR")
    asked = {"project": world.office.public_id, "currency": currency, "amount": amount}

    answer = buyer_caller(world).post("/api/v1/purchasing-decisions", asked)

    assert answer.status_code == 200
    assert (answer.json()["decision"], answer.json()["code"]) == ("denied", "amount-too-large")


def test_the_largest_order_in_another_currency_is_counted(
    world: World, erp: Actor, at: datetime
) -> None:
    rate("EUR", "IDR", at.date(), "17000")
    version = policy(world.buyer, currency="IDR")

    assert submitted(world, erp, "58823529411.76").status == "approved"

    assert account(policy=version.policy) == (999999999999920, 0)


def test_budget_in_a_currency_in_which_earlier_orders_are_huge_counts_them(
    world: World, erp: Actor, at: datetime
) -> None:
    rate("EUR", "IDR", at.date(), "17000")
    submitted(world, erp, HUGE)
    Project.objects.filter(pk=world.office.pk).update(budget_amount=10**14, budget_currency="IDR")
    caller = buyer_caller(world)

    answer = submit(caller, post_one(caller, world, "1"))

    assert problem(answer) == (403, "spend-limit-exceeded")


def test_rate_too_large_to_be_kept_leads_nowhere(world: World, at: datetime) -> None:
    rate("EUR", "IDR", at.date(), "0.0000000001")
    policy(world.buyer, per_order_max=1)
    caller = buyer_caller(world)

    answer = submit(caller, post_one(caller, world, "1", "IDR"))

    assert problem(answer) == (422, "exchange-rate-missing")
