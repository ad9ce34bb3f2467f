"""Recording: many events at once are the events that one after the other would be."""

from datetime import datetime

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.audit.events import Action
from apps.audit.models import Event, PendingEvent
from apps.audit.services import Subject, record, record_many
from apps.core.actor import Actor

pytestmark = pytest.mark.django_db
OWN = {"id", "salt", "subject_id", "data"}


def test_many_events_have_the_columns_of_one_and_a_salt_each(operator: Actor, at: datetime) -> None:
    action = Action.SESSION_ENDED
    one = record(action=action, actor=operator, at=at, subject=Subject("thing", "a"))

    number = record_many(
        action=action,
        actor=operator,
        at=at,
        entries=[(Subject("thing", name), {"n": name}) for name in "bcd"],
    )

    many = Event.objects.exclude(pk=one.pk).order_by("id")
    expected = {k: v for k, v in Event.objects.values().get(pk=one.pk).items() if k not in OWN}
    assert number == 3
    assert [(row.subject_id, row.data) for row in many] == [
        ("b", {"n": "b"}),
        ("c", {"n": "c"}),
        ("d", {"n": "d"}),
    ]
    for row in many.values():
        assert {name: value for name, value in row.items() if name not in OWN} == expected
    salts = set(Event.objects.values_list("salt", flat=True))
    assert (len(salts), {len(salt) for salt in salts}) == (4, {32})
    assert PendingEvent.objects.count() == 4


@pytest.mark.parametrize("count", (1, 2000))
def test_many_events_are_one_statement(
    operator: Actor, at: datetime, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    entries = [(Subject("thing", str(number)), {"n": number}) for number in range(count)]

    with django_assert_num_queries(1):
        record_many(action=Action.SESSION_ENDED, actor=operator, at=at, entries=entries)


def test_no_events_are_no_statement(
    operator: Actor, at: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert record_many(action=Action.SESSION_ENDED, actor=operator, at=at, entries=[]) == 0
