"""Closing a project: the flip first, then the rows, resumable; and opening it again."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.audit.models import Event
from apps.core.actor import Actor
from apps.core.errors import ForbiddenError, InvalidTransitionError, ValidationFailedError
from apps.governance.models import ProjectClosing
from apps.governance.selectors import blockers_of, plan_closing
from apps.governance.services import closing_rows, due_projects
from apps.governance.services.closing import begin_closing, close_project
from apps.governance.services.closing_rows import finish_project_closings
from apps.governance.services.due_projects import close_due_projects
from apps.oauth.models import Consent, TokenSession
from apps.oauth.selectors import live_sessions
from apps.oauth.services import end_dead_sessions
from apps.partners.models import Role
from apps.procurement.states import OrderStatus
from apps.projects.errors import ProjectHasBlockersError
from apps.projects.models import Project
from apps.projects.services import edit_project, hold_project
from apps.projects.states import ProjectStatus
from tests.factories.api_keys import api_key
from tests.factories.closing import close, reopen
from tests.factories.consents import standing
from tests.factories.governance import order
from tests.factories.invoices import disputed
from tests.factories.oauth import access_token, machine
from tests.factories.partners import staff_actor
from tests.factories.procurement import session_of
from tests.factories.world import SETUP, World, project

pytestmark = pytest.mark.django_db
READ = ["purchase_orders:read"]


def bound(world: World, *projects: Project) -> TokenSession:
    """A session of Acme's that acts in these projects or not at all."""
    session = session_of(world.acme, *projects)
    session.project_bound = True
    session.save(update_fields=["project_bound"])
    return session


@pytest.fixture
def other(world: World) -> Project:
    return project("OTHER", world.buyer, world.acme, world.globex)


def events(world: World, *actions: str) -> list[Event]:
    found = Event.objects.filter(subject_id=world.office.public_id, action__in=actions)
    return list(found.order_by("id"))


def test_close_ends_what_was_for_the_project_alone_and_narrows_the_rest(
    world: World, other: Project, at: datetime
) -> None:
    alone, both = bound(world, world.office), bound(world, world.office, other)
    elsewhere = bound(world, other)
    key, wide = api_key(world.acme, projects=[world.office]), api_key(world.acme)

    closing = close(world.office)

    live = set(live_sessions(at=at).values_list("pk", flat=True))
    assert live == {both.pk, elsewhere.pk, wide.api_key.session_id}
    alone.refresh_from_db()
    assert (alone.ended_by, alone.end_reason) == ("test", "project closed: All is bought")
    assert (closing.sessions_ended, closing.sessions_narrowed) == (2, 2)
    assert closing.counts == {"api_keys": 1, "consents": 0, "requests": 0}
    assert closing.refused_after_ms is not None
    assert closing.finished_at is not None
    revoked = Event.objects.get(action="api_key.revoked")
    assert revoked.subject_id == key.api_key.public_id


def test_close_leaves_one_event_of_the_flip_and_one_of_the_end(world: World) -> None:
    bound(world, world.office)

    closing = close(world.office)

    flip, end = events(world, "project.closed", "project.access_ended")
    assert (flip.data["reason"], flip.data["evidence"]) == ("All is bought", closing.public_id)
    assert (end.action, end.data["sessions_ended"]) == ("project.access_ended", 1)
    assert end.data["evidence"] == closing.public_id
    assert Event.objects.filter(action="token_session.ended").count() == 1


def test_close_says_on_the_project_when_by_whom_and_why(world: World, at: datetime) -> None:
    close(world.office, at=at)

    office = Project.objects.get(pk=world.office.pk)
    assert (office.status, office.closed_at, office.closed_by) == ("closed", at, "test")
    assert (office.close_reason, office.revision) == ("All is bought", 2)
    assert office.not_before is not None


def test_close_again_is_the_same_closing(world: World) -> None:
    first = close(world.office)

    again = close(world.office, reason="Twice")

    assert again == first
    assert len(events(world, "project.closed", "project.access_ended")) == 2


def test_wind_down_again_is_not_prolonged(world: World, at: datetime) -> None:
    first = close(world.office, wind_down_days=7, at=at)

    again = close(world.office, wind_down_days=30)

    assert (again, again.wind_down_until) == (first, at + timedelta(days=7))


def test_wind_down_closes_when_it_is_told_to(world: World) -> None:
    winding = close(world.office, wind_down_days=7)

    closed = close(world.office, reason="Enough")

    assert closed != winding
    assert Project.objects.get(pk=world.office.pk).status == "closed"
    assert len(events(world, "project.closing", "project.closed")) == 2


@pytest.mark.parametrize(
    ("said", "pointer"),
    (
        ({"reason": " "}, "/reason"),
        *(({"wind_down_days": days}, "/wind_down_days") for days in (-7, 1, 5, 10, 90)),
    ),
)
def test_close_needs_a_reason_and_a_wind_down_that_there_is(
    world: World, said: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        close(world.office, **said)

    assert [fault.pointer for fault in refused.value.errors] == [pointer]
    assert not ProjectClosing.objects.exists()


def test_draft_does_not_wind_down(world: World) -> None:
    Project.objects.filter(pk=world.office.pk).update(status=ProjectStatus.DRAFT)

    with pytest.raises(InvalidTransitionError):
        close(world.office, wind_down_days=7)

    close(world.office)
    assert Project.objects.get(pk=world.office.pk).status == "closed"


def test_project_that_closed_without_evidence_is_told_so(world: World) -> None:
    Project.objects.filter(pk=world.office.pk).update(status=ProjectStatus.CLOSED)

    with pytest.raises(InvalidTransitionError):
        close(world.office)


def test_blockers_count_what_is_not_settled(world: World, other: Project) -> None:
    by = session_of(world.erp, world.office)
    for number, status in enumerate(OrderStatus.values):
        order(f"A-{number}", world.acme, world.office, by, status)
    order("O-1", world.acme, other, by, OrderStatus.ISSUED)
    disputed(world)

    # The disputed invoice is of one more order, issued and received in part.
    assert blockers_of(world.office) == {
        "draft_orders": 1,
        "pending_orders": 1,
        "open_orders": 6,
        "unreceived_orders": 5,
        "unmatched_invoices": 1,
    }
    assert blockers_of(other) == {"open_orders": 1, "unreceived_orders": 1}


def test_close_is_refused_while_blockers_are_not_acknowledged(world: World) -> None:
    by = session_of(world.erp, world.office)
    order("A-1", world.acme, world.office, by, OrderStatus.DRAFT)

    with pytest.raises(ProjectHasBlockersError) as refused:
        close(world.office, blockers_acknowledged=False)

    assert refused.value.extra == {"blockers": {"draft_orders": 1}}
    assert Project.objects.get(pk=world.office.pk).status == "open"
    assert close(world.office).blockers == {"draft_orders": 1}
    assert events(world, "project.closed")[0].data["blockers"] == {"draft_orders": 1}


def test_plan_counts_what_would_end_and_changes_nothing(
    world: World, other: Project, at: datetime
) -> None:
    bound(world, world.office)
    bound(world, world.office, other)
    api_key(world.acme, projects=[world.office])
    standing(world.bo, machine(partner=world.acme).client, projects=[world.office])
    before = Event.objects.count()

    plan = plan_closing(world.office, at=at)

    assert plan.counts == {
        "sessions": 1, "api_keys": 1, "sessions_narrowed": 1, "clients": 3, "clients_naming_it": 0,
        "clients_by_membership": 3, "clients_narrowed": 3, "consents": 1,
    }  # fmt: skip
    assert plan.blockers == {}
    assert (Event.objects.count(), ProjectClosing.objects.count()) == (before, 0)


@pytest.mark.parametrize("cut", (1, 2, 3))
def test_closing_that_was_cut_off_is_taken_up_again(
    world: World, at: datetime, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    monkeypatch.setattr(closing_rows, "BATCH", 2)
    for _ in range(5):
        bound(world, world.office)

    closing = close(world.office, most_rows=cut)

    assert (closing.sessions_ended, closing.finished_at) == (cut, None)
    assert live_sessions(at=at).count() == 0
    soon = at + timedelta(minutes=1)
    assert finish_project_closings(at=soon, limit=1) == 0
    assert finish_project_closings(at=soon) == 1
    assert finish_project_closings(at=soon) == 0
    closing.refresh_from_db()
    assert (closing.sessions_ended, closing.finished_at is None) == (5, False)
    assert len(events(world, "project.access_ended")) == 1


def test_rows_that_the_other_job_ended_are_counted_too(world: World, at: datetime) -> None:
    bound(world, world.office)
    bound(world, world.office)
    closing = close(world.office, most_rows=1)

    end_dead_sessions(at=at + timedelta(minutes=1), limit=5)
    finish_project_closings(at=at + timedelta(minutes=2))

    closing.refresh_from_db()
    assert closing.sessions_ended == 2


def test_standing_consents_lose_the_project_or_end_with_it(world: World, other: Project) -> None:
    app, second = machine(partner=world.acme).client, machine(partner=world.acme).client
    alone = standing(world.bo, app, projects=[world.office])
    both = standing(world.bo, second, projects=[world.office, other])

    closing = close(world.office)

    for consent in (alone, both):
        consent.refresh_from_db()
    assert (alone.revoked_at is None, both.revoked_at) == (False, None)
    assert both.project_ids == [other.pk]
    assert closing.counts["consents"] == 2


def test_unfinished_closing_leaves_consents_given_since_it_opened_again(
    world: World, at: datetime
) -> None:
    begin_closing(
        actor=SETUP, at=at, project=world.office, reason="Cut off", blockers_acknowledged=True
    )
    reopen(world.office)
    since = standing(world.bo, machine(partner=world.acme).client, projects=[world.office])

    finish_project_closings(at=at)

    assert Consent.objects.get(pk=since.pk).project_ids == [world.office.pk]
    assert ProjectClosing.objects.get().finished_at is not None


def test_offers_made_in_a_wind_down_stay_while_rows_still_end(world: World, at: datetime) -> None:
    bound(world, world.office)
    bound(world, world.office)
    close(world.office, wind_down_days=7, most_rows=1)
    since = standing(world.bo, machine(partner=world.acme).client, projects=[world.office])

    finish_project_closings(at=at + timedelta(minutes=1))

    assert Consent.objects.get(pk=since.pk).revoked_at is None
    assert ProjectClosing.objects.get().sessions_ended == 2


def test_reopen_takes_out_a_consent_that_came_while_it_closed(world: World) -> None:
    close(world.office)
    late = standing(world.bo, machine(partner=world.acme).client, projects=[world.office])

    reopen(world.office)

    assert Consent.objects.get(pk=late.pk).revoked_at is not None


def test_reopen_is_an_administrators_with_a_day_that_is_not_over(
    world: World, at: datetime
) -> None:
    close(world.office)
    Project.objects.filter(pk=world.office.pk).update(
        starts_on=at.date() - timedelta(days=9), ends_on=at.date() - timedelta(days=2)
    )

    with pytest.raises(ForbiddenError):
        reopen(world.office, actor=staff_actor(role=Role.EDITOR))
    with pytest.raises(ValidationFailedError):
        reopen(world.office)
    reopen(world.office, actor=staff_actor(), ends_on=at.date() + timedelta(days=9))

    office = Project.objects.get(pk=world.office.pk)
    assert (office.status, office.closed_at, office.closed_by) == ("open", None, "")
    assert office.access_until > at + timedelta(days=8)
    assert len(events(world, "project.reopened")) == 1


@pytest.mark.parametrize("status", set(ProjectStatus.values) - {"closed"})
def test_reopen_is_for_closed_projects(world: World, status: str) -> None:
    Project.objects.filter(pk=world.office.pk).update(status=status)

    with pytest.raises(InvalidTransitionError):
        reopen(world.office)


@pytest.mark.parametrize("status", ("draft", "open", "on_hold", "closing"))
def test_project_is_closed_by_the_clock(world: World, at: datetime, status: str) -> None:
    over = at - timedelta(seconds=1)
    Project.objects.filter(pk=world.office.pk).update(access_until=over, status=status)

    assert close_due_projects(at=at) == 1
    assert close_due_projects(at=at) == 0

    closing = ProjectClosing.objects.get()
    expected = "wind-down is over" if status == "closing" else "end date"
    assert (closing.reason, closing.actor_id) == (expected, "system:projects")
    assert Project.objects.get(pk=world.office.pk).status == "closed"


def test_project_is_not_closed_before_its_time(world: World, at: datetime) -> None:
    Project.objects.filter(pk=world.office.pk).update(access_until=at + timedelta(seconds=1))

    assert close_due_projects(at=at) == 0


def test_project_whose_end_moves_while_the_clock_closes_it_stays_open(
    world: World, operator: Actor, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    Project.objects.filter(pk=world.office.pk).update(access_until=at - timedelta(seconds=1))
    due = Project.objects.get(pk=world.office.pk)

    def moved_first(**given: Any) -> ProjectClosing:
        later = at.date() + timedelta(days=400)
        edit_project(actor=operator, at=at, project=due, ends_on=later)
        return close_project(**given)

    monkeypatch.setattr(due_projects, "close_project", moved_first)

    assert close_due_projects(at=at) == 0
    assert Project.objects.get(pk=world.office.pk).status == "open"


def test_project_on_hold_closes_and_what_was_held_stays_dead(
    world: World, operator: Actor, at: datetime
) -> None:
    access_token(machine(partner=world.acme, scopes=READ))
    hold_project(actor=operator, at=at, project=world.office, reason="A look")

    closing = close(world.office)
    reopen(world.office)

    assert closing.sessions_ended == 1
    assert live_sessions(at=at).count() == 0
