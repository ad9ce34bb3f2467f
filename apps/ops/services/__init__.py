"""Running jobs and keeping their history, and purging what expired."""

from apps.ops.services.jobs import announce_jobs, request_run, run_job
from apps.ops.services.purge import purge_expired

__all__ = ["announce_jobs", "purge_expired", "request_run", "run_job"]
