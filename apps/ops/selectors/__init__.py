"""What is late, what works, and the numbers an operator watches."""

from apps.ops.selectors.health import Part, readiness
from apps.ops.selectors.jobs import JobState, is_late, job_states, late_jobs
from apps.ops.selectors.metrics import Measurements, measure

__all__ = [
    "JobState",
    "Measurements",
    "Part",
    "is_late",
    "job_states",
    "late_jobs",
    "measure",
    "readiness",
]
