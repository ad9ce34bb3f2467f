"""Jobs: how a run is recorded, how one is asked for, and how the scheduler makes them known."""

from collections.abc import Callable, Iterable
from datetime import datetime

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.ops.models import JobHeartbeat, JobRun

Counts = dict[str, int]
MOST_ERROR_CHARACTERS = 2000


def run_job(*, name: str, work: Callable[[], Counts], clock: Callable[[], datetime]) -> Counts:
    """Do the work and leave a heartbeat; a history row too when it did something or failed.

    ``clock`` is asked at both ends of the run. What ``work`` raises is recorded and raised again.
    """
    started_at, counts, error = clock(), {}, ""
    try:
        counts = work()
    except Exception as raised:
        error = f"{type(raised).__name__}: {raised}"[:MOST_ERROR_CHARACTERS]
        raise
    finally:
        ended_at = clock()
        if error or any(counts.values()):
            JobRun.objects.create(
                job=name, started_at=started_at, ended_at=ended_at, counts=counts, error=error
            )
        _beat([name], ended_at)
    return counts


def announce_jobs(*, names: Iterable[str], at: datetime) -> None:
    """Note jobs that have never run, so that one that never does is seen to be late."""
    rows = [JobHeartbeat(job=name, at=at) for name in names]
    JobHeartbeat.objects.bulk_create(rows, ignore_conflicts=True)


def request_run(*, actor: Actor, at: datetime, job: str) -> None:
    """Record that somebody asked for a run now; the surface wakes the worker."""
    record(action=Action.JOB_REQUESTED, actor=actor, at=at, subject=Subject("job", job, job))


def _beat(names: list[str], at: datetime) -> None:
    rows = [JobHeartbeat(job=name, at=at) for name in names]
    JobHeartbeat.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["job"], update_fields=["at"]
    )
