"""Authorization details (RFC 9396): what may be asked, whether it narrows, how it reads."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from apps.core.ids import encode_id, new_id
from apps.oauth.keys import api_audience
from apps.oauth.policy.details import (
    SCOPE_OF_ACTION,
    TYPE,
    DetailsError,
    enrich,
    explicit,
    in_words,
    named_projects,
    read_details,
    require_allowed,
)
from apps.oauth.scopes import CATALOGUE
from tests.factories.details import narrows

Detail = dict[str, Any]
OFFICE, FLEET = encode_id("prj", new_id()), encode_id("prj", new_id())
ACME, GLOBEX = encode_id("ptr", new_id()), encode_id("ptr", new_id())
EUR = {"amount": "5000.00", "currency": "EUR"}
UNHURRIED = settings(deadline=None)
LEAST = {"type": TYPE, "identifier": OFFICE}
FULL: Detail = {
    **LEAST,
    "locations": [api_audience()],
    "actions": ["create", "submit"],
    "datatypes": ["profile", "address"],
    "vendors": [ACME],
    "categories": ["4321", "56"],
    "limits": {
        "per_order": EUR,
        "per_period": {"amount": "20000", "currency": "EUR", "days": 30},
        "total": {"amount": "60000.5", "currency": "EUR"},
    },
    "valid_until": "2026-12-18T16:00:00Z",
}
# RFC 6749 section 5.2: what an error_description may hold.
SHOWABLE = {*range(0x20, 0x7F)} - {0x22, 0x5C}


def read(*entries: object) -> list[Detail]:
    return read_details(json.dumps(entries))


def fault_of(text: str) -> str:
    with pytest.raises(DetailsError) as refused:
        read_details(text)
    assert {*str(refused.value).encode()} <= SHOWABLE
    return str(refused.value)


def test_the_least_and_the_fullest_entry_are_read_as_written() -> None:
    fleet = {**LEAST, "identifier": FLEET}

    assert read(FULL, fleet) == [FULL, fleet]
    assert named_projects([FULL, fleet, FULL]) == [OFFICE, FLEET]


@pytest.mark.parametrize(
    ("text", "fault"),
    (
        ("", "is not valid JSON"),
        ("[", "is not valid JSON"),
        ("\x00", "is not valid JSON"),
        ("[" * 8000, "is not valid JSON"),
        ('{"a":' * 1600, "is not valid JSON"),
        ("1" * 5000, "is not valid JSON"),
        ("{}", "must be a JSON array of at least one object"),
        ("[]", "must be a JSON array of at least one object"),
        ("null", "must be a JSON array of at least one object"),
        ("12", "must be a JSON array of at least one object"),
        ("[" + " " * 8192 + "]", "is larger than 8192 bytes"),
        ("ü" * 4097, "is larger than 8192 bytes"),
        ("\ud800" * 8193, "is larger than 8192 bytes"),
        ("[1]", "[0] must be an object"),
        ("[[]]", "[0] must be an object"),
        ("[{}]", "[0].type must be procurement_purchasing"),
        ("[" + "{}," * 10 + "{}]", "has more than 10 entries"),
        ('[{"a":1.5}]', "holds a number that is not whole; amounts are strings"),
        ('[{"a":1e3}]', "holds a number that is not whole; amounts are strings"),
        ('[{"a":NaN}]', "holds a number that is not whole; amounts are strings"),
        ('[{"a":-Infinity}]', "holds a number that is not whole; amounts are strings"),
        ('[{"type":"a","type":"b"}]', "names a member of an object twice"),
        ('[{"limits":{"total":{"amount":"1","amount":"2"}}}]', "names a member of an object twice"),
    ),
)
def test_what_is_no_list_of_entries_is_refused(text: str, fault: str) -> None:
    gap = "" if fault.startswith("[") else " "
    assert fault_of(text) == f"authorization_details{gap}{fault}."


def without(name: str) -> Callable[[Detail], Detail]:
    return lambda entry: {key: value for key, value in entry.items() if key != name}


ID_FAULT = "must be the public id of a project, such as prj_01J8..."
MONEY_FAULT = "must be a plain decimal above 0 in a string, such as 5000.00"
TIME_FAULT = "must be an RFC 3339 time with its offset, such as 2026-12-18T16:00:00Z"
UNSPSC_FAULT = "must be a UNSPSC code of 2, 4, 6 or 8 digits in a string"
CURRENCY_FAULT = "must be an ISO 4217 currency code such as EUR"
LIST_FAULT = "must be a list of 1 to 50 strings"


def too_fine(places: int) -> str:
    return f"has more than the {places} decimals of its currency"


@pytest.mark.parametrize(
    ("change", "fault"),
    (
        ({"type": "payment_initiation"}, ".type must be procurement_purchasing"),
        ({"type": [TYPE]}, ".type must be procurement_purchasing"),
        ({"identifier": "OFFICE"}, f".identifier {ID_FAULT}"),
        ({"identifier": ACME}, f".identifier {ID_FAULT}"),
        ({"identifier": 7}, f".identifier {ID_FAULT}"),
        ({"policy_version": 14}, ".policy_version is set by this server only"),
        ({"colour": "red"}, " has an unknown member colour"),
        ({'"><script>\u2028': 1}, " has an unknown member with an unreadable name"),
        ({"\ud800": 1}, " has an unknown member with an unreadable name"),
        ({"locations": ["https://elsewhere.example"]}, f".locations[0] must be {api_audience()}"),
        ({"locations": api_audience()}, f".locations {LIST_FAULT}"),
        ({"actions": []}, f".actions {LIST_FAULT}"),
        ({"actions": ["create"] * 51}, f".actions {LIST_FAULT}"),
        ({"actions": ["create", "create"]}, ".actions names something twice"),
        ({"actions": [["create"]]}, f".actions[0] must be one of {', '.join(SCOPE_OF_ACTION)}"),
        ({"actions": ["read"]}, f".actions[0] must be one of {', '.join(SCOPE_OF_ACTION)}"),
        (
            {"datatypes": ["profile", "risk"]},
            ".datatypes[1] must be one of profile, contacts, address, tax, banking",
        ),
        (
            {"vendors": [OFFICE]},
            ".vendors[0] must be the public id of a partner, such as ptr_01J8...",
        ),
        (
            {"categories": ["4321", "432"]},
            f".categories[1] {UNSPSC_FAULT}",
        ),
        ({"categories": [43]}, f".categories[0] {UNSPSC_FAULT}"),
        ({"categories": ["٤٣"]}, f".categories[0] {UNSPSC_FAULT}"),
        ({"categories": ["1234567890"]}, f".categories[0] {UNSPSC_FAULT}"),
        ({"limits": {}}, ".limits must be an object with some of per_order, per_period, total"),
        ({"limits": [EUR]}, ".limits must be an object with some of per_order, per_period, total"),
        ({"limits": {"per_year": EUR}}, ".limits has an unknown member per_year"),
        ({"valid_until": None}, f".valid_until {TIME_FAULT}"),
        ({"valid_until": "2026-12-18"}, f".valid_until {TIME_FAULT}"),
        ({"valid_until": "2026-12-18T16:00:00"}, f".valid_until {TIME_FAULT}"),
        ({"valid_until": "2026-12-32T16:00:00Z"}, f".valid_until {TIME_FAULT}"),
        ({"valid_until": "2026-12-18T16:00:00+24:00"}, f".valid_until {TIME_FAULT}"),
        ({"valid_until": "0001-01-01T00:00:00+14:00"}, f".valid_until {TIME_FAULT}"),
    ),
)  # fmt: skip
def test_an_unknown_member_or_a_wrong_value_is_refused_by_name(change: Detail, fault: str) -> None:
    """RFC 9396 section 5: unknown types, unknown fields, wrong types and invalid values."""
    found = fault_of(json.dumps([FULL | {"identifier": FLEET}, LEAST | change]))

    assert found == f"authorization_details[1]{fault}."


@pytest.mark.parametrize(
    ("name", "limit", "fault"),
    (
        ("total", [], " must be an object with exactly amount, currency"),
        ("total", {"amount": "1"}, " must be an object with exactly amount, currency"),
        ("total", EUR | {"days": 3}, " must be an object with exactly amount, currency"),
        ("per_period", EUR, " must be an object with exactly amount, currency, days"),
        ("per_period", EUR | {"days": 0}, ".days must be a whole number from 1 to 366"),
        ("per_period", EUR | {"days": 367}, ".days must be a whole number from 1 to 366"),
        ("per_period", EUR | {"days": True}, ".days must be a whole number from 1 to 366"),
        ("per_period", EUR | {"days": "30"}, ".days must be a whole number from 1 to 366"),
        ("total", EUR | {"currency": "EURO"}, f".currency {CURRENCY_FAULT}"),
        ("total", EUR | {"currency": "eur"}, f".currency {CURRENCY_FAULT}"),
        ("total", EUR | {"currency": "XAU"}, f".currency {CURRENCY_FAULT}"),
        ("total", EUR | {"currency": ["EUR"]}, f".currency {CURRENCY_FAULT}"),
        ("total", EUR | {"amount": 5000}, f".amount {MONEY_FAULT}"),
        ("total", EUR | {"amount": "0"}, f".amount {MONEY_FAULT}"),
        ("total", EUR | {"amount": "0.00"}, f".amount {MONEY_FAULT}"),
        ("total", EUR | {"amount": "-1"}, f".amount {MONEY_FAULT}"),
        ("total", EUR | {"amount": "1e3"}, f".amount {MONEY_FAULT}"),
        ("total", EUR | {"amount": "NaN"}, f".amount {MONEY_FAULT}"),
        ("total", EUR | {"amount": "1\n"}, f".amount {MONEY_FAULT}"),
        ("total", EUR | {"amount": "٣"}, f".amount {MONEY_FAULT}"),
        ("total", EUR | {"amount": "007"}, f".amount {MONEY_FAULT}"),
        ("total", EUR | {"amount": "9" * 16}, f".amount {MONEY_FAULT}"),
        ("total", EUR | {"amount": "1.005"}, f".amount {too_fine(2)}"),
        ("total", {"amount": "1.5", "currency": "JPY"}, f".amount {too_fine(0)}"),
    ),
)  # fmt: skip
def test_a_limit_is_exact_money_in_a_real_currency(name: str, limit: object, fault: str) -> None:
    found = fault_of(json.dumps([LEAST | {"limits": {name: limit}}]))

    assert found == f"authorization_details[0].limits.{name}{fault}."


@pytest.mark.parametrize(
    ("amount", "currency"), (("9" * 15 + ".99", "EUR"), ("1", "JPY"), ("0.001", "KWD"))
)
def test_amounts_go_as_far_as_their_currency(amount: str, currency: str) -> None:
    entry = LEAST | {"limits": {"total": {"amount": amount, "currency": currency}}}

    assert read(entry) == [entry]


def test_type_and_identifier_are_required() -> None:
    assert fault_of(json.dumps([without("type")(FULL)])) == (
        "authorization_details[0].type must be procurement_purchasing."
    )
    assert fault_of(json.dumps([without("identifier")(FULL)])) == (
        "authorization_details[0].identifier is missing: the public id of a project."
    )


def test_what_was_granted_may_be_sent_back_and_what_was_not_is_refused() -> None:
    granted = FULL | {"policy_version": 14}

    assert read_details(json.dumps([granted]), sent_back=True) == [granted]
    for version in (0, -1, True, "14", None):
        with pytest.raises(DetailsError, match="policy_version must be a whole number above 0"):
            read_details(json.dumps([LEAST | {"policy_version": version}]), sent_back=True)


def test_a_project_named_twice_is_refused() -> None:
    """Two entries with the same total would double it."""
    assert fault_of(json.dumps([FULL, LEAST])) == (
        "authorization_details names a project twice; write one entry for each project."
    )


@UNHURRIED
@given(some.text() | some.binary().map(lambda raw: raw.decode("latin-1")))
def test_no_text_is_answered_with_anything_but_a_refusal(text: str) -> None:
    fault_of(text)


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=8,
)


@UNHURRIED
@given(some.sampled_from([*FULL, "policy_version"]), JSON)
def test_no_value_of_a_member_is_answered_with_anything_but_a_refusal(
    name: str, value: object
) -> None:
    fault_of(json.dumps([FULL | {name: value}, {}]))


def test_actions_are_the_order_verbs_of_the_scope_catalogue() -> None:
    verbs = {
        name for name in CATALOGUE if name.startswith("purchase_orders:")
    } - {"purchase_orders:read"}  # fmt: skip

    assert set(SCOPE_OF_ACTION.values()) == verbs
    assert {name.partition(":")[2] for name in verbs} | {"submit"} == set(SCOPE_OF_ACTION)


def test_the_stored_form_is_explicit_and_allows_by_default_what_the_scopes_do() -> None:
    scopes = ["purchase_orders:read", "purchase_orders:create", "purchase_orders:hold"]
    fleet = {"type": TYPE, "identifier": FLEET, "actions": ["submit", "hold"]}

    stored = enrich([LEAST, fleet], scopes=scopes)

    assert stored == [
        LEAST | {"locations": [api_audience()], "actions": ["create", "submit", "hold"]},
        fleet | {"locations": [api_audience()]},
    ]
    assert (enrich(stored, scopes=scopes), explicit(stored, scopes=[])) == (stored, stored)
    assert enrich([LEAST], scopes=["purchase_orders:read"])[0]["actions"] == []


def test_action_that_the_scopes_do_not_allow_is_not_stored_as_allowed() -> None:
    """Attack: a page that says orders may be approved and cancelled, with a scope to read them."""
    wide = LEAST | {"actions": ["approve", "create", "cancel"]}

    stored = enrich([wide], scopes=["purchase_orders:read", "purchase_orders:create"])

    assert stored[0]["actions"] == ["create"]
    with pytest.raises(DetailsError, match="names nothing that the granted scopes allow"):
        enrich([LEAST | {"identifier": FLEET}, wide], scopes=["purchase_orders:read"])


def test_machine_is_told_the_action_that_its_scopes_do_not_allow() -> None:
    wide = LEAST | {"actions": ["create", "approve"]}

    require_allowed([LEAST, wide], scopes=["purchase_orders:create", "purchase_orders:approve"])
    with pytest.raises(DetailsError) as refused:
        require_allowed([LEAST, wide], scopes=["purchase_orders:create"])

    assert str(refused.value) == (
        "authorization_details[1].actions names approve, which no granted scope allows."
    )


def subset(values: list[str]) -> some.SearchStrategy[list[str]]:
    return some.lists(some.sampled_from(values), unique=True)


def money(currency: str) -> some.SearchStrategy[Detail]:
    cents = some.integers(1, 10_000).map(lambda number: str(Decimal(number).scaleb(-2)))
    return some.fixed_dictionaries({"amount": cents, "currency": some.just(currency)})


MONEY = some.sampled_from(["EUR", "NOK"]).flatmap(money)
PERIOD = some.tuples(MONEY, some.sampled_from([7, 30])).map(
    lambda pair: {**pair[0], "days": pair[1]}
)
MOMENTS = some.sampled_from(
    ["2026-12-18T16:00:00Z", "2026-12-18T16:30:00+01:00", "2027-01-01T00:00:00-05:00"]
)
ENTRIES = some.fixed_dictionaries(
    {"type": some.just(TYPE), "identifier": some.sampled_from([OFFICE, FLEET])},
    optional={
        "locations": some.just([api_audience()]),
        "actions": subset(["create", "submit", "issue"]),
        "datatypes": subset(["profile", "tax"]),
        "vendors": subset([ACME, GLOBEX]),
        "categories": subset(["43", "4321", "432115", "56"]),
        "limits": some.fixed_dictionaries(
            {}, optional={"per_order": MONEY, "per_period": PERIOD, "total": MONEY}
        ),
        "valid_until": MOMENTS,
    },
)
DETAILS = some.lists(ENTRIES, max_size=2, unique_by=lambda entry: str(entry["identifier"]))


@UNHURRIED
@given(DETAILS)
def test_everything_lies_within_itself(details: list[Detail]) -> None:
    assert narrows(details, details)


@UNHURRIED
@given(ENTRIES, some.data())
def test_narrowing_twice_is_narrowing(granted: Detail, data: some.DataObject) -> None:
    first = data.draw(narrower(granted))
    second = data.draw(narrower(first))

    assert narrows([first], [granted])
    assert narrows([second], [first])
    assert narrows([second], [granted])


@UNHURRIED
@given(DETAILS, DETAILS, DETAILS)
def test_lying_within_is_transitive(a: list[Detail], b: list[Detail], c: list[Detail]) -> None:
    assert not (narrows(a, b) and narrows(b, c)) or narrows(a, c)


@some.composite
def narrower(draw: some.DrawFn, granted: Detail) -> Detail:
    """Some of the entry's lists, lower limits, and further restrictions where there were none."""
    found = {**draw(ENTRIES), **granted}
    for name in ("actions", "datatypes", "vendors", "categories"):
        if granted.get(name):
            found[name] = draw(subset(granted[name]))
    if "categories" in found:
        found["categories"] = [
            code + draw(some.sampled_from(["", "99"])) for code in found["categories"]
        ]
    if "limits" in granted:
        kept = {name: lowered(limit, draw) for name, limit in granted["limits"].items()}
        found["limits"] = {**draw(some.fixed_dictionaries({}, optional={"total": MONEY})), **kept}
    return found


def lowered(limit: Detail, draw: some.DrawFn) -> Detail:
    cents = int(Decimal(limit["amount"]).scaleb(2))
    return {**limit, "amount": str(Decimal(draw(some.integers(1, cents))).scaleb(-2))}


@UNHURRIED
@given(ENTRIES, some.data())
def test_leaving_a_restriction_out_widens(granted: Detail, data: some.DataObject) -> None:
    dropped = data.draw(some.sampled_from([*granted]))
    if dropped in LEAST or granted[dropped] == {}:
        return

    assert not narrows([without(dropped)(granted)], [granted])


@UNHURRIED
@given(MONEY, some.integers(1, 10_000), some.sampled_from(["per_order", "per_period", "total"]))
def test_raising_a_limit_widens(limit: Detail, cents: int, name: str) -> None:
    more = {**limit, "amount": str(Decimal(limit["amount"]) + Decimal(cents).scaleb(-2))}

    assert not narrows([LEAST | {"limits": {name: more}}], [LEAST | {"limits": {name: limit}}])
    assert narrows([LEAST | {"limits": {name: limit}}], [LEAST | {"limits": {name: more}}])


@pytest.mark.parametrize(
    ("change", "expected"),
    (
        ({}, True),
        ({"identifier": FLEET}, False),
        ({"actions": ["submit"]}, True),
        ({"actions": ["submit", "approve"]}, False),
        ({"vendors": [ACME, GLOBEX]}, False),
        ({"datatypes": ["banking"]}, False),
        ({"categories": ["432115"]}, True),
        ({"categories": ["43"]}, False),
        ({"categories": ["57"]}, False),
        ({"limits": {"total": EUR}}, False),
        ({"limits": FULL["limits"] | {"total": EUR}}, True),
        ({"limits": FULL["limits"] | {"total": EUR | {"currency": "NOK"}}}, False),
        ({"limits": FULL["limits"] | {"per_period": EUR | {"days": 31}}}, False),
        ({"limits": FULL["limits"] | {"per_period": EUR | {"days": 29}}}, False),
        ({"valid_until": "2026-12-18T17:00:00+01:00"}, True),
        ({"valid_until": "2026-12-18T16:00:01Z"}, False),
        ({"valid_until": "2026-12-18T16:00:00-01:00"}, False),
    ),
)
def test_each_member_is_compared_by_what_it_means(change: Detail, *, expected: bool) -> None:
    assert (
        narrows([FULL | change], [LEAST | {"identifier": FLEET, "actions": []}, FULL]) is expected
    )


def test_asking_for_no_entry_is_asking_for_no_restriction() -> None:
    assert [narrows([], []), narrows([], [FULL]), narrows([FULL], [])] == [True, False, False]


def test_one_entry_too_wide_makes_the_whole_too_wide() -> None:
    fleet = {"type": TYPE, "identifier": FLEET}

    assert narrows([FULL, fleet], [LEAST, fleet])
    assert not narrows([LEAST, fleet], [FULL, fleet])


def test_an_entry_reads_as_plain_english() -> None:
    assert in_words(FULL | {"vendors": [ACME, GLOBEX]}, names={OFFICE: "Office", ACME: "Acme"}) == [
        "Only in the project Office.",
        "May create and submit purchase orders.",
        "Of a company, uses only: profile and addresses.",
        f"Buys only from Acme and {GLOBEX}.",
        "Buys only in the UNSPSC categories 4321 and 56.",
        "Spends at most EUR 5,000.00 for one order.",
        "Spends at most EUR 20,000.00 within 30 days.",
        "Spends at most EUR 60,000.50 altogether.",
        "Until 18 Dec 2026, 16:00 UTC.",
    ]


@pytest.mark.parametrize(
    ("change", "line"),
    (
        ({"actions": []}, "Changes no purchase orders."),
        ({"actions": ["hold"]}, "May hold purchase orders."),
        ({"actions": ["create", "hold", "issue"]}, "May create, hold and issue purchase orders."),
        (
            {"limits": {"per_period": {"amount": "5", "currency": "JPY", "days": 1}}},
            "Spends at most JPY 5 within 1 day.",
        ),
        ({"valid_until": "2027-01-01T00:30:00+01:00"}, "Until 31 Dec 2026, 23:30 UTC."),
    ),
)
def test_numbers_and_times_read_as_people_write_them(change: Detail, line: str) -> None:
    assert in_words(LEAST | change) == [f"Only in the project {OFFICE}.", line]
