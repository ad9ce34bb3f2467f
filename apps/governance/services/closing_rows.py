"""What ends with access in a project, row by row: in bounded batches, safe to repeat, to run twice
at once and to be cut off anywhere.
"""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from apps.core.actor import Actor, system_actor
from apps.governance.models import ProjectClosing
from apps.governance.selectors import keys_left_without, sessions_left_without
from apps.governance.services.closing_run import Run, count, held
from apps.governance.services.closing_stock import take_stock
from apps.governance.services.stopwatch import Stopwatch
from apps.oauth.services import end_sessions
from apps.oauth.services.api_keys import revoke_api_key
from apps.oauth.services.offers import withdraw_offers
from apps.projects.models import Project
from apps.projects.states import ProjectStatus

BATCH = 5000
MOST_ROWS = 50_000


def end_access(
    *, closing: ProjectClosing, by: Actor, at: datetime, limit: int | None = None
) -> None:
    """End what is left to end, and note the end once nothing is. Done again it does nothing."""
    if closing.finished_at is None:
        run, watch = Run(closing, by, at, limit), Stopwatch(at)
        for closer in CLOSERS:
            closer(run)
        take_stock(run, watch)
    closing.refresh_from_db()


def finish_project_closings(*, at: datetime, limit: int = MOST_ROWS) -> int:
    """Go on with closings that were cut off, up to ``limit`` session rows each; how many of them
    have come to their end.
    """
    begun = ProjectClosing.objects.filter(finished_at__isnull=True).select_related("project")
    finished = 0
    for closing in begun.order_by("started_at", "pk"):
        end_access(closing=closing, by=system_actor("closings"), at=at, limit=limit)
        finished += closing.finished_at is not None
    return finished


def _revoke_keys(run: Run) -> None:
    left = keys_left_without(run.closing.project, at=run.at)
    for api_key in left.select_related("session", "partner"):
        with transaction.atomic():
            ended = revoke_api_key(actor=run.by, at=run.at, api_key=api_key, reason=run.reason)
            count(held(run.closing), api_keys=int(ended))


def _end_sessions(run: Run) -> None:
    rows, left = sessions_left_without(run.closing.project, at=run.at), run.limit
    ended = size = BATCH
    while ended == size and left != 0:
        size = BATCH if left is None else min(BATCH, left)
        ended = end_sessions(at=run.at, sessions=rows, by=run.by, reason=run.reason, limit=size)
        left = None if left is None else left - ended


def _withdraw_offers(run: Run) -> None:
    """Once: what is offered in a wind-down, or since the project opened again, is new."""
    with transaction.atomic():
        closing = held(run.closing)
        project = Project.objects.get(pk=closing.project_id)
        if "consents" not in closing.counts and project.status != ProjectStatus.OPEN:
            count(closing, **withdraw_offers(project_id=project.pk, at=run.at))


# Each ends one kind of thing. What else is to end with a project, such as deliveries to webhooks
# and exports that wait, is a further line here.
CLOSERS: tuple[Callable[[Run], None], ...] = (_revoke_keys, _withdraw_offers, _end_sessions)
