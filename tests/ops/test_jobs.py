"""Jobs: what a run leaves behind, when one is late, and that a wake-up does the work."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from celery.signals import beat_init

from apps.audit.models import Checkpoint, Event
from apps.audit.selectors import log_size
from apps.core.actor import Actor
from apps.oauth.models import TokenSession
from apps.ops import tasks
from apps.ops.models import JobHeartbeat, JobRun
from apps.ops.selectors import JobState, is_late, job_states, late_jobs
from apps.ops.services import announce_jobs, request_run, run_job
from apps.partners.services import suspend_partner
from config.celery import SCHEDULE, app
from tests.factories.audit import events
from tests.factories.governance import sessions
from tests.factories.oauth import machine
from tests.factories.partners import proposed
from tests.factories.world import World

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
END = START + timedelta(seconds=3)
PERIODS = {"often": 2, "seldom": 300}


@pytest.fixture
def clock() -> Callable[[], datetime]:
    moments: Iterator[datetime] = iter([START, END])
    return lambda: next(moments)


def test_a_run_that_did_work_leaves_a_row_and_a_heartbeat(clock: Callable[[], datetime]) -> None:
    counts = run_job(name="seal", work=lambda: {"sealed": 3, "checkpoints": 0}, clock=clock)

    assert counts == {"sealed": 3, "checkpoints": 0}
    run = JobRun.objects.get()
    assert (run.job, run.started_at, run.ended_at, run.counts, run.error) == (
        "seal", START, END, {"sealed": 3, "checkpoints": 0}, "",
    )  # fmt: skip
    assert str(run) == "seal 2026-11-20 12:00:00"
    assert list(JobHeartbeat.objects.values_list("job", "at")) == [("seal", END)]


def test_a_run_without_work_leaves_a_heartbeat_only(clock: Callable[[], datetime]) -> None:
    run_job(name="seal", work=lambda: {"sealed": 0}, clock=clock)

    assert not JobRun.objects.exists()
    heartbeat = JobHeartbeat.objects.get()
    assert (str(heartbeat), heartbeat.at) == ("seal", END)


def test_a_failed_run_is_recorded_and_raised_again(clock: Callable[[], datetime]) -> None:
    def work() -> dict[str, int]:
        raise LookupError("no hash " + "x" * 3000)

    with pytest.raises(LookupError):
        run_job(name="seal", work=work, clock=clock)

    run = JobRun.objects.get()
    assert run.counts == {}
    assert run.error.startswith("LookupError: no hash xxx")
    assert len(run.error) == 2000
    assert JobHeartbeat.objects.get().at == END


def test_the_next_run_moves_the_heartbeat() -> None:
    for moment in (START, END):
        run_job(name="seal", work=dict, clock=lambda moment=moment: moment)

    assert list(JobHeartbeat.objects.values_list("job", "at")) == [("seal", END)]


@pytest.mark.parametrize(
    ("silence", "period", "late"),
    (
        (60, 2, False),
        (61, 2, True),
        (60, 30, False),
        (599, 300, False),
        (600, 300, False),
        (601, 300, True),
    ),
)
def test_a_job_is_late_after_two_periods_and_a_minute(
    silence: int, period: int, *, late: bool
) -> None:
    assert is_late(START, at=START + timedelta(seconds=silence), period=period) is late


def test_a_job_no_scheduler_has_known_is_late() -> None:
    announce_jobs(names=["often"], at=START)

    assert job_states(at=START, periods=PERIODS) == [
        JobState("often", START, is_late=False),
        JobState("seldom", None, is_late=True),
    ]
    assert late_jobs(at=START, periods=PERIODS) == ["seldom"]
    assert late_jobs(at=START + timedelta(hours=1), periods=PERIODS) == ["often", "seldom"]


def test_announcing_again_does_not_make_a_late_job_look_well() -> None:
    announce_jobs(names=["often"], at=START)
    announce_jobs(names=["often", "seldom"], at=END)

    assert dict(JobHeartbeat.objects.values_list("job", "at")) == {"often": START, "seldom": END}


def test_the_scheduler_announces_every_job_when_it_starts() -> None:
    beat_init.send(sender=None)

    assert set(JobHeartbeat.objects.values_list("job", flat=True)) == SCHEDULE.keys()


def test_asking_for_a_run_is_an_event(operator: Actor) -> None:
    request_run(actor=operator, at=START, job="seal_audit")

    event = Event.objects.get()
    assert (event.action, event.subject_kind, event.subject_id, event.actor_id) == (
        "job.requested", "job", "seal_audit", operator.id,
    )  # fmt: skip


def test_the_sealing_task_seals_and_signs() -> None:
    events(3)

    tasks.seal_audit()

    assert (log_size(), Checkpoint.objects.count()) == (3, 1)
    assert JobRun.objects.get().counts == {"sealed": 3, "checkpoints": 1}


def test_the_session_task_ends_what_a_suspension_left(world: World, operator: Actor) -> None:
    sessions(2, client=machine(partner=world.acme, scopes=["purchase_orders:read"]).client)
    suspend_partner(actor=operator, at=START, partner=world.acme, reason="a look")

    tasks.end_dead_sessions()

    assert TokenSession.objects.filter(ended_at=None).count() == 0
    assert JobRun.objects.get().counts == {"sessions_ended": 2}


@pytest.mark.parametrize("name", sorted(SCHEDULE))
def test_every_task_may_run_twice(name: str) -> None:
    task = app.tasks[f"ops.{name}"]

    task.apply(throw=True)
    task.apply(throw=True)

    assert JobHeartbeat.objects.get().job == name


def test_a_wake_up_that_comes_too_late_is_dropped() -> None:
    rows = app.conf.beat_schedule

    assert {row["task"]: row["options"]["expires"] for row in rows.values()} == {
        f"ops.{name}": seconds for name, seconds in SCHEDULE.items()
    }
    assert SCHEDULE == {
        "seal_audit": 2,
        "send_logouts": 5,
        "tell_bank_changes": 15,
        "end_dead_sessions": 30,
        "finish_offboardings": 60,
        "finish_project_closings": 60,
        "purge_expired": 300,
        "close_due_projects": 900,
        "tell_project_ends": 900,
        "rotate_keys": 3600,
    }


def test_the_wake_up_for_bank_changes_tells_of_them(world: World) -> None:
    proposed(world.acme)

    tasks.tell_bank_changes()

    assert JobRun.objects.get().counts == {"bank_changes_told": 1, "bank_changes_put_off": 0}
