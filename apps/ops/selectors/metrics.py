"""The numbers an operator watches."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from apps.audit.selectors import unsealed_count
from apps.oauth.selectors import live_sessions
from apps.ops.selectors.jobs import JobState, job_states


@dataclass(frozen=True)
class Measurements:
    unsealed_events: int
    live_sessions: int
    jobs: list[JobState]


def measure(*, at: datetime, periods: Mapping[str, int]) -> Measurements:
    return Measurements(
        unsealed_events=unsealed_count(),
        live_sessions=live_sessions(at=at).count(),
        jobs=job_states(at=at, periods=periods),
    )
