"""What acts on orders do to the spend ledger, and what limits refuse."""

import dataclasses
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.core.actor import Actor
from apps.procurement.errors import (
    ActionNotGrantedError,
    CategoryNotAllowedError,
    CurrencyNotAllowedError,
    ExchangeRateMissingError,
    PolicyMissingError,
    ShipToNotAllowedError,
    SpendLimitExceededError,
    VendorNotAllowedError,
)
from apps.procurement.models import OrderRevision, PurchaseOrder, SpendAccount, SpendReservation
from apps.procurement.services import (
    cancel_order,
    issue_order,
    submit_order,
    update_order,
)
from apps.projects.models import Project
from apps.projects.services import set_policy_required
from tests.factories.policies import next_version, policy, rate
from tests.factories.procurement import actor_for, asking
from tests.factories.spending import (
    account,
    amounts_by_state,
    costing,
    draft_of,
    entry,
    limit,
    limited,
    require_balanced,
    submitted,
)
from tests.factories.world import SETUP, World

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def erp(world: World) -> Actor:
    return actor_for(world.erp, world.office)


def budget(world: World, amount: str | None, currency: str = "EUR") -> None:
    Project.objects.filter(pk=world.office.pk).update(
        budget_amount=amount, budget_currency=currency if amount else ""
    )


# --- Reserve, consume, release ------------------------------------------------------------------


def test_without_any_rule_nothing_is_counted(world: World, erp: Actor) -> None:
    order = submitted(world, erp, "100")
    issue_order(**asking(order, erp))

    assert SpendAccount.objects.count() == 0
    decision = OrderRevision.objects.get(order=order, act="submit").decision
    assert decision is not None
    assert decision.pop("id").startswith("dec_")
    assert decision == {
        "outcome": "allowed",
        "policy_version": None,
        "policies": [],
        "reasons": [],
        "approvals": [],
    }


def test_submit_reserves_issue_consumes_cancel_releases(world: World, erp: Actor) -> None:
    version = policy(world.buyer, cumulative_max=1000)

    order = submitted(world, erp, "400")
    assert account(policy=version.policy) == (D(400), D(0))
    issue_order(**asking(order, erp))
    assert account(policy=version.policy) == (D(0), D(400))
    cancel_order(**asking(order, erp))

    assert account(policy=version.policy) == (D(0), D(0))
    assert amounts_by_state(order) == [("released", D(400))]
    require_balanced()


def test_draft_takes_nothing(world: World, erp: Actor) -> None:
    policy(world.buyer, cumulative_max=1000)
    order = draft_of(world, erp, "400")
    cancel_order(**asking(order, erp))

    assert SpendReservation.objects.count() == 0


def test_limits_are_inclusive(world: World, erp: Actor) -> None:
    policy(world.buyer, per_order_max=500, cumulative_max=1000)
    submitted(world, erp, "500")
    submitted(world, erp, "500")

    with pytest.raises(SpendLimitExceededError) as refused:
        submitted(world, erp, "0.01")

    assert refused.value.extra["remaining"] == "0.00"


def test_refusal_says_limit_requested_remaining_and_policy(world: World, erp: Actor) -> None:
    version = policy(world.buyer, name="Office", cumulative_max=1000)
    submitted(world, erp, "400.50")

    with pytest.raises(SpendLimitExceededError) as refused:
        submitted(world, erp, "600")

    assert refused.value.extra == {
        "limit": "1000.00",
        "limit_kind": "total",
        "days": None,
        "currency": "EUR",
        "requested": "600.00",
        "remaining": "599.50",
        "policy": version.policy.public_id,
        "policy_version": version.version,
        "source": {"kind": "policy", "id": version.policy.public_id, "name": "Office"},
    }
    decision = refused.value.private["decision"]
    assert (decision["outcome"], decision["policy_version"]) == ("denied", version.version)


def test_refused_order_stays_a_draft_and_takes_nothing(world: World, erp: Actor) -> None:
    version = policy(world.buyer, cumulative_max=100)
    order = draft_of(world, erp, "101")
    with pytest.raises(SpendLimitExceededError):
        submit_order(**asking(order, erp))

    order.refresh_from_db()
    assert order.status == "draft"
    assert account(policy=version.policy) == (D(0), D(0))


def test_every_policy_must_let_it_through(world: World, erp: Actor) -> None:
    policy(world.buyer, name="Everybody", cumulative_max=1000)
    policy(world.buyer, name="Office", project=world.office, cumulative_max=100)
    policy(world.buyer, name="Others", client_id="somebody else", cumulative_max=1)

    submitted(world, erp, "100")
    with pytest.raises(SpendLimitExceededError) as refused:
        submitted(world, erp, "1")

    assert refused.value.extra["source"]["name"] == "Office"


def test_period_forgets_what_is_older(world: World, erp: Actor, at: datetime) -> None:
    policy(world.buyer, at=at - timedelta(days=60), per_period_max=100, period_days=30)
    submitted(world, erp, "100")
    with pytest.raises(SpendLimitExceededError) as refused:
        submitted(world, erp, "1")
    assert (refused.value.extra["limit_kind"], refused.value.extra["days"]) == ("per_period", 30)

    SpendReservation.objects.update(reserved_at=at - timedelta(days=31))

    assert submitted(world, erp, "100").status == "approved"


def test_rejected_purchase_may_be_spent_again(world: World, erp: Actor) -> None:
    policy(world.buyer, per_period_max=100, period_days=30)
    first = submitted(world, erp, "100")
    cancel_order(**asking(first, erp))

    assert submitted(world, erp, "100").status == "approved"


# --- Tightened and loosened ---------------------------------------------------------------------


def test_tightened_policy_counts_at_the_next_submit_and_issue(world: World, erp: Actor) -> None:
    version = policy(world.buyer, cumulative_max=1000)
    waiting = submitted(world, erp, "400")
    next_version(version, cumulative_max=300)

    with pytest.raises(SpendLimitExceededError):
        submitted(world, erp, "1")
    with pytest.raises(SpendLimitExceededError):
        issue_order(**asking(waiting, erp))


def test_loosened_policy_widens_no_session_granted_before(
    world: World, erp: Actor, at: datetime
) -> None:
    version = policy(world.buyer, at=at - timedelta(days=2), cumulative_max=100)
    before = dataclasses.replace(erp, granted_at=at - timedelta(days=1))
    next_version(version, at=at - timedelta(minutes=2), cumulative_max=1000)
    after = dataclasses.replace(erp, granted_at=datetime.now(tz=at.tzinfo))

    with pytest.raises(SpendLimitExceededError):
        submitted(world, before, "101")
    assert submitted(world, after, "101").status == "approved"
    with pytest.raises(SpendLimitExceededError):
        submitted(world, before, "1")


# --- A token's own limits -----------------------------------------------------------------------


def test_token_limits_are_counted_by_session_and_project(world: World, erp: Actor) -> None:
    limits = {"per_order": limit("60"), "total": limit("100")}
    buyer = limited(erp, entry(world.office, limits=limits))
    other = limited(actor_for(world.erp, world.office), entry(world.office, limits=limits))

    submitted(world, buyer, "60")
    for amount, remaining in (("61", "60.00"), ("41", "40.00")):
        with pytest.raises(SpendLimitExceededError) as refused:
            submitted(world, buyer, amount)
        assert refused.value.extra["remaining"] == remaining
        assert refused.value.extra["policy"] is None
    submitted(world, other, "60")

    assert account(session=erp.session_id, project=world.office) == (D(60), D(0))
    assert account(session=other.session_id, project=world.office) == (D(60), D(0))


@pytest.mark.parametrize(
    ("said", "refusal"),
    (
        ({"actions": ["submit"]}, ActionNotGrantedError),
        ({"valid_until": "2020-01-01T00:00:00Z"}, ActionNotGrantedError),
        ({"vendors": ["ptr_01J8Z3K4M5N6P7Q8R9S0T1V2W3"]}, VendorNotAllowedError),
        ({"vendors": []}, ActionNotGrantedError),
        ({"categories": ["43"]}, CategoryNotAllowedError),
        ({"categories": []}, ActionNotGrantedError),
    ),
)
def test_token_details_refuse_a_draft_already(
    world: World, erp: Actor, said: dict[str, Any], refusal: type[Exception]
) -> None:
    buyer = limited(erp, entry(world.office, **said))

    with pytest.raises(refusal):
        draft_of(world, buyer, "1", category="4410")


def test_token_with_details_for_another_project_does_nothing_here(world: World, erp: Actor) -> None:
    elsewhere = {**entry(world.office), "identifier": "prj_01J8Z3K4M5N6P7Q8R9S0T1V2W3"}

    with pytest.raises(ActionNotGrantedError):
        draft_of(world, limited(erp, elsewhere), "1")


@pytest.mark.parametrize("action", ("submit", "issue", "cancel"))
def test_act_that_the_token_does_not_name_is_refused(world: World, erp: Actor, action: str) -> None:
    others = [one for one in entry(world.office)["actions"] if one != action]
    buyer = limited(erp, entry(world.office, actions=others))
    order = draft_of(world, buyer, "1")
    if action != "submit":
        submit_order(**asking(order, buyer))
    acts: dict[str, Any] = {"submit": submit_order, "issue": issue_order, "cancel": cancel_order}

    with pytest.raises(ActionNotGrantedError):
        acts[action](**asking(order, buyer))


# --- The project --------------------------------------------------------------------------------


def test_budget_holds_for_everybody_in_the_project(world: World, erp: Actor) -> None:
    budget(world, "100")
    submitted(world, erp, "60")

    knows = actor_for(world.erp, world.office, exercised="purchase_orders.cost:read")
    with pytest.raises(SpendLimitExceededError) as refused:
        submitted(world, knows, "41")

    assert refused.value.extra["limit_kind"] == "budget"
    assert refused.value.extra["remaining"] == "40.00"


def test_budget_set_later_counts_what_was_ordered_before(world: World, erp: Actor) -> None:
    issue_order(**asking(submitted(world, erp, "30"), erp))
    submitted(world, erp, "30")
    cancel_order(**asking(submitted(world, erp, "500"), erp))
    budget(world, "100")

    with pytest.raises(SpendLimitExceededError):
        submitted(world, erp, "41")
    submitted(world, erp, "40")

    assert account(project=world.office) == (D(70), D(30))
    require_balanced()


def test_budget_taken_away_and_set_again_forgets_nothing(world: World, erp: Actor) -> None:
    budget(world, "100")
    submitted(world, erp, "60")
    budget(world, None)
    submitted(world, erp, "40")
    budget(world, "100")

    with pytest.raises(SpendLimitExceededError):
        submitted(world, erp, "1")


def test_project_of_certain_categories_takes_no_others(world: World, erp: Actor) -> None:
    Project.objects.update(categories=["43", "4410"])

    draft_of(world, erp, "1", category="432115")
    for category in ("4", "44", "4411", ""):
        with pytest.raises(CategoryNotAllowedError):
            draft_of(world, erp, "1", category=category)


# --- Facts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("category", ("46", "4610", "4", "", "46-10", "\uff14\uff16"))
def test_denied_category_is_not_got_around(world: World, erp: Actor, category: str) -> None:
    policy(world.buyer, categories_denied=("46",))

    draft_of(world, erp, "1", category="4410")
    with pytest.raises(CategoryNotAllowedError):
        draft_of(world, erp, "1", category=category)


@pytest.mark.parametrize(
    ("place", "postcode", "passes"),
    (
        ("SE", "111 22", True),
        ("SE-11", "111 22", True),
        ("SE-11", "11122", True),
        ("SE-12", "111 22", False),
        ("NO", "111 22", False),
        ("SE-11", "", False),
    ),
)
def test_goods_are_sent_where_the_policy_says(
    world: World, erp: Actor, place: str, postcode: str, *, passes: bool
) -> None:
    policy(world.buyer, ship_to=(place,))
    there = {"name": "N", "lines": ["1"], "city": "S", "postcode": postcode, "country": "SE"}

    if passes:
        draft_of(world, erp, "1", ship_to=there)
    else:
        with pytest.raises(ShipToNotAllowedError):
            draft_of(world, erp, "1", ship_to=there)
    with pytest.raises(ShipToNotAllowedError):
        draft_of(world, erp, "1")


def test_currency_and_vendor_are_those_of_the_policy(world: World, erp: Actor) -> None:
    policy(world.buyer, currencies=("EUR",), vendors=(world.globex.pk,))

    draft_of(world, erp, "1", vendor=world.globex.public_id)
    with pytest.raises(CurrencyNotAllowedError):
        draft_of(world, erp, "1", vendor=world.globex.public_id, currency="SEK")
    with pytest.raises(VendorNotAllowedError):
        draft_of(world, erp, "1")


def test_policy_made_after_the_draft_refuses_it_at_submission(world: World, erp: Actor) -> None:
    order = draft_of(world, erp, "1", category="46")
    policy(world.buyer, categories_denied=("46",))

    with pytest.raises(CategoryNotAllowedError):
        submit_order(**asking(order, erp))


def test_draft_is_not_changed_into_what_is_refused(world: World, erp: Actor) -> None:
    policy(world.buyer, categories_denied=("46",))
    order = draft_of(world, erp, "1", category="44")

    with pytest.raises(CategoryNotAllowedError):
        update_order(**asking(order, erp), redraft=lambda _said: costing(world, "1", category="46"))


def test_buyer_that_requires_a_policy_refuses_whom_none_speaks_of(
    world: World, erp: Actor, at: datetime
) -> None:
    set_policy_required(actor=SETUP, at=at, buyer_entity=world.buyer, required=True, reason="test")
    with pytest.raises(PolicyMissingError):
        draft_of(world, erp, "1")
    policy(world.buyer, client_id=erp.client_id, per_order_max=5)

    assert draft_of(world, erp, "1").status == "draft"


# --- Currencies ---------------------------------------------------------------------------------


def test_order_in_another_currency_is_counted_by_the_rate_of_the_day(
    world: World, erp: Actor, at: datetime
) -> None:
    version = policy(world.buyer, cumulative_max=100)
    rate("EUR", "SEK", at.date() - timedelta(days=3), "11.5")

    order = submitted(world, erp, "575", currency="SEK")

    taken = SpendReservation.objects.get()
    assert (taken.amount, taken.rate_on) == (D(50), at.date() - timedelta(days=3))
    kept = PurchaseOrder.objects.get(pk=order.pk)
    assert (kept.amount_base, kept.fx_date) == (D(50), at.date() - timedelta(days=3))
    assert kept.fx_rate == taken.rate == D("0.0869565217")
    with pytest.raises(SpendLimitExceededError):
        submitted(world, erp, "50.01")
    assert account(policy=version.policy) == (D(50), D(0))


def test_rate_of_the_submission_holds_at_issue(world: World, erp: Actor, at: datetime) -> None:
    version = policy(world.buyer, cumulative_max=50)
    rate("EUR", "SEK", at.date() - timedelta(days=3), "11.5")
    order = submitted(world, erp, "575", currency="SEK")
    rate("EUR", "SEK", at.date(), "5")

    issue_order(**asking(order, erp))

    assert account(policy=version.policy) == (D(0), D(50))


@pytest.mark.parametrize("age", (None, 41))
def test_order_that_no_rate_compares_is_refused(
    world: World, erp: Actor, at: datetime, age: int | None
) -> None:
    policy(world.buyer, cumulative_max=100)
    if age:
        rate("EUR", "SEK", at.date() - timedelta(days=age), "11.5")

    with pytest.raises(ExchangeRateMissingError) as refused:
        submitted(world, erp, "1", currency="SEK")

    assert refused.value.status == 422


def test_policy_without_amounts_needs_no_rate(world: World, erp: Actor) -> None:
    policy(world.buyer, currencies=("SEK", "EUR"))

    order = submitted(world, erp, "1", currency="SEK")

    assert (order.status, order.amount_base) == ("approved", None)


@pytest.mark.parametrize(
    ("currency", "worth", "price", "counted"),
    (("JPY", "160", "801", "5.01"), ("KWD", "0.333", "1.665", "5.00")),
)
def test_yen_and_dinars_are_rounded_half_up(
    world: World, erp: Actor, at: datetime, currency: str, worth: str, price: str, counted: str
) -> None:
    version = policy(world.buyer, cumulative_max=100)
    rate("EUR", currency, date(at.year, at.month, at.day), worth)

    submitted(world, erp, price, currency=currency)

    assert account(policy=version.policy) == (D(counted), D(0))


def test_policy_for_another_role_does_not_bind(world: World, erp: Actor) -> None:
    policy(world.buyer, role="editor", per_order_max=1)

    assert submitted(world, erp, "5").status == "approved"
    with pytest.raises(SpendLimitExceededError):
        submitted(world, dataclasses.replace(erp, role="editor"), "5")
