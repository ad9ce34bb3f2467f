"""What changes, deliveries and endings of running orders do to the spend ledger."""

from decimal import Decimal

import pytest

from apps.audit.models import Event
from apps.core.actor import Actor
from apps.core.errors import ConflictError
from apps.procurement.errors import (
    ActionNotGrantedError,
    CategoryNotAllowedError,
    SpendLimitExceededError,
)
from apps.procurement.models import (
    OrderRevision,
    PurchaseOrder,
    PurchaseOrderLine,
    SpendReservation,
)
from apps.procurement.policy.changes import ChangeDraft
from apps.procurement.services import (
    accept_change,
    approve_change,
    cancel_order,
    close_order,
    issue_order,
    refuse_change,
    submit_order,
)
from tests.factories.policies import next_version, policy
from tests.factories.procurement import (
    actor_for,
    answered,
    asking,
    buyer_person,
    changed,
    drafted,
    line_draft,
    proposed,
)
from tests.factories.spending import (
    account,
    amounts_by_state,
    entry,
    limited,
    require_balanced,
    submitted,
)
from tests.factories.world import World

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def erp(world: World) -> Actor:
    return actor_for(world.erp, world.office)


@pytest.fixture
def acme(world: World) -> Actor:
    return actor_for(world.acme, world.office)


def running(world: World, erp: Actor, amount: str = "100") -> PurchaseOrder:
    return issue_order(**asking(submitted(world, erp, amount), erp))


def priced(amount: str) -> ChangeDraft:
    return changed(unit_price=D(amount))


def agreed(world: World, order: PurchaseOrder, change_id: str) -> None:
    ann = buyer_person(world, "ann@nordwind.example")
    approve_change(**asking(order, ann), change_id=change_id)


def test_change_that_costs_less_gives_the_rest_back(world: World, erp: Actor, acme: Actor) -> None:
    version = policy(world.buyer, cumulative_max=100)
    order = running(world, erp)
    change = proposed(order, erp, priced("60"))

    accept_change(**asking(order, acme), change_id=change.public_id)

    assert account(policy=version.policy) == (D(0), D(60))
    assert PurchaseOrder.objects.get().amount_base == D(60)
    assert submitted(world, erp, "40").status == "approved"
    require_balanced()


def test_increase_is_decided_and_spent_anew(world: World, erp: Actor, acme: Actor) -> None:
    version = policy(world.buyer, cumulative_max=150)
    order = running(world, erp)
    change = proposed(order, acme, priced("150"))
    agreed(world, order, change.public_id)

    accept_change(**asking(order, erp), change_id=change.public_id)

    assert account(policy=version.policy) == (D(0), D(150))
    assert amounts_by_state(order) == [("released", D(100)), ("consumed", D(150))]
    kept = OrderRevision.objects.get(order=order, act="change")
    assert kept.decision is not None
    assert (kept.decision["outcome"], kept.policy_version) == ("allowed", version.version)
    require_balanced()


def test_increase_over_a_limit_is_not_accepted(world: World, erp: Actor, acme: Actor) -> None:
    version = policy(world.buyer, cumulative_max=149)
    order = running(world, erp)
    change = proposed(order, acme, priced("150"))
    agreed(world, order, change.public_id)

    with pytest.raises(SpendLimitExceededError) as refused:
        accept_change(**asking(order, erp), change_id=change.public_id)

    assert refused.value.extra["remaining"] == "149.00"
    assert account(policy=version.policy) == (D(0), D(100))


def test_buyer_does_not_propose_what_its_rules_refuse(world: World, erp: Actor) -> None:
    policy(world.buyer, cumulative_max=149, categories_denied=("46",))
    order = running_in(world, erp)

    with pytest.raises(SpendLimitExceededError):
        proposed(order, erp, priced("150"))
    with pytest.raises(CategoryNotAllowedError):
        proposed(order, erp, ChangeDraft(new_lines=(line_draft(line_no=2, category="46"),)))


def running_in(world: World, erp: Actor) -> PurchaseOrder:
    return issue_order(**asking(submitted(world, erp, "100", category="44"), erp))


def test_vendor_who_accepts_learns_nothing_of_limits(world: World, erp: Actor, acme: Actor) -> None:
    version = policy(world.buyer, cumulative_max=150)
    order = running(world, erp)
    change = proposed(order, erp, priced("150"))
    agreed(world, order, change.public_id)
    next_version(version, cumulative_max=120)

    with pytest.raises(ConflictError) as refused:
        accept_change(**asking(order, acme), change_id=change.public_id)

    assert refused.value.extra == {}
    assert "120" not in str(refused.value)
    assert refused.value.private["decision"]["outcome"] == "denied"
    assert account(policy=version.policy) == (D(0), D(100))


def test_vendor_who_accepts_spends_by_the_proposers_rights(
    world: World, erp: Actor, acme: Actor
) -> None:
    of_erp = policy(world.buyer, client_id=erp.client_id, cumulative_max=150)
    of_acme = policy(world.buyer, name="Acme's", client_id=acme.client_id, cumulative_max=1)
    order = running(world, erp)
    change = proposed(order, erp, priced("150"))
    agreed(world, order, change.public_id)

    accept_change(**asking(order, acme), change_id=change.public_id)

    assert account(policy=of_erp.policy) == (D(0), D(150))
    assert account(policy=of_acme.policy) == (D(0), D(0))
    event = Event.objects.filter(action="purchase_order.changed").get()
    assert "decision" not in event.data
    assert event.private["decision"]["outcome"] == "allowed"


def test_refused_change_costs_nothing(world: World, erp: Actor, acme: Actor) -> None:
    version = policy(world.buyer, cumulative_max=150)
    order = running(world, erp)
    change = proposed(order, acme, priced("150"))
    refuse_change(**asking(order, erp), change_id=change.public_id)

    assert account(policy=version.policy) == (D(0), D(100))


@pytest.mark.parametrize("price", ("60", "140"))
def test_order_issued_again_costs_what_it_says_now(
    world: World, erp: Actor, acme: Actor, price: str
) -> None:
    version = policy(world.buyer, cumulative_max=150)
    order = running(world, erp)
    answered(order, acme, "RE")
    change = proposed(order, erp, priced(price))
    if price == "140":
        agreed(world, order, change.public_id)

    issue_order(**asking(order, erp))

    assert account(policy=version.policy) == (D(0), D(price))
    require_balanced()


def test_change_needs_a_token_that_grants_it(world: World, erp: Actor) -> None:
    order = running(world, erp)
    others = limited(erp, entry(world.office, actions=["create", "submit"]))

    with pytest.raises(ActionNotGrantedError):
        proposed(order, others, priced("60"))


# --- Endings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moved", "kept"),
    (
        ({}, "0"),
        ({"quantity_received": 40, "quantity_accepted": 30}, "127.50"),
        ({"quantity_invoiced": 60, "amount_invoiced": D(255)}, "255"),
        ({"quantity_invoiced": 60, "amount_invoiced": D(300)}, "300"),
        ({"quantity_received": 130, "quantity_accepted": 130}, "510"),
        ({"amount_invoiced": D("0.01")}, "0.01"),
    ),
)
def test_closing_gives_back_what_was_neither_received_nor_invoiced(
    world: World, erp: Actor, moved: dict[str, Decimal], kept: str
) -> None:
    """Of 120 at 4.25."""
    version = policy(world.buyer, cumulative_max=510)
    order = issue_order(**asking(submit_order(**asking(drafted(world, erp), erp)), erp))
    PurchaseOrderLine.objects.update(**moved)

    close_order(**asking(order, erp))

    assert account(policy=version.policy) == (D(0), D(kept))
    require_balanced()


def test_everything_cancelled_leaves_every_account_empty(world: World, erp: Actor) -> None:
    policy(world.buyer, name="A", cumulative_max=1000)
    policy(world.buyer, name="B", per_period_max=1000, period_days=30)
    buyer = limited(
        erp, entry(world.office, limits={"total": {"amount": "900", "currency": "EUR"}})
    )
    orders = [submitted(world, buyer, "100") for _ in range(3)]
    issue_order(**asking(orders[0], buyer))
    for order in orders:
        cancel_order(**asking(order, buyer))

    assert set(SpendReservation.objects.values_list("state", flat=True)) == {"released"}
    assert account(session=buyer.session_id) == (D(0), D(0))
    require_balanced()


def test_issuers_limits_count_too(world: World, erp: Actor) -> None:
    other = actor_for(world.erp, world.office)
    version = policy(world.buyer, client_id=other.client_id, cumulative_max=100)
    first, second = submitted(world, erp, "60"), submitted(world, erp, "60")
    issue_order(**asking(first, other))

    with pytest.raises(SpendLimitExceededError):
        issue_order(**asking(second, other))

    assert account(policy=version.policy) == (D(0), D(60))
    assert issue_order(**asking(second, erp)).status == "issued"
