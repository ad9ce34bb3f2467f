"""Exchange rates: loaded once, found by day, withdrawn when wrong."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from apps.audit.models import Event
from apps.core.actor import Actor
from apps.core.errors import InvalidTransitionError, ValidationFailedError
from apps.projects.models import ExchangeRate
from apps.projects.policy import Rate
from apps.projects.policy.rate_lines import NewRate
from apps.projects.selectors import rate_between, rates_among
from apps.projects.services import add_exchange_rates, withdraw_exchange_rate
from apps.projects.services.exchange_rates import RatesAdded
from tests.factories.policies import rate
from tests.factories.threads import at_once
from tests.factories.world import SETUP

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
ONE = timedelta(days=1)


def add(at: datetime, *rates: tuple[str, str], base: str = "EUR", on: date = DAY) -> RatesAdded:
    return add_exchange_rates(
        actor=SETUP,
        at=at,
        base=base,
        source="ECB",
        rates=[NewRate(on, currency, Decimal(worth)) for currency, worth in rates],
    )


def test_rates_are_added_with_one_event(at: datetime) -> None:
    done = add(at, ("USD", "1.0842"), ("SEK", "11.2"), base=" eur ")

    assert (len(done.added), done.known) == (2, 0)
    kept = ExchangeRate.objects.order_by("base_currency")
    assert [str(one) for one in kept] == ["EUR/SEK 2026-03-02", "EUR/USD 2026-03-02"]
    event = Event.objects.get(action="exchange_rate.added")
    assert event.data == {"count": 2, "from": "2026-03-02", "to": "2026-03-02"}
    assert event.private["rates"] == {"EUR/SEK 2026-03-02": "11.2", "EUR/USD 2026-03-02": "1.0842"}


def test_rates_added_again_change_nothing(at: datetime) -> None:
    add(at, ("USD", "1.0842"))

    again = add(at, ("USD", "1.08420"), ("SEK", "11.2"))

    assert (len(again.added), again.known) == (1, 1)
    assert (len(add(at, ("USD", "1.0842")).added), ExchangeRate.objects.count()) == (0, 2)
    assert Event.objects.filter(action="exchange_rate.added").count() == 2


@pytest.mark.parametrize(
    ("base", "currency", "worth"),
    (
        pytest.param("EUR", "USD", "1.09", id="another rate"),
        pytest.param("USD", "EUR", "0.92", id="the other direction"),
    ),
)
def test_another_rate_for_a_day_is_refused_and_nothing_is_added(
    at: datetime, base: str, currency: str, worth: str
) -> None:
    add(at, ("USD", "1.0842"))

    with pytest.raises(ValidationFailedError) as refused:
        add(at, ("SEK", "11.2"), (currency, worth), base=base)

    assert [fault.pointer for fault in refused.value.errors] == ["/rates"]
    assert "EUR/USD 2026-03-02 is known as 1.0842" in refused.value.errors[0].detail
    assert ExchangeRate.objects.count() == 1


@pytest.mark.parametrize(
    ("rates", "pointer"),
    (
        ([("EUR", "1")], "/rates"),
        ([("USD", "1"), ("USD", "2")], "/rates"),
    ),
)
def test_rates_that_make_no_sense_are_refused(
    at: datetime, rates: list[tuple[str, str]], pointer: str
) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        add(at, *rates)

    assert {fault.pointer for fault in refused.value.errors} == {pointer}
    assert ExchangeRate.objects.count() == 0


def test_rates_of_days_to_come_and_of_no_currency_are_refused(at: datetime) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        add(at, ("USD", "1"), base="XAU", on=at.date() + 2 * ONE)

    assert [fault.pointer for fault in refused.value.errors] == ["/base", "/rates"]


def test_rate_is_withdrawn_once_and_another_takes_its_place(operator: Actor, at: datetime) -> None:
    wrong = add(at, ("USD", "10.842")).added[0]
    withdraw_exchange_rate(actor=operator, at=at, rate=wrong, reason="point misplaced")

    with pytest.raises(InvalidTransitionError):
        withdraw_exchange_rate(actor=operator, at=at, rate=wrong, reason="again")

    assert rate_between(currency="EUR", target="USD", day=DAY) is None
    add(at, ("USD", "1.0842"))
    assert rate_between(currency="EUR", target="USD", day=DAY) == Rate(Decimal("1.0842"), DAY)
    event = Event.objects.get(action="exchange_rate.withdrawn")
    assert event.private["reason"] == "point misplaced"


@pytest.mark.parametrize(
    "change",
    (
        "UPDATE projects_exchangerate SET rate = 9",
        "DELETE FROM projects_exchangerate",
        "TRUNCATE projects_exchangerate CASCADE",
    ),
)
def test_database_refuses_to_rewrite_rates(at: datetime, change: str) -> None:
    add(at, ("USD", "1.0842"))

    with pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute(change)

    assert ExchangeRate.objects.get().rate == Decimal("1.0842")


def test_database_refuses_a_second_rate_in_either_direction(at: datetime) -> None:
    add(at, ("USD", "1.0842"))

    for currency, base in (("EUR", "USD"), ("USD", "EUR")):
        with pytest.raises(IntegrityError), transaction.atomic():
            ExchangeRate.objects.create(
                currency=currency, base_currency=base, on=DAY, rate=1, source="x", created_at=at
            )


def test_rate_between_is_the_newest_of_forty_days() -> None:
    rate("EUR", "USD", DAY, "1.1")
    rate("EUR", "USD", DAY + ONE, "1.2")

    found = [
        rate_between(currency="EUR", target="USD", day=DAY + days * ONE)
        for days in (-1, 0, 1, 41, 42)
    ]

    newer = Rate(Decimal("1.2"), DAY + ONE)
    assert found == [None, Rate(Decimal("1.1"), DAY), newer, newer, None]


def test_rate_between_is_reckoned_back_and_across() -> None:
    rate("EUR", "USD", DAY, "1.25")
    rate("EUR", "SEK", DAY + ONE, "11")

    asked = {"day": DAY + ONE}
    assert rate_between(currency="USD", target="EUR", **asked) == Rate(Decimal("0.8"), DAY)
    assert rate_between(currency="USD", target="SEK", **asked) is None
    assert rate_between(currency="USD", target="SEK", via="EUR", **asked) == Rate(
        Decimal("8.8"), DAY
    )
    assert rate_between(currency="SEK", target="USD", via="EUR", **asked) == Rate(
        Decimal("0.1136363636"), DAY
    )


def test_rate_between_takes_the_newer_of_both_directions() -> None:
    rate("EUR", "USD", DAY, "1.25")
    rate("USD", "EUR", DAY + ONE, "0.5")

    found = rate_between(currency="EUR", target="USD", day=DAY + ONE)

    assert found == Rate(Decimal(2), DAY + ONE)


def test_rate_of_a_currency_in_itself_asks_nobody(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]  # pytest-django's fixture
        assert rate_between(currency="EUR", target="EUR", day=DAY) == Rate(Decimal(1), None)


def test_rates_among_several_currencies_are_one_statement(
    django_assert_num_queries: object,
) -> None:
    rate("EUR", "USD", DAY, "1.25")
    rate("EUR", "SEK", DAY, "11")

    with django_assert_num_queries(1):  # type: ignore[operator]  # pytest-django's fixture
        rates = rates_among(currencies=["USD", "SEK", "EUR", "GBP"], day=DAY)

    assert rates.between("SEK", "USD", via="EUR") == Rate(Decimal("0.1136363636"), DAY)
    assert rates.between("GBP", "USD", via="EUR") is None


@pytest.mark.parametrize(
    ("dinar", "expected"),
    (("10", Rate(Decimal("0.0000000001"), DAY)), ("100", None)),
)
def test_rate_too_small_to_write_down_is_none(dinar: str, expected: Rate | None) -> None:
    rate("EUR", "IRR", DAY, "999999999")
    rate("KWD", "EUR", DAY, dinar)

    assert rate_between(currency="IRR", target="KWD", day=DAY, via="EUR") == expected


@pytest.mark.django_db(transaction=True)
def test_rates_loaded_at_once_are_kept_once(at: datetime) -> None:
    done = at_once(*(lambda: add(at, ("USD", "1.1"), ("SEK", "11")) for _ in range(3)))

    assert sorted(one.known for one in done) == [0, 2, 2]
    assert ExchangeRate.objects.count() == 2
