"""Ending token sessions: every row that ends has its event, and no dead row is left behind."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from apps.audit.models import Event
from apps.core.actor import Actor, Origin
from apps.identity.models import User
from apps.identity.services import change_password
from apps.oauth.models import Client, ClientStatus, TokenSession
from apps.oauth.selectors import live_sessions
from apps.oauth.services import (
    end_client_sessions,
    end_dead_sessions,
    end_sessions,
    open_staff_session,
    resume_client,
    suspend_client,
)
from apps.partners.models import Partner
from apps.partners.services import resume_partner, suspend_partner
from apps.projects.models import Project
from apps.projects.states import ProjectStatus
from tests.factories.governance import sessions
from tests.factories.identity import staff
from tests.factories.oauth import machine
from tests.factories.world import World, make_world

pytestmark = pytest.mark.django_db
READ = ["purchase_orders:read"]
ENDED = "token_session.ended"


def ended_events() -> list[tuple[str, str, str]]:
    rows = Event.objects.filter(action=ENDED).order_by("id")
    return [(row.subject_id, row.actor_id, row.data["reason"]) for row in rows]


def test_end_sessions_records_one_event_for_each_row(
    world: World, operator: Actor, at: datetime
) -> None:
    rows = sessions(3, client=machine(partner=world.acme, scopes=READ).client)

    ended = end_sessions(
        at=at, sessions=TokenSession.objects.all(), by=operator, reason="audit", limit=100
    )

    assert ended == 3
    assert ended_events() == [(row.public_id, operator.id, "audit") for row in rows]
    event = Event.objects.filter(action=ENDED).latest("id")
    assert (event.at, event.subject_kind, event.subject_label) == (at, "token_session", "client")
    assert event.data == {"reason": "audit", "kind": "client", "scopes": READ}


def test_end_sessions_takes_as_many_queries_for_many_rows_as_for_one(
    world: World, operator: Actor, at: datetime
) -> None:
    client = machine(partner=world.acme, scopes=READ).client

    def queries(count: int) -> int:
        sessions(count, client=client)
        with CaptureQueriesContext(connection) as captured:
            done = end_sessions(
                at=at, sessions=client.sessions.all(), by=operator, reason="audit", limit=100
            )
        assert done == count
        return len(captured)

    assert queries(20) == queries(1)


def test_end_sessions_leaves_what_had_expired(world: World, operator: Actor, at: datetime) -> None:
    client = machine(partner=world.acme, scopes=READ).client
    sessions(1, client=client, lasting=timedelta(minutes=-1))

    ended = end_sessions(
        at=at, sessions=client.sessions.all(), by=operator, reason="audit", limit=100
    )

    assert (ended, ended_events()) == (0, [])


def bound_to(project: Project) -> None:
    TokenSession.objects.update(project_bound=True, project_ids=[project.pk])


def partner_flip(status: str) -> Callable[[World, Client], Any]:
    return lambda world, _client: Partner.objects.filter(pk=world.acme.pk).update(
        status=status, not_before=Now()
    )


def client_change(**columns: Any) -> Callable[[World, Client], Any]:
    return lambda _world, client: Client.objects.filter(pk=client.pk).update(**columns)


def person_change(**columns: Any) -> Callable[[World, Client], Any]:
    return lambda world, _client: User.objects.filter(pk=world.bo.pk).update(**columns)


def project_change(**columns: Any) -> Callable[[World, Client], Any]:
    def change(world: World, _client: Client) -> None:
        bound_to(world.office)
        Project.objects.filter(pk=world.office.pk).update(**columns)

    return change


def leave_project(world: World, _client: Client) -> None:
    bound_to(world.office)
    world.office.members.filter(partner=world.acme).update(valid_until=datetime.now(tz=UTC))


PAST = datetime(2020, 1, 1, tzinfo=UTC)
FLIPS = {
    "partner suspended": partner_flip("suspended"),
    "partner offboarded": partner_flip("offboarded"),
    "partner suspended since the grant": partner_flip("active"),
    "client suspended": client_change(status=ClientStatus.SUSPENDED),
    "client disabled": client_change(status=ClientStatus.DISABLED),
    "client expired": client_change(expires_at=PAST),
    "client's sessions ended": client_change(not_before=Now()),
    "person deactivated": person_change(is_active=False),
    "person offboarded": person_change(is_active=False, offboarded_at=PAST),
    "person's sessions ended, as by a new password": person_change(not_before=Now()),
}
PROJECTS = {
    "closed": project_change(status=ProjectStatus.CLOSED),
    "reopened": project_change(not_before=Now()),
    "over": project_change(access_until=PAST),
    "left": leave_project,
}


@pytest.mark.parametrize(
    ("cause", "flip"),
    (*FLIPS.items(), *(("no open project left", flip) for flip in PROJECTS.values())),
    ids=[*FLIPS, *PROJECTS],
)
def test_a_session_that_some_flip_refuses_is_ended_and_says_why(
    world: World, at: datetime, cause: str, flip: Callable[[World, Client], Any]
) -> None:
    client = machine(partner=world.acme, scopes=READ).client
    (session,) = sessions(1, client=client, user=world.bo)
    flip(world, client)
    other = machine(partner=world.globex, scopes=READ).client
    sessions(1, client=other, user=world.cy)

    runs = [end_dead_sessions(at=at + timedelta(seconds=5), limit=100) for _ in range(2)]

    session.refresh_from_db()
    assert runs == [1, 0]
    assert (session.ended_by, session.end_reason) == ("sessions", cause)
    assert ended_events() == [(session.public_id, "system:sessions", cause)]
    assert live_sessions(at=at).get().client == other


def test_the_sessions_of_a_client_end_with_the_partner_it_belongs_to(
    world: World, at: datetime
) -> None:
    client = machine(partner=world.acme, scopes=READ).client
    sessions(1, client=client, user=world.cy)
    TokenSession.objects.update(partner=world.globex)
    Partner.objects.filter(pk=world.acme.pk).update(status="suspended", not_before=Now())

    end_dead_sessions(at=at, limit=100)

    assert TokenSession.objects.get().end_reason == "client's partner suspended"


def test_live_ended_and_expired_sessions_stay_as_they_are(
    world: World, operator: Actor, at: datetime
) -> None:
    acme = machine(partner=world.acme, scopes=READ).client
    sessions(1, client=acme)
    bound_to(world.office)
    sessions(1, client=machine(scopes=READ).client)  # The buyer's own, of no partner.
    sessions(1, user=world.bo)
    open_staff_session(user=staff(), at=at, origin=Origin())
    globex = machine(partner=world.globex, scopes=READ).client
    sessions(1, client=globex, lasting=timedelta(minutes=-1))
    TokenSession.objects.filter(pk=sessions(1, client=globex)[0].pk).update(ended_at=at)
    suspend_partner(actor=operator, at=at, partner=world.globex, reason="a look")
    before = list(TokenSession.objects.order_by("id").values())

    assert end_dead_sessions(at=at, limit=100) == 0
    assert list(TokenSession.objects.order_by("id").values()) == before


def test_a_resumed_partner_has_no_dead_rows_for_long(
    world: World, operator: Actor, at: datetime
) -> None:
    sessions(3, client=machine(partner=world.acme, scopes=READ).client)
    suspend_partner(actor=operator, at=at, partner=world.acme, reason="a look")
    resume_partner(actor=operator, at=at, partner=world.acme, reason="all well")

    runs = [end_dead_sessions(at=at, limit=2) for _ in range(3)]

    assert runs == [2, 1, 0]
    assert len(ended_events()) == 3


def test_a_new_password_ends_the_persons_sessions(
    world: World, operator: Actor, at: datetime
) -> None:
    client = machine(partner=world.acme, scopes=READ).client
    sessions(1, client=client, user=world.bo)
    (of_client,) = sessions(1, client=client)

    change_password(actor=operator, at=at, user=world.bo, password="another good battery")

    assert live_sessions(at=at).get() == of_client
    assert end_dead_sessions(at=at, limit=100) == 1


def test_what_the_client_is_granted_after_its_sessions_were_ended_stays(
    world: World, operator: Actor, at: datetime
) -> None:
    """The rows are ended after the flip; meanwhile the client may have asked anew."""
    client = machine(partner=world.acme, scopes=READ).client
    before, after = sessions(2, client=client)
    TokenSession.objects.filter(pk=after.pk).update(granted_at=at + timedelta(minutes=1))

    end_client_sessions(actor=operator, at=at, client=client, reason="leaked")

    assert live_sessions(at=at).get() == after
    assert ended_events() == [(before.public_id, operator.id, "leaked")]


def test_suspending_a_client_records_the_end_of_each_session(
    world: World, operator: Actor, at: datetime
) -> None:
    client = machine(partner=world.acme, scopes=READ).client
    rows = sessions(2, client=client)

    suspend_client(actor=operator, at=at, client=client, reason="odd hours")

    assert ended_events() == [
        (row.public_id, operator.id, "client suspended: odd hours") for row in rows
    ]


def test_only_a_session_that_begins_with_a_token_says_when_the_last_was_issued(
    at: datetime,
) -> None:
    assert open_staff_session(user=staff(), at=at, origin=Origin()).last_used_at is None


# --- Races ---------------------------------------------------------------------------------------


def in_thread(act: Callable[[], int]) -> int:
    try:
        return act()
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_row_that_a_refresh_holds_is_ended_by_the_next_run(operator: Actor) -> None:
    world, now = make_world(), datetime.now(tz=UTC)
    client = machine(partner=world.acme, scopes=READ).client
    held, _free = sessions(2, client=client)

    def suspend() -> int:
        return suspend_client(actor=operator, at=now, client=client, reason="race")

    with ThreadPoolExecutor(max_workers=1) as pool, transaction.atomic():
        TokenSession.objects.filter(pk=held.pk).update(last_used_at=now)
        pool.submit(in_thread, suspend).result(timeout=30)

    resume_client(actor=operator, at=now, client=client, reason="race over")
    held.refresh_from_db()
    assert held.ended_at is None
    assert end_dead_sessions(at=now, limit=100) == 1
    assert len(ended_events()) == 2


@pytest.mark.django_db(transaction=True)
def test_four_runs_at_once_end_each_row_with_one_event() -> None:
    world, now = make_world(), datetime.now(tz=UTC)
    sessions(400, client=machine(partner=world.acme, scopes=READ).client)
    Partner.objects.filter(pk=world.acme.pk).update(status="suspended", not_before=Now())
    barrier = Barrier(4)

    def run() -> int:
        barrier.wait(timeout=30)
        return sum(end_dead_sessions(at=now, limit=50) for _ in range(8))

    with ThreadPoolExecutor(max_workers=4) as pool:
        ended = [pool.submit(in_thread, run) for _ in range(4)]

    assert sum(future.result() for future in ended) == 400
    assert len({subject for subject, _actor, _why in ended_events()}) == 400
    assert Event.objects.filter(action=ENDED).count() == 400
