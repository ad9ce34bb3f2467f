"""A project opened, held, resumed and rewritten, and members who come and go."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.audit.models import Event
from apps.core.actor import Actor, ActorKind
from apps.core.errors import InvalidTransitionError, NotFoundError, ValidationFailedError
from apps.identity.models import StaffRole
from apps.partners.models import Role
from apps.projects.models import Project, ProjectMember
from apps.projects.policy.ends import access_until_of, days_before_end
from apps.projects.services import (
    add_member,
    change_member,
    create_project,
    edit_project,
    flip_ended,
    flip_reopened,
    hold_project,
    open_project,
    remove_member,
    resume_project,
)
from apps.projects.states import ProjectStatus
from tests.factories.identity import staff
from tests.factories.procurement import ORDERS, vendor_caller
from tests.factories.world import World, partner, person

pytestmark = pytest.mark.django_db
MOVES: dict[tuple[str, str], Callable[..., None]] = {
    ("draft", "open"): open_project,
    ("open", "on_hold"): hold_project,
    ("on_hold", "open"): resume_project,
}


def put(project: Project, status: str) -> Project:
    Project.objects.filter(pk=project.pk).update(status=status)
    project.refresh_from_db()
    return project


@pytest.mark.parametrize("before", ProjectStatus.values)
@pytest.mark.parametrize("move", MOVES)
def test_lifecycle_row_by_row(
    world: World, operator: Actor, at: datetime, before: str, move: tuple[str, str]
) -> None:
    project, (start, after) = put(world.office, before), move

    if before == start:
        MOVES[move](actor=operator, at=at, project=project, reason="So it is")
        assert (project.status, project.revision) == (after, 2)
        assert project.not_before is not None
        event = Event.objects.latest("id")
        assert (event.subject_id, event.data["reason"]) == (project.public_id, "So it is")
        return
    with pytest.raises(InvalidTransitionError):
        MOVES[move](actor=operator, at=at, project=project, reason="So it is")
    assert put(project, before).revision == 1


def test_hold_needs_a_reason(world: World, operator: Actor, at: datetime) -> None:
    with pytest.raises(ValidationFailedError):
        hold_project(actor=operator, at=at, project=world.office, reason=" ")


def test_token_from_before_a_hold_is_refused_and_stays_refused(
    world: World, operator: Actor, at: datetime
) -> None:
    acme = vendor_caller(world.acme)
    assert acme.get(ORDERS).status_code == 200

    hold_project(actor=operator, at=at, project=world.office, reason="Audit")
    held = acme.get(ORDERS).status_code
    resume_project(actor=operator, at=at, project=world.office, reason="Done")

    assert (held, acme.get(ORDERS).status_code) == (401, 401)


def test_draft_is_created_closed_to_everybody(world: World, operator: Actor, at: datetime) -> None:
    made = create_project(
        actor=operator,
        at=at,
        number="NEXT",
        title="Next year",
        buyer_entity=world.buyer,
        starts_on=date(2027, 1, 1),
        ends_on=date(2027, 12, 31),
        draft=True,
        budget_amount=Decimal("10000.00"),
        budget_currency="EUR",
        categories=["44"],
    )

    made.refresh_from_db()
    assert (made.status, made.budget_amount, made.categories) == ("draft", 10000, ["44"])


def test_edit_moves_the_end_of_access_and_tells_before_and_after(
    world: World, operator: Actor, at: datetime
) -> None:
    ends = date(2031, 6, 30)

    edited = edit_project(
        actor=operator, at=at, project=world.office, ends_on=ends, title=world.office.title
    )

    edited.refresh_from_db()
    assert (edited.ends_on, edited.revision) == (ends, 2)
    assert edited.access_until == datetime(2031, 7, 1, tzinfo=UTC)
    event = Event.objects.get(action="project.changed")
    assert event.data["before"] == {"ends_on": world.office.ends_on.isoformat()}
    assert event.data["after"] == {"ends_on": "2031-06-30"}


def test_edit_of_anything_but_the_last_day_leaves_the_end_of_access(
    world: World, operator: Actor, at: datetime
) -> None:
    edited = edit_project(
        actor=operator, at=at, project=world.office, title="Other", starts_on=date(2025, 1, 1)
    )

    edited.refresh_from_db()
    assert (edited.title, edited.access_until) == ("Other", world.office.access_until)


def test_whoever_names_the_last_day_ends_access_with_it(
    world: World, operator: Actor, at: datetime
) -> None:
    """One function says when: of a project that is added, one that is edited, and one that is
    opened again after a wind-down, which had an end of its own.
    """
    last_day = date(2031, 6, 30)
    said: dict[str, Any] = {
        "buyer_entity": world.buyer,
        "starts_on": date(2026, 1, 1),
        "ends_on": last_day,
    }
    added = create_project(actor=operator, at=at, number="NEXT", title="Next", **said)
    edited = edit_project(actor=operator, at=at, project=world.office, ends_on=last_day)
    ended = create_project(actor=operator, at=at, number="OVER", title="Over", **said)
    flip_ended(at=at, project=ended, by="somebody", reason="done", wind_down_days=9)
    assert ended.access_until == at + timedelta(days=9)
    flip_ended(at=at, project=ended, by="somebody", reason="done")
    flip_reopened(at=at, project=ended, ends_on=None)

    assert {one.access_until for one in (added, edited, ended)} == {
        access_until_of(last_day, timezone=world.buyer.timezone)
    }


def test_edit_that_changes_nothing_writes_nothing(
    world: World, operator: Actor, at: datetime
) -> None:
    edited = edit_project(actor=operator, at=at, project=world.office, title=world.office.title)

    assert edited.revision == 1
    assert not Event.objects.filter(action="project.changed").exists()


@pytest.mark.parametrize(
    ("changes", "pointers"),
    (
        ({"ends_on": date(2020, 1, 1), "starts_on": date(2019, 1, 1)}, ["/ends_on"]),
        ({"budget_amount": Decimal(5), "budget_currency": ""}, ["/budget_amount"]),
        ({"budget_amount": None, "budget_currency": "EUR"}, ["/budget_amount"]),
        ({"budget_amount": Decimal(5), "budget_currency": "XXQ"}, ["/budget_currency"]),
        ({"budget_amount": Decimal("5.5"), "budget_currency": "JPY"}, ["/budget_amount"]),
        ({"budget_amount": Decimal(0), "budget_currency": "EUR"}, ["/budget_amount"]),
        ({"title": ""}, ["/title"]),
    ),
)
def test_edit_with_bad_values_writes_nothing(
    world: World,
    operator: Actor,
    at: datetime,
    changes: dict[str, object],
    pointers: list[str],
) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        edit_project(actor=operator, at=at, project=world.office, **changes)  # type: ignore[arg-type]

    assert pointers[0] in [fault.pointer for fault in refused.value.errors]
    assert Project.objects.get(pk=world.office.pk).revision == 1


def test_owner_is_an_active_member_of_staff(world: World, operator: Actor, at: datetime) -> None:
    ann = staff(StaffRole.PROCUREMENT_MANAGER)

    with pytest.raises(ValidationFailedError):
        edit_project(actor=operator, at=at, project=world.office, owner=world.bo)
    owned = edit_project(actor=operator, at=at, project=world.office, owner=ann)

    assert owned.owner == ann


@pytest.mark.parametrize("status", ("closing", "closed"))
def test_project_that_ends_is_not_rewritten(
    world: World, operator: Actor, at: datetime, status: str
) -> None:
    with pytest.raises(InvalidTransitionError):
        edit_project(actor=operator, at=at, project=put(world.office, status), title="Other")


def test_removed_member_is_refused_at_the_next_request(
    world: World, operator: Actor, at: datetime
) -> None:
    acme = vendor_caller(world.acme)
    assert acme.get(ORDERS).status_code == 200
    member = ProjectMember.objects.get(project=world.office, partner=world.acme)

    remove_member(actor=operator, at=at, member=member, reason="Wrong project")

    assert acme.get(ORDERS).status_code == 401
    event = Event.objects.get(action="project.member_removed")
    assert (event.data["partner"], event.data["reason"]) == (world.acme.public_id, "Wrong project")
    with pytest.raises(NotFoundError):
        remove_member(actor=operator, at=at, member=member, reason="Again")


def test_member_whose_time_was_ended_is_refused(
    world: World, operator: Actor, at: datetime
) -> None:
    acme = vendor_caller(world.acme)
    member = ProjectMember.objects.get(project=world.office, partner=world.acme)
    begun = at - timedelta(days=2)

    changed = change_member(
        actor=operator,
        at=at,
        member=member,
        role="",
        valid_from=begun,
        valid_until=at - timedelta(seconds=1),
    )

    assert acme.get(ORDERS).status_code == 401
    assert changed.valid_from == begun
    event = Event.objects.get(action="project.member_changed")
    assert event.data["before"]["valid_until"] is None


def test_person_of_a_partner_does_not_join_in_person(
    world: World, operator: Actor, at: datetime
) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        add_member(actor=operator, at=at, project=world.office, user=world.bo)

    assert [fault.code for fault in refused.value.errors] == ["not-the-buyers"]


def test_approver_is_made_by_an_administrator_only(
    world: World, operator: Actor, at: datetime
) -> None:
    manager = Actor(kind=ActorKind.STAFF, id="usr_1", label="Manager", role=Role.EDITOR)
    given = {"at": at, "project": world.office, "role": "approver_admin"}

    with pytest.raises(ValidationFailedError) as refused:
        add_member(actor=manager, user=person("ann@buyer.example"), **given)  # type: ignore[arg-type]
    add_member(actor=operator, user=person("una@buyer.example"), **given)  # type: ignore[arg-type]

    assert [fault.code for fault in refused.value.errors] == ["restricted"]


def test_nobody_joins_a_closed_project(world: World, operator: Actor, at: datetime) -> None:
    closed = put(world.office, "closed")

    with pytest.raises(InvalidTransitionError):
        add_member(actor=operator, at=at, project=closed, partner=partner("Late"))


@pytest.mark.parametrize(
    ("left", "days"),
    (
        (timedelta(days=15), None),
        (timedelta(days=14), 14),
        (timedelta(days=8), 14),
        (timedelta(days=7), 7),
        (timedelta(days=1), 1),
        (timedelta(seconds=1), 1),
        (timedelta(0), None),
        (timedelta(days=-1), None),
    ),
)
def test_days_before_end_is_the_narrowest_reached(
    at: datetime, left: timedelta, days: int | None
) -> None:
    assert days_before_end(at + left, at=at) == days
