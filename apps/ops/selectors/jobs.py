"""Which jobs run, and which are late."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.ops.models import JobHeartbeat

SHORTEST_PATIENCE = timedelta(seconds=60)


@dataclass(frozen=True)
class JobState:
    """``heartbeat`` is None for a job no scheduler has ever known."""

    name: str
    heartbeat: datetime | None
    is_late: bool


def job_states(*, at: datetime, periods: Mapping[str, int]) -> list[JobState]:
    """Each job of the schedule. It is late without a heartbeat for twice its period, and never
    before a minute has passed (spec 6). ``periods`` are seconds by name.
    """
    beats = dict(JobHeartbeat.objects.values_list("job", "at"))
    return [
        JobState(name, beats.get(name), is_late=is_late(beats.get(name), at=at, period=period))
        for name, period in periods.items()
    ]


def is_late(heartbeat: datetime | None, *, at: datetime, period: int) -> bool:
    patience = max(timedelta(seconds=2 * period), SHORTEST_PATIENCE)
    return heartbeat is None or at - heartbeat > patience


def late_jobs(*, at: datetime, periods: Mapping[str, int]) -> list[str]:
    return [state.name for state in job_states(at=at, periods=periods) if state.is_late]
