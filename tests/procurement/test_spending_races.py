"""Two hundred submits at once against a limit that a hundred fit in: on a real database, each in
its own transaction.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from threading import Barrier

import pytest
from django.db import connections

from apps.core.actor import Actor
from apps.core.errors import DomainError
from apps.procurement.models import ApprovalStep, PurchaseOrder
from apps.procurement.services import cancel_order, issue_order, submit_order
from apps.projects.models import Project
from tests.factories.policies import approval_rule, policy
from tests.factories.procurement import actor_for, asking
from tests.factories.spending import (
    account,
    draft_of,
    entry,
    limit,
    limited,
    require_balanced,
    submitted,
)
from tests.factories.threads import at_once
from tests.factories.world import World, make_world, project

pytestmark = pytest.mark.django_db(transaction=True)
ORDERS, FIT, CALLERS = 200, 100, 25
AMOUNT = Decimal(100)


def by_policy(world: World, actor: Actor) -> Actor:
    policy(world.buyer, cumulative_max=FIT * AMOUNT)
    return actor


def by_period(world: World, actor: Actor) -> Actor:
    policy(world.buyer, per_period_max=FIT * AMOUNT, period_days=30)
    return actor


def by_token(world: World, actor: Actor) -> Actor:
    return limited(actor, entry(world.office, limits={"total": limit(str(FIT * AMOUNT))}))


def by_budget(_world: World, actor: Actor) -> Actor:
    Project.objects.update(budget_amount=FIT * AMOUNT, budget_currency="EUR")
    return actor


def outcome(act: Callable[[], PurchaseOrder]) -> str:
    try:
        return str(act().status)
    except DomainError as error:
        return error.code


def told(act: Callable[[], PurchaseOrder]) -> Callable[[], str]:
    return partial(outcome, act)


def submitting(order: PurchaseOrder, actor: Actor) -> Callable[[], PurchaseOrder]:
    return partial(submit_order, **asking(order, actor))


def in_parallel(acts: list[Callable[[], PurchaseOrder]]) -> Counter[str]:
    """As many at a time as there are callers, who begin together; each with its connection, of
    which PostgreSQL has a hundred unless told otherwise, for all processes of the suite. So 25 are
    at it at once, and each sends its share one after the other.
    """
    gate = Barrier(CALLERS)

    def caller(own: list[Callable[[], PurchaseOrder]]) -> list[str]:
        try:
            gate.wait(timeout=30)
            return [outcome(act) for act in own]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(CALLERS) as pool:
        shares = [acts[number::CALLERS] for number in range(CALLERS)]
        return Counter(one for found in pool.map(caller, shares) for one in found)


@pytest.mark.slow
@pytest.mark.parametrize("limiting", (by_policy, by_period, by_token, by_budget))
def test_two_hundred_submits_at_once_are_as_many_as_the_limit_allows(
    limiting: Callable[[World, Actor], Actor],
) -> None:
    """25 at a time: all but one of them wait for the limit's row, as 199 would."""
    world = make_world()
    actor = limiting(world, actor_for(world.erp, world.office))
    orders = [draft_of(world, actor, "100") for _ in range(ORDERS)]

    found = in_parallel([submitting(one, actor) for one in orders])

    assert found == {"approved": FIT, "spend-limit-exceeded": ORDERS - FIT}
    assert account() == (FIT * AMOUNT, Decimal(0))
    require_balanced()


def test_orders_that_count_as_one_do_not_pass_side_by_side() -> None:
    world = make_world()
    approval_rule(world.buyer, amount_from=1000)
    actor = actor_for(world.erp, world.office)
    orders = [draft_of(world, actor, "600") for _ in range(4)]

    found = Counter(
        at_once(
            *[lambda one=one: outcome(lambda: submit_order(**asking(one, actor))) for one in orders]
        )  # type: ignore[misc]  # bound now
    )

    assert found == {"approved": 1, "pending_approval": 3}
    assert ApprovalStep.objects.count() == 3


def test_issue_and_cancel_at_once_count_once() -> None:
    world = make_world()
    version = policy(world.buyer, cumulative_max=1000)
    actor = actor_for(world.erp, world.office)
    for _ in range(5):
        order = submitted(world, actor, "100")
        asked = asking(order, actor)
        at_once(told(partial(issue_order, **asked)), told(partial(cancel_order, **asked)))

    assert account(policy=version.policy) == (Decimal(0), Decimal(0))
    require_balanced()


def test_accounts_that_appear_at_once_are_made_once() -> None:
    world = make_world()
    versions = [policy(world.buyer, name=f"P{n}", cumulative_max=1000) for n in range(3)]
    Project.objects.update(budget_amount=1000, budget_currency="EUR")
    actor = actor_for(world.erp, world.office)
    orders = [draft_of(world, actor, "10") for _ in range(6)]
    issued_before = datetime.now(tz=UTC)

    found = at_once(*[told(submitting(one, actor)) for one in orders])

    assert set(found) == {"approved"}
    assert PurchaseOrder.objects.filter(submitted_at__gte=issued_before).count() == 6
    for version in versions:
        assert account(policy=version.policy) == (Decimal(60), Decimal(0))
    assert account(project=world.office) == (Decimal(60), Decimal(0))
    require_balanced()


def test_first_order_under_a_budget_counts_what_others_turn_out_to_be() -> None:
    world = make_world()
    for number in range(4):
        place = project(f"P{number}", world.buyer, world.acme, world.erp)
        actor, said = actor_for(world.erp, place), {"project": place.public_id}
        off, late, first = (draft_of(world, actor, "10", **said) for _ in range(3))
        submit_order(**asking(off, actor))
        Project.objects.filter(pk=place.pk).update(budget_amount=100, budget_currency="EUR")

        at_once(
            told(partial(cancel_order, **asking(off, actor))),
            told(submitting(late, actor)),
            told(submitting(first, actor)),
        )

        standing = PurchaseOrder.objects.filter(project=place, status="approved").count()
        off.refresh_from_db()
        assert off.status == "cancelled"
        assert account(project=place) == (standing * 10, Decimal(0))
    require_balanced()
