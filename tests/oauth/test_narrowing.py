"""Authorization details asked of a grant again (RFC 9396 section 6): what is left out stays."""

from hypothesis import given
from hypothesis import strategies as some

from apps.oauth.policy.narrowing import completed, first_beyond, with_actions_of
from tests.oauth.test_details import FLEET, FULL, LEAST, UNHURRIED


def test_what_is_left_out_is_as_it_was_granted() -> None:
    granted = FULL | {"policy_version": 14}
    lower = {"per_order": {"amount": "1", "currency": "EUR"}}

    assert completed([LEAST], [granted]) == [granted]
    assert completed([LEAST | {"limits": lower, "policy_version": 99}], [granted]) == [
        granted | {"limits": granted["limits"] | lower}
    ]


def test_what_is_said_stays_and_of_another_project_nothing_is_taken() -> None:
    wider, fleet = LEAST | {"categories": ["99"]}, LEAST | {"identifier": FLEET}

    assert completed([wider], [FULL])[0]["categories"] == ["99"]
    assert completed([fleet], [FULL]) == [fleet]
    assert completed([LEAST], []) == [LEAST]


@UNHURRIED
@given(some.sets(some.sampled_from(sorted({*FULL} - {*LEAST}))))
def test_whatever_is_left_out_the_entry_never_widens(left_out: set[str]) -> None:
    short = {name: value for name, value in FULL.items() if name not in left_out}

    assert completed([short], [FULL]) == [FULL]
    assert first_beyond(completed([short], [FULL]), [FULL]) == ""


def test_actions_that_no_scope_allows_any_more_are_left_out() -> None:
    entry = LEAST | {"actions": ["create", "submit", "issue"]}

    kept = with_actions_of([entry], scopes=["purchase_orders:issue"])
    none = with_actions_of([entry], scopes=[])

    assert (kept[0]["actions"], none[0]["actions"]) == (["issue"], [])


def test_what_goes_beyond_is_named() -> None:
    more = FULL["limits"] | {"total": FULL["limits"]["total"] | {"days": 3}}
    dear = {"per_order": {"amount": "999999", "currency": "EUR"}}

    assert first_beyond([FULL], [FULL]) == ""
    assert first_beyond([LEAST | {"identifier": FLEET}], [FULL]) == "[0].identifier"
    assert first_beyond([FULL | {"categories": ["99"]}], [FULL]) == "[0].categories"
    assert first_beyond([FULL, FULL | {"limits": more}], [FULL]) == "[1].limits.total"
    assert (
        first_beyond([FULL | {"limits": FULL["limits"] | dear}], [FULL]) == "[0].limits.per_order"
    )
