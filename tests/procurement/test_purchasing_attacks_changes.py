"""Attempts to buy by changing a running order what the buyer's rules would not let through."""

import dataclasses
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.actor import Actor, Granted
from apps.core.errors import ConflictError, ForbiddenError, InvalidTransitionError
from apps.oauth.models import TokenSession
from apps.oauth.services import end_session
from apps.partners.models import Role
from apps.partners.services import suspend_partner
from apps.procurement.errors import (
    CategoryNotAllowedError,
    ExchangeRateMissingError,
    SegregationOfDutiesError,
    SpendLimitExceededError,
    VendorNotAllowedError,
)
from apps.procurement.models import Approval, ApprovalStep, OrderChange, PurchaseOrder
from apps.procurement.services import (
    accept_change,
    approve_change,
    issue_order,
    refuse_change,
)
from tests.factories.policies import approval_rule, next_version, policy
from tests.factories.procurement import (
    actor_for,
    answered,
    asking,
    buyer_person,
    changed,
    proposed,
)
from tests.factories.spending import account, entry, limit, limited, require_balanced, submitted
from tests.factories.world import SETUP, World

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


def priced(order: PurchaseOrder, actor: Actor, amount: str) -> OrderChange:
    return proposed(order, actor, changed(unit_price=D(amount)))


def person_named(world: World, name: str, role: Role = Role.APPROVER_ADMIN) -> Actor:
    return buyer_person(world, f"{name}@nordwind.example", role)


def approve(change: OrderChange, actor: Actor) -> OrderChange:
    return approve_change(**asking(change.order, actor), change_id=change.public_id)


def accept(change: OrderChange, actor: Actor) -> OrderChange:
    return accept_change(**asking(change.order, actor), change_id=change.public_id)


def three_needed(world: World) -> None:
    """Two, and then one more, from 1,000."""
    approval_rule(world.buyer, amount_from=1000, min_approvers=2)
    approval_rule(world.buyer, amount_from=1000, sequence=2)


# --- Approvals of a change ----------------------------------------------------------------------


@pytest.mark.parametrize("side", ("buyer", "vendor"))
def test_raised_order_asks_for_the_approvals_of_what_it_would_be(
    world: World, erp: Actor, acme: Actor, side: str
) -> None:
    three_needed(world)
    proposer, other = (erp, acme) if side == "buyer" else (acme, erp)
    order = running(world, erp)
    change = priced(order, proposer, "1000000")
    first, second, last = (person_named(world, name) for name in ("ann", "ben", "cleo"))

    for actor in (first, second):
        approve(change, actor)
        assert OrderChange.objects.get().approved_at is None
        if side == "vendor":
            with pytest.raises(InvalidTransitionError):
                accept(change, other)
    approve(change, last)
    accept(change, other)

    assert PurchaseOrder.objects.get().tax_exclusive == D(1000000)
    kept = ApprovalStep.objects.filter(change=change).order_by("sequence")
    assert list(kept.values_list("sequence", "min_approvers")) == [(1, 2), (2, 1)]
    assert not kept.filter(ended_at__isnull=True).exists()
    assert Approval.objects.filter(change=change).count() == 3
    assert Event.objects.filter(action=Action.ORDER_APPROVAL_GIVEN).count() == 2
    assert Event.objects.filter(action=Action.ORDER_CHANGE_APPROVED).count() == 1


def test_nobody_gives_two_words_for_a_change(world: World, erp: Actor, acme: Actor) -> None:
    three_needed(world)
    change = priced(running(world, erp), acme, "5000")
    approve(change, person_named(world, "ann"))

    with pytest.raises(SegregationOfDutiesError):
        approve(change, person_named(world, "ann"))


def test_two_changes_of_one_order_are_approved_each(world: World, erp: Actor, acme: Actor) -> None:
    approval_rule(world.buyer, amount_from=1000)
    order = running(world, erp)
    changes = [priced(order, erp, "2000"), priced(order, acme, "3000")]

    for change in changes:
        approve(change, person_named(world, "ann"))

    assert Approval.objects.filter(change__isnull=False).count() == 2


def test_order_that_was_approved_is_approved_again_for_more(
    world: World, erp: Actor, acme: Actor
) -> None:
    approval_rule(world.buyer, amount_from=1000, min_approvers=2)
    change = priced(running(world, erp), acme, "5000")

    approve(change, person_named(world, "ann"))

    with pytest.raises(InvalidTransitionError):
        accept(change, erp)


def test_refused_change_waits_for_nobody(world: World, erp: Actor, acme: Actor) -> None:
    three_needed(world)
    change = priced(running(world, erp), acme, "5000")
    approve(change, person_named(world, "ann"))

    refuse_change(**asking(change.order, erp), change_id=change.public_id)

    assert not ApprovalStep.objects.filter(ended_at__isnull=True).exists()


@pytest.mark.parametrize("role", (Role.VIEWER, Role.EDITOR))
def test_change_that_no_rule_speaks_of_is_an_administrators(
    world: World, erp: Actor, acme: Actor, role: Role
) -> None:
    change = priced(running(world, erp), acme, "150")

    with pytest.raises(ForbiddenError):
        approve(change, person_named(world, "vic", role))
    approve(change, person_named(world, "ann"))

    assert OrderChange.objects.get().approved_at is not None
    assert not ApprovalStep.objects.exists()


def test_change_is_not_approved_while_nobody_knows_who_is_asked(
    world: World, erp: Actor, acme: Actor
) -> None:
    order = issue_order(**asking(submitted(world, erp, "100", currency="SEK"), erp))
    approval_rule(world.buyer, amount_from=1000)
    change = priced(order, acme, "150")

    with pytest.raises(ExchangeRateMissingError):
        approve(change, person_named(world, "ann"))


def test_change_of_an_order_that_says_something_else_is_not_approved(
    world: World, erp: Actor, acme: Actor
) -> None:
    order = running(world, erp)
    change = priced(order, acme, "150")
    accept(priced(order, erp, "60"), acme)

    with pytest.raises(ConflictError):
        approve(change, person_named(world, "ann"))


# --- One person alone ---------------------------------------------------------------------------


def test_who_approved_a_change_does_not_accept_it(world: World, erp: Actor, acme: Actor) -> None:
    change = priced(running(world, erp), acme, "900000")
    ann = person_named(world, "ann")
    approve(change, ann)

    for actor in (ann, person_named(world, "ann")):
        with pytest.raises(SegregationOfDutiesError):
            accept(change, actor)

    chain = (Granted(ann.session_id, "", None),)
    with pytest.raises(SegregationOfDutiesError):
        accept(change, dataclasses.replace(erp, exchanged_from=chain))
    accept(change, person_named(world, "ben", Role.EDITOR))
    assert PurchaseOrder.objects.get().tax_exclusive == D(900000)


def test_each_who_approved_a_change_does_not_accept_it(
    world: World, erp: Actor, acme: Actor
) -> None:
    approval_rule(world.buyer, amount_from=1000, min_approvers=2)
    change = priced(running(world, erp), acme, "5000")
    approvers = [person_named(world, name) for name in ("ann", "ben")]
    for actor in approvers:
        approve(change, actor)

    for actor in approvers:
        with pytest.raises(SegregationOfDutiesError):
            accept(change, actor)


def test_one_person_accepts_what_nobody_had_to_approve(
    world: World, erp: Actor, acme: Actor
) -> None:
    change = priced(running(world, erp), acme, "60")

    accept(change, person_named(world, "ann"))

    assert PurchaseOrder.objects.get().tax_exclusive == D(60)


# --- Issuing again ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "refusal"),
    (
        ({"per_order_max": 50}, SpendLimitExceededError),
        ({"categories_allowed": ("44",)}, CategoryNotAllowedError),
        ({"vendors": "globex"}, VendorNotAllowedError),
    ),
)
def test_order_is_not_issued_again_against_tighter_rules(
    world: World, erp: Actor, acme: Actor, terms: dict[str, object], refusal: type[Exception]
) -> None:
    version = policy(world.buyer, cumulative_max=1000)
    order = running(world, erp)
    answered(order, acme, "RE")
    priced(order, erp, "60")
    if "vendors" in terms:
        terms = {"vendors": (world.globex.pk,)}
    next_version(version, cumulative_max=1000, **terms)

    with pytest.raises(refusal):
        issue_order(**asking(order, erp))

    assert PurchaseOrder.objects.get().status == "declined"


def test_order_issued_again_for_less_gives_everybodys_rest_back(
    world: World, erp: Actor, acme: Actor
) -> None:
    shared = policy(world.buyer, cumulative_max=1000)
    other = actor_for(world.erp, world.office)
    own = policy(world.buyer, name="Other", client_id=other.client_id, cumulative_max=1000)
    order = issue_order(**asking(submitted(world, erp, "100"), other))
    answered(order, acme, "RE")
    priced(order, erp, "60")

    issue_order(**asking(order, erp))

    assert account(policy=shared.policy) == (D(0), D(60))
    assert account(policy=own.policy) == (D(0), D(60))
    require_balanced()


# --- By whose right -----------------------------------------------------------------------------


def refused_to(vendor: Actor, change: OrderChange) -> None:
    """As a conflict that tells nothing of the buyer's."""
    with pytest.raises(ConflictError) as refused:
        accept(change, vendor)
    assert refused.value.extra == {}
    assert refused.value.detail == ("The buyer cannot order this any more. Refuse it, or ask them.")


def test_vendor_accepts_by_what_the_proposers_token_said(
    world: World, erp: Actor, acme: Actor
) -> None:
    order = running(world, erp)
    other = submitted(world, erp, "100")
    per_order = {"limits": {"total": limit("160")}}
    narrow = limited(erp, entry(world.office, **per_order))
    change = priced(order, narrow, "150")
    approve(change, person_named(world, "ann"))
    issue_order(**asking(other, narrow))

    refused_to(acme, change)


def test_vendor_does_not_accept_after_the_proposers_details_ran_out(
    world: World, erp: Actor, acme: Actor
) -> None:
    until = datetime.now(tz=UTC) + timedelta(minutes=1)
    order = running(world, erp)
    narrow = limited(erp, entry(world.office, valid_until=until.isoformat()))
    change = priced(order, narrow, "60")

    with pytest.raises(ConflictError):
        accept_change(
            **asking(order, acme, at=until + timedelta(minutes=1)), change_id=change.public_id
        )


@pytest.mark.parametrize("amount", ("60", "150"))
def test_vendor_does_not_accept_what_an_ended_session_proposed(
    world: World, erp: Actor, acme: Actor, amount: str
) -> None:
    order = running(world, erp)
    change = priced(order, erp, amount)
    if amount == "150":
        approve(change, person_named(world, "ann"))
    session = TokenSession.objects.get(pk=erp.session_id)
    end_session(actor=SETUP, at=datetime.now(tz=UTC), session=session, reason="stolen")

    refused_to(acme, change)


def test_vendor_does_not_accept_what_a_suspended_partner_proposed(
    world: World, erp: Actor, acme: Actor
) -> None:
    change = priced(running(world, erp), erp, "60")
    suspend_partner(actor=SETUP, at=datetime.now(tz=UTC), partner=world.erp, reason="misuse")

    refused_to(acme, change)


def test_session_that_only_ran_out_takes_no_proposal_back(
    world: World, erp: Actor, acme: Actor
) -> None:
    change = priced(running(world, erp), erp, "60")
    TokenSession.objects.filter(pk=erp.session_id).update(expires_at=datetime.now(tz=UTC))

    accept(change, acme)

    assert PurchaseOrder.objects.get().tax_exclusive == D(60)
