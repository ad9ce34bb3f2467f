"""Every Celery task: a wake-up that drains rows and may run twice (spec 2 rule 6)."""

from collections.abc import Callable
from datetime import datetime
from typing import cast

from celery import shared_task
from celery.signals import beat_init
from django.utils import timezone

from apps.audit import services as audit
from apps.governance.services import closing_rows, due_projects, offboarding
from apps.oauth import services as oauth
from apps.oauth.services import keys, logout_notices
from apps.ops import services as ops
from apps.partners.services import bank_notices
from apps.projects.services import end_notices
from config.celery import SCHEDULE

SESSIONS_A_RUN = 5000


def job(work: Callable[[datetime], dict[str, int]]) -> Callable[[], None]:
    """The task `ops.<name>`, which does the work and keeps its history."""

    def run() -> None:
        ops.run_job(
            name=work.__name__,
            work=lambda: work(timezone.now()),
            clock=timezone.now,
        )

    return cast("Callable[[], None]", shared_task(name=f"ops.{work.__name__}")(run))


@job
def seal_audit(at: datetime) -> dict[str, int]:
    return audit.seal_audit(at=at)


@job
def end_dead_sessions(at: datetime) -> dict[str, int]:
    return {"sessions_ended": oauth.end_dead_sessions(at=at, limit=SESSIONS_A_RUN)}


@job
def send_logouts(at: datetime) -> dict[str, int]:
    queued = logout_notices.queue_for_flips(at=at)
    return {"logouts_queued": queued, **logout_notices.send_notices(clock=timezone.now)}


@job
def finish_offboardings(at: datetime) -> dict[str, int]:
    return {"offboardings_finished": offboarding.finish_offboardings(at=at)}


@job
def finish_project_closings(at: datetime) -> dict[str, int]:
    return {"closings_finished": closing_rows.finish_project_closings(at=at)}


@job
def close_due_projects(at: datetime) -> dict[str, int]:
    return {"projects_closed": due_projects.close_due_projects(at=at)}


@job
def tell_bank_changes(_at: datetime) -> dict[str, int]:
    return bank_notices.tell_bank_changes()


@job
def tell_project_ends(at: datetime) -> dict[str, int]:
    return end_notices.tell_project_ends(at=at)


@job
def purge_expired(at: datetime) -> dict[str, int]:
    return ops.purge_expired(at=at)


@job
def rotate_keys(at: datetime) -> dict[str, int]:
    return keys.rotate_keys(at=at)


def announce(**_given: object) -> None:
    ops.announce_jobs(names=SCHEDULE, at=timezone.now())


beat_init.connect(announce)
