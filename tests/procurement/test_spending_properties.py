"""Whatever is submitted, approved, rejected, issued, declined, issued again, changed, closed,
cancelled, batched and tried again, in whatever order and however much later: no limit is ever
exceeded, and no money is lost.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from apps.core.actor import Actor
from apps.core.errors import DomainError
from apps.procurement.models import Invoice, PurchaseOrder, PurchaseOrderLine, SpendAccount
from apps.procurement.policy.changes import ChangeDraft, LineChange
from apps.procurement.policy.used import used_of
from apps.procurement.services import (
    accept_change,
    approve_change,
    approve_order,
    cancel_order,
    close_order,
    issue_order,
    reject_invoice,
    reject_order,
    submit_order,
)
from apps.procurement.states import MOVES, OrderStatus
from apps.projects.models import Project
from tests.factories.invoices import asked_of, claimed, credited, invoiced
from tests.factories.policies import approval_rule, policy, rate
from tests.factories.procurement import (
    actor_for,
    answered,
    asking,
    buyer_person,
    changed,
    proposed,
)
from tests.factories.spending import draft_of, entry, limit, limited, require_balanced
from tests.factories.world import World

pytestmark = pytest.mark.django_db
LIMIT, TOKEN, BUDGET, SEK = Decimal(1000), Decimal(700), Decimal(900), Decimal(10)
EACH, MONTH, DAYS = Decimal(550), Decimal(600), timedelta(days=30)
OWN = Decimal(8000)  # In SEK, each program's own.
CENT = Decimal("0.01")
PLACE = {"name": "Gate 3", "lines": ["Havnegata 1"], "city": "Oslo", "country": "NO"}
AMOUNTS = some.integers(1, 60_000).map(lambda cents: Decimal(cents).scaleb(-2))
WHICH, WHO = some.integers(0, 9), some.integers(0, 2)
STEPS = some.one_of(
    some.tuples(some.just("submit"), AMOUNTS, some.sampled_from(("EUR", "SEK"))),
    some.tuples(some.just("batch"), some.lists(AMOUNTS, min_size=2, max_size=3)),
    some.tuples(some.sampled_from(("approve", "reject", "cancel", "retry", "decline")), WHICH),
    some.tuples(some.just("issue"), WHICH, WHO),
    some.tuples(some.just("change"), WHICH, WHO, AMOUNTS),
    some.tuples(
        some.just("move"),
        WHICH,
        WHO,
        some.sampled_from(("0150", "0151")),
        some.one_of(some.none(), AMOUNTS),
    ),
    some.tuples(some.just("reissue"), WHICH, WHO, AMOUNTS),
    some.tuples(some.just("wait"), some.sampled_from((1, 16, 31))),
    some.tuples(some.just("invoice"), WHICH, AMOUNTS),
    some.tuples(some.sampled_from(("turn_down", "credit")), WHICH),
    some.tuples(some.just("close"), WHICH, some.sampled_from((Decimal(0), Decimal("0.4")))),
)
REFUSALS = {
    "spend-limit-exceeded",
    "invalid-transition",
    "conflict",
    "not-found",  # The vendor sees what was issued.
    "validation-error",  # A change that changes nothing.
}


@dataclass
class Office:
    """The buyer's people and programs at work, and what they have ordered."""

    world: World
    programs: list[Actor]
    ann: Actor
    acme: Actor
    clock: Any
    rated: set[date] = field(default_factory=set)
    orders: list[PurchaseOrder] = field(default_factory=list)
    spenders: list[tuple[Actor, PurchaseOrder]] = field(default_factory=list)
    anew: list[PurchaseOrder] = field(default_factory=list)
    since: dict[object, datetime] = field(default_factory=dict)
    taken: dict[tuple[str, str, object], Decimal] = field(default_factory=dict)

    @property
    def erp(self) -> Actor:
        return self.programs[0]

    def keep_taken(self) -> None:
        """By whose limits an order was asked for last, counts what it cost then, or costs by now
        if that is less.
        """
        costing = {order.pk: order for order in self.orders}
        self.since |= {order.pk: datetime.now(tz=UTC) for order in self.anew}
        for program, order in self.spenders:
            for currency in ("EUR", "SEK"):
                self.taken[program.id, currency, order.pk] = costs(costing[order.pk], currency)
        for program_id, currency, key in self.taken:
            most = costs(costing[key], currency)
            self.taken[program_id, currency, key] = min(most, self.taken[program_id, currency, key])

    def spends(self, program: Actor, *orders: PurchaseOrder) -> None:
        """By these limits, and counted from now on in every period."""
        self.spenders += [(program, order) for order in orders]
        self.anew += orders

    def wait(self, days: int) -> None:
        """The day's rate is known, for the last one counts for 40 days."""
        self.clock.move_to(datetime.now(tz=UTC) + timedelta(days=days))
        self.know_rate()

    def know_rate(self) -> None:
        today = datetime.now(tz=UTC).date()
        if today not in self.rated:
            rate("EUR", "SEK", today, str(SEK))
            self.rated.add(today)

    def chosen(self, which: int) -> PurchaseOrder:
        return self.orders[which % len(self.orders)]

    def submit(self, amount: Decimal, currency: str) -> None:
        priced = amount * SEK if currency == "SEK" else amount
        self.orders.append(draft_of(self.world, self.erp, str(priced), currency=currency))
        submit_order(**asking(self.orders[-1], self.erp))
        self.spends(self.erp, self.orders[-1])

    def batch(self, amounts: Sequence[Decimal]) -> None:
        """All or none."""
        made = [draft_of(self.world, self.erp, str(amount)) for amount in amounts]
        self.orders += made
        with transaction.atomic():
            for order in made:
                submit_order(**asking(order, self.erp))
        self.spends(self.erp, *made)

    def approve(self, which: int) -> None:
        approve_order(**asking(self.chosen(which), self.ann))

    def reject(self, which: int) -> None:
        reject_order(**asking(self.chosen(which), self.ann))

    def issue(self, which: int, who: int) -> None:
        """Counted when it was submitted, and by the issuer's limits, too."""
        issue_order(**asking(self.chosen(which), self.programs[who]))
        self.spenders.append((self.programs[who], self.chosen(which)))

    def cancel(self, which: int) -> None:
        cancel_order(**asking(self.chosen(which), self.erp))

    def retry(self, which: int) -> None:
        submit_order(**asking(self.chosen(which), self.erp))
        self.spends(self.erp, self.chosen(which))

    def decline(self, which: int) -> None:
        answered(self.chosen(which), self.acme, "RE")

    def reissue(self, which: int, who: int, price: Decimal) -> None:
        """What the vendor declined, as a program would have it now."""
        order, program = self.chosen(which), self.programs[who]
        self._propose(order, changed(unit_price=price), program)
        issue_order(**asking(order, program))
        self.spends(program, order)

    def change(self, which: int, who: int, price: Decimal) -> None:
        order = self.chosen(which)
        self._agree(order, changed(unit_price=price), self.acme, self.programs[who])
        if price > order.tax_exclusive:
            self.spends(self.programs[who], order)

    def move(self, which: int, who: int, postcode: str, price: Decimal | None = None) -> None:
        """The goods are to go elsewhere, for the same money or another price: less is dearer all
        the same for whoever has counted none of it, and cheaper for the others.
        """
        order, place = self.chosen(which), {**PLACE, "postcode": postcode}
        priced = (LineChange(line_no=1, fields={"unit_price": price}),) if price else ()
        draft = ChangeDraft(fields={"ship_to": place}, lines=priced)
        self._agree(order, draft, self.programs[who], self.acme)
        if place != order.ship_to or (price or 0) > order.tax_exclusive:
            self.spends(self.programs[who], order)

    def _propose(self, order: PurchaseOrder, draft: ChangeDraft, one: Actor) -> str:
        change = proposed(order, one, draft)
        if change.exceeds:
            approve_change(**asking(order, self.ann), change_id=change.public_id)
        return change.public_id

    def _agree(self, order: PurchaseOrder, draft: ChangeDraft, one: Actor, other: Actor) -> None:
        accept_change(**asking(order, other), change_id=self._propose(order, draft, one))

    def invoice(self, which: int, price: Decimal) -> None:
        invoiced(self.chosen(which), claimed("1", str(price)), actor=self.acme)

    def turn_down(self, which: int) -> None:
        if invoice := Invoice.objects.filter(order=self.chosen(which)).order_by("id").last():
            reject_invoice(**asked_of(invoice, self.ann, reason="No"))

    def credit(self, which: int) -> None:
        if invoice := Invoice.objects.filter(order=self.chosen(which)).order_by("id").last():
            credited(invoice, actor=self.acme)

    def close(self, which: int, share: Decimal) -> None:
        """Of one piece a part may have come, as far as the ledger cares."""
        order = self.chosen(which)
        came = {"quantity_received": share, "quantity_accepted": share}
        if order.status in {OrderStatus.ISSUED, OrderStatus.ACKNOWLEDGED}:
            PurchaseOrderLine.objects.filter(order=order).update(**came)
        close_order(**asking(order, self.erp))


def at_work(world: World, clock: Any) -> Office:
    policy(world.buyer, name="Each", per_order_max=EACH)
    policy(world.buyer, name="Total", cumulative_max=LIMIT)
    policy(world.buyer, name="Month", per_period_max=MONTH, period_days=DAYS.days)
    approval_rule(world.buyer, amount_from=300)
    Project.objects.update(budget_amount=BUDGET, budget_currency="EUR")
    details = entry(world.office, limits={"total": limit(str(TOKEN))})
    programs = [actor_for(world.erp, world.office) for _ in range(3)]
    for one in programs:
        policy(world.buyer, name=one.id, client_id=one.id, currency="SEK", cumulative_max=OWN)
    office = Office(
        world,
        [limited(programs[0], details), *programs[1:]],
        buyer_person(world, "ann@nordwind.example"),
        actor_for(world.acme, world.office),
        clock,
    )
    office.know_rate()
    return office


def attempt(office: Office, step: Sequence[Any]) -> str:
    """What became of the step: done, or the code it was refused with."""
    name, *told = step
    office.spenders.clear()
    office.anew.clear()
    act: Callable[..., None] = getattr(office, name)
    if name not in {"submit", "batch", "wait"} and not office.orders:
        return "done"
    try:
        with transaction.atomic():
            act(*told)
    except DomainError as error:
        office.spenders.clear()
        office.anew.clear()
        return error.code
    finally:
        kept = PurchaseOrder.objects.prefetch_related("lines").order_by("id")
        office.orders = list(kept)
        office.keep_taken()
    return "done"


def costs(order: PurchaseOrder, currency: str = "EUR") -> Decimal:
    """What the order should be counted with, told from the order alone."""
    if order.status in {OrderStatus.DRAFT, OrderStatus.CANCELLED}:
        return Decimal(0)
    amount = used_of(order) if order.status == OrderStatus.CLOSED else order.tax_exclusive
    worth = {"EUR": 1 / SEK, "SEK": SEK}[currency] if currency != order.currency else Decimal(1)
    rounded = (amount * worth).quantize(CENT, ROUND_HALF_UP)
    return max(rounded, CENT) if amount else Decimal(0)


def require_within_limits(office: Office) -> None:
    expected = sum((costs(order) for order in office.orders), Decimal(0))
    assert max((costs(order) for order in office.orders), default=0) <= EACH
    assert in_the_last_days(office) <= MONTH
    found = {(office.erp.id, "EUR"): Decimal(0)}
    found |= {(program.id, "SEK"): Decimal(0) for program in office.programs}
    for row in SpendAccount.objects.select_related("policy"):
        spent = row.reserved + row.consumed
        own = office.erp.id if row.session_id else row.policy and row.policy.client_id
        if own:
            assert spent <= (TOKEN if row.session_id else OWN)
            found[own, row.currency] = spent
        else:
            assert spent <= (BUDGET if row.project_id else LIMIT)
            assert spent == expected
    assert found == {key: taken_by(office, *key) for key in found}
    require_balanced()


def in_the_last_days(office: Office) -> Decimal:
    """What was asked for since: an order that is changed to cost more counts anew."""
    begin = datetime.now(tz=UTC) - DAYS
    recent = [order for order in office.orders if office.since.get(order.pk, begin) > begin]
    return sum((costs(order) for order in recent), Decimal(0))


def taken_by(office: Office, program: str, currency: str) -> Decimal:
    amounts = [amount for key, amount in office.taken.items() if key[:2] == (program, currency)]
    return sum(amounts, Decimal(0))


# What is invoiced, and counts therefore when the order is closed, is taken back afterwards.
INVOICED = [
    ("submit", Decimal(100), "SEK"),
    ("issue", 0, 0),
    ("change", 0, 1, Decimal(2000)),
    ("move", 0, 2, "0150"),
    ("invoice", 0, Decimal(2000)),
    ("close", 0, Decimal("0.4")),
]


# A month's limit is reached, and is free again when the first order is older than that.
MONTHS = [
    ("submit", Decimal(400), "EUR"),
    ("wait", 16),
    ("submit", Decimal(200), "EUR"),
    ("submit", CENT, "EUR"),
    ("wait", 16),
    ("submit", Decimal(100), "EUR"),
    ("approve", 0),
    ("issue", 0, 0),
    ("change", 0, 1, Decimal(410)),
]
# One program counts 100, another 300; a third has it for 50, and both get back the rest.
DEARER = [
    ("submit", Decimal(100), "EUR"),
    ("issue", 0, 0),
    ("change", 0, 1, Decimal(300)),
    ("move", 0, 2, "0150", Decimal(50)),
]
DECLINED = [("submit", Decimal(100), "EUR"), ("issue", 0, 0), ("decline", 0)]


@example(steps=MONTHS)
@example(steps=DEARER)
@example(steps=[*DECLINED, ("reissue", 0, 1, Decimal(60)), ("issue", 0, 2)])
@example(steps=[*DECLINED, ("reissue", 0, 2, Decimal(540)), ("decline", 0), ("cancel", 0)])
@example(steps=[*DECLINED[:2], ("change", 0, 1, EACH), ("change", 0, 1, EACH + CENT)])
@example(steps=[*INVOICED, ("turn_down", 0)])
@example(steps=[*INVOICED, ("credit", 0)])
@given(steps=some.lists(STEPS, min_size=1, max_size=12))
@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_limit_is_exceeded_and_nothing_leaks(
    world: World, at: datetime, time_machine: Any, steps: list[Any]
) -> None:
    time_machine.move_to(at)  # Every example begins on the same day.
    with transaction.atomic():
        office = at_work(world, time_machine)
        for step in steps:
            assert attempt(office, step) in {"done", *REFUSALS}
            require_within_limits(office)
        for place, order in enumerate(office.orders):
            if OrderStatus.CANCELLED in MOVES[order.status].values():
                # What is invoiced is not called off.
                ended = attempt(office, ("cancel", place))
                assert ended == "done" or attempt(office, ("close", place, Decimal(0))) == "done"
        require_within_limits(office)
        assert {order.status for order in office.orders} <= {
            OrderStatus.CANCELLED,
            OrderStatus.CLOSED,
        }
        transaction.set_rollback(True)  # Nothing of one example is left for the next.
