"""What a membership may say, whoever writes it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from apps.core.actor import Actor
from apps.core.errors import ValidationFailedError
from apps.projects.models import Project
from apps.projects.policy.days import day_of, last_day, start_of_day
from apps.projects.services import add_member, change_member
from tests.factories.world import World, partner, person

pytestmark = pytest.mark.django_db


def refused(**given: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationFailedError) as error:
        add_member(**given)
    return [(fault.pointer, fault.code) for fault in error.value.errors]


def test_membership_ends_with_its_project_at_the_latest(
    world: World, operator: Actor, at: datetime
) -> None:
    end = world.office.access_until
    given = {"actor": operator, "at": at, "project": world.office}

    late = refused(**given, partner=partner("Late"), valid_until=end + timedelta(seconds=1))
    never = refused(**given, partner=partner("Never"), valid_from=end)
    kept = add_member(**given, partner=partner("Kept"), valid_until=end)  # type: ignore[arg-type]

    assert late == [("/valid_until", "beyond-project")]
    assert never == [("/valid_from", "beyond-project")]
    assert kept.access_until == end


def test_membership_of_a_project_that_was_shortened_ends_with_it(
    world: World, operator: Actor, at: datetime
) -> None:
    ann, until = person("ann@buyer.example"), at + timedelta(days=300)
    member = add_member(actor=operator, at=at, project=world.office, user=ann, valid_until=until)
    sooner = at + timedelta(days=30)
    Project.objects.filter(pk=world.office.pk).update(access_until=sooner)

    changed = change_member(
        actor=operator, at=at, member=member, role="viewer", valid_from=member.valid_from,
        valid_until=until,
    )  # fmt: skip

    changed.project.refresh_from_db()
    assert (changed.role, changed.valid_until, changed.access_until) == ("viewer", until, sooner)


def test_partner_has_no_role_of_the_membership(world: World, operator: Actor, at: datetime) -> None:
    member = world.office.members.get(partner=world.acme)

    with pytest.raises(ValidationFailedError) as error:
        change_member(
            actor=operator, at=at, member=member, role="salesperson",
            valid_from=member.valid_from, valid_until=None,
        )  # fmt: skip

    assert [fault.pointer for fault in error.value.errors] == ["/role"]
    member.refresh_from_db()
    assert member.role == ""


@pytest.mark.parametrize(
    ("timezone", "begins", "ends"),
    (
        ("UTC", datetime(2026, 12, 31, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (
            "Europe/Oslo",
            datetime(2026, 12, 30, 23, tzinfo=UTC),
            datetime(2026, 12, 31, 23, tzinfo=UTC),
        ),
        (
            "America/New_York",
            datetime(2026, 12, 31, 5, tzinfo=UTC),
            datetime(2027, 1, 1, 5, tzinfo=UTC),
        ),
    ),
)
def test_days_are_the_buyers(timezone: str, begins: datetime, ends: datetime) -> None:
    new_years_eve = date(2026, 12, 31)

    assert start_of_day(new_years_eve, timezone=timezone) == begins
    assert day_of(begins, timezone=timezone) == new_years_eve
    assert last_day(ends, timezone=timezone) == new_years_eve


def test_day_before_the_calendar_is_refused() -> None:
    with pytest.raises(ValidationFailedError):
        start_of_day(date.min, timezone="Europe/Oslo")
