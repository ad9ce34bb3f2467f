"""What purchasing policies leave of authorization details: narrower, never wider."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from apps.core.ids import encode_id, new_id
from apps.oauth.keys import api_audience
from apps.oauth.policy.budgets import Bounds, budgeted, common_codes, forbidden_by_project
from apps.oauth.policy.details import MOST_GRANTED_BYTES, MOST_ITEMS, TYPE, DetailsError
from apps.oauth.policy.leftovers import (
    latest_until,
    require_something_left,
    small_enough,
    without_buying,
)
from apps.projects.models import PolicyVersion
from tests.factories.details import narrows

Detail = dict[str, Any]
UNTIL = datetime(2027, 1, 1, tzinfo=UTC)
ACME, GLOBEX, INITECH = (new_id() for _ in range(3))
LEAST = {
    "type": TYPE,
    "identifier": encode_id("prj", new_id()),
    "locations": [api_audience()],
    "actions": ["create"],
}


def says(version: int = 1, **terms: Any) -> PolicyVersion:
    amounts = {name: Decimal(v) for name, v in terms.items() if name.endswith("_max")}
    return PolicyVersion(version=version, **{"currency": "EUR", **terms, **amounts})


def within(*versions: PolicyVersion, categories: tuple[str, ...] = (), **said: Any) -> Detail:
    """What is left of an entry that says this."""
    bounds = Bounds(until=UNTIL, categories=categories, versions=versions)
    return budgeted({**LEAST, **said}, bounds)


def public(*partners: uuid.UUID) -> list[str]:
    return [encode_id("ptr", one) for one in partners]


def euros(amount: str, **more: Any) -> Detail:
    return {"amount": amount, "currency": "EUR", **more}


# --- Without a policy -----------------------------------------------------------------------------
def test_without_a_policy_an_entry_ends_with_its_project_and_that_is_all() -> None:
    assert within() == {**LEAST, "valid_until": "2027-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("said", "left"),
    (
        ("2026-12-18T16:00:00Z", "2026-12-18T16:00:00Z"),
        ("2027-01-01T01:00:00+01:00", "2027-01-01T01:00:00+01:00"),
        ("2027-01-01T00:00:01Z", "2027-01-01T00:00:00Z"),
    ),
)
def test_the_earlier_end_holds(said: str, left: str) -> None:
    assert within(valid_until=said)["valid_until"] == left


def test_projects_end_is_told_in_whole_seconds() -> None:
    late = Bounds(until=UNTIL + timedelta(microseconds=999_999))

    assert budgeted(LEAST, late)["valid_until"] == "2027-01-01T00:00:00Z"


# --- Lists ----------------------------------------------------------------------------------------
def test_vendors_are_those_that_all_name() -> None:
    first, second = says(vendors=[ACME, GLOBEX]), says(2, vendors=[GLOBEX, INITECH])

    assert within(first)["vendors"] == public(ACME, GLOBEX)
    assert within(first, second)["vendors"] == public(GLOBEX)
    assert within(first, vendors=public(INITECH, ACME))["vendors"] == public(ACME)
    assert within(first, vendors=public(INITECH))["vendors"] == []
    assert "vendors" not in within(says())


def test_categories_are_those_that_all_hold_and_none_denies_whole() -> None:
    hardware, paper = says(categories_allowed=["43", "14"]), says(2, categories_allowed=["1411"])

    assert within(hardware)["categories"] == ["43", "14"]
    assert within(hardware, paper)["categories"] == ["1411"]
    assert within(hardware, categories=("4321",))["categories"] == ["4321"]
    assert within(hardware, says(3, categories_denied=["14"]))["categories"] == ["43"]
    assert within(hardware, says(3, categories_denied=["1411"]))["categories"] == ["43", "14"]
    assert within(says(categories_denied=["14"])) == within(says())


def test_categories_asked_for_are_kept_where_they_are_narrower() -> None:
    asked = {"categories": ["432115", "99"]}
    bounds = Bounds(until=UNTIL, versions=[says(categories_allowed=["43"])])

    assert budgeted({**LEAST, **asked}, bounds)["categories"] == ["432115"]


def test_a_list_too_long_to_carry_is_left_as_it_was_said() -> None:
    many = [f"{number:04}" for number in range(MOST_ITEMS + 1)]
    long = Bounds(until=UNTIL, versions=[says(categories_allowed=many)])

    assert "categories" not in budgeted(LEAST, long)
    assert budgeted({**LEAST, "categories": ["00"]}, long)["categories"] == ["00"]


@pytest.mark.parametrize(
    ("mine", "others", "both"),
    (
        (["43"], ["4321"], ["4321"]),
        (["4321"], ["43"], ["4321"]),
        (["43", "14"], ["14", "4321"], ["14", "4321"]),
        (["43"], ["14"], []),
        (["it-hw"], ["IT"], ["it-hw"]),
    ),
)
def test_common_codes_are_the_longer_of_two_that_lie_in_each_other(
    mine: list[str], others: list[str], both: list[str]
) -> None:
    assert common_codes(mine, others) == both


# --- Limits ---------------------------------------------------------------------------------------
def test_the_smallest_limit_of_each_kind_holds() -> None:
    left = within(
        says(per_order_max="5000", cumulative_max="60000"),
        says(2, per_order_max="4000", per_period_max="20000", period_days=30),
        limits={"total": euros("70000"), "per_order": euros("4500.00")},
    )

    assert left["limits"] == {
        "per_order": euros("4000.00"),
        "per_period": euros("20000.00", days=30),
        "total": euros("60000.00"),
    }


def test_what_the_client_asks_lower_stays_as_it_wrote_it() -> None:
    left = within(says(per_order_max="5000"), limits={"per_order": euros("100")})

    assert left["limits"] == {"per_order": euros("100")}


def test_a_limit_in_another_measure_is_left_to_the_policy() -> None:
    """The client's own is kept, for nothing else would enforce it; the policy's is asked anyway."""
    kronor = {"amount": "100", "currency": "SEK"}
    month, week = euros("900", days=30), euros("800.00", days=7)
    policy = says(per_order_max="5", per_period_max="800", period_days=7)

    left = within(policy, limits={"per_order": kronor, "per_period": month})

    assert left["limits"] == {"per_order": kronor, "per_period": month}
    assert within(policy)["limits"]["per_period"] == week


def test_of_two_policies_in_two_currencies_the_newer_is_shown() -> None:
    older, newer = says(1, per_order_max="5"), says(2, per_order_max="900", currency="JPY")

    assert within(older, newer)["limits"]["per_order"] == {"amount": "900", "currency": "JPY"}


def test_a_limit_of_nothing_is_shown_as_one() -> None:
    assert within(says(per_order_max="0"))["limits"] == {"per_order": euros("0.00")}


def test_the_newest_version_taken_into_account_is_named() -> None:
    assert within(says(3), says(14))["policy_version"] == 14
    assert within(says(3), policy_version=14)["policy_version"] == 14


# --- Nothing left, and too much -------------------------------------------------------------------
def test_an_entry_of_which_nothing_is_left_is_not_granted() -> None:
    empty = within(says(categories_allowed=["43"]), categories=("14",))

    with pytest.raises(DetailsError, match=r"\[1\]\.categories names nothing that the purchasing"):
        require_something_left([within(), empty])
    with pytest.raises(DetailsError, match=r"names nothing that the project buys"):
        require_something_left([within(), empty], by_projects=[1])


def test_it_is_told_apart_whether_the_project_or_a_policy_leaves_nothing() -> None:
    bounds = Bounds(until=UNTIL, categories=("14",), versions=[says(categories_allowed=["43"])])

    forbidden = [
        forbidden_by_project({**LEAST, **said}, bounds)
        for said in ({"categories": ["43"]}, {"categories": ["1411"]}, {})
    ]

    assert forbidden == [True, False, False]


def test_a_grant_of_which_nothing_is_left_buys_no_more_and_keeps_its_words() -> None:
    granted = {**LEAST, "actions": ["create", "submit", "approve"], "categories": ["43"]}
    empty = within(says(categories_allowed=["14"]), **granted)

    left = without_buying(empty, granted)

    assert (left["actions"], left["categories"]) == (["approve"], ["43"])
    assert without_buying(within(), LEAST) == within()


def test_lists_nobody_asked_for_are_left_out_of_what_grew_too_large() -> None:
    wide = says(vendors=[new_id() for _ in range(MOST_ITEMS)], categories_allowed=["43"])
    asked = [{**LEAST, "categories": ["43"]} for _ in range(10)]
    grown = [within(wide, **one) for one in asked]

    kept = small_enough(grown, asked)

    assert [
        sorted(set(before) - set(after)) for before, after in zip(grown, kept, strict=True)
    ] == [["vendors"]] * 10
    assert small_enough(grown[:1], asked[:1]) == grown[:1]
    with pytest.raises(DetailsError, match="grow too large"):
        small_enough(grown, grown)
    assert MOST_GRANTED_BYTES < 16 * 1024 * 3 / 4  # What an access token may be, in base64.


def test_the_end_of_details_is_that_of_their_last_entry() -> None:
    early = {**LEAST, "valid_until": "2026-12-18T16:00:00Z"}

    assert latest_until([early, within()]) == UNTIL
    assert latest_until([early, LEAST]) is None
    assert latest_until([]) is None


# --- Whatever is asked and whatever the policies say ----------------------------------------------
CODES = some.lists(some.text("124", min_size=2, max_size=6), max_size=4, unique=True)
VENDORS = some.lists(some.sampled_from([ACME, GLOBEX, INITECH]), max_size=3, unique=True)
AMOUNTS = some.none() | some.integers(0, 9).map(Decimal)


@some.composite
def policies(draw: Any) -> PolicyVersion:
    period = draw(AMOUNTS)
    return PolicyVersion(
        version=draw(some.integers(1, 99)),
        currency=draw(some.sampled_from(["EUR", "SEK"])),
        vendors=draw(VENDORS),
        categories_allowed=draw(CODES),
        categories_denied=draw(CODES),
        per_order_max=draw(AMOUNTS),
        cumulative_max=draw(AMOUNTS),
        per_period_max=period,
        period_days=None if period is None else draw(some.sampled_from([7, 30])),
    )


@some.composite
def entries(draw: Any) -> Detail:
    limits = draw(
        some.dictionaries(some.sampled_from(["per_order", "total"]), some.just(euros("5")))
    )
    codes, vendors = draw(CODES), draw(VENDORS)
    ends = (UNTIL - timedelta(days=1), UNTIL + timedelta(days=1))
    end = draw(some.none() | some.sampled_from(ends))
    return {
        **LEAST,
        **({"limits": limits} if limits else {}),
        **({"categories": codes} if codes else {}),
        **({"vendors": public(*vendors)} if vendors else {}),
        **({"valid_until": end.isoformat()} if end else {}),
    }


@settings(deadline=None)
@given(entries(), some.lists(policies(), max_size=3), some.lists(policies(), max_size=3))
def test_whatever_the_policies_say_an_entry_only_narrows(
    entry: Detail, then: list[PolicyVersion], now: list[PolicyVersion]
) -> None:
    """At the grant, at every refresh after it, and doing it twice changes nothing."""
    granted = budgeted(entry, Bounds(until=UNTIL, versions=then))
    today = budgeted(granted, Bounds(until=UNTIL, versions=now))

    assert narrows([granted], [entry])
    assert narrows([today], [granted])
    assert budgeted(granted, Bounds(until=UNTIL, versions=then)) == granted
