"""How far a closing has come, and its end with the one event that sums it up."""

from django.db import transaction
from django.db.models import Q

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import Actor
from apps.governance.models import ProjectClosing
from apps.governance.selectors import sessions_left_without, sessions_narrowed_in
from apps.governance.services.closing_run import Run
from apps.governance.services.stopwatch import Stopwatch
from apps.oauth.models import TokenSession
from apps.oauth.selectors.causes import NO_PROJECT_LEFT
from apps.projects.services import project_subject


def take_stock(run: Run, watch: Stopwatch) -> None:
    """How many rows have ended since, whoever ended them; and the end with its one event, which
    one of any number of runs notes.
    """
    closing = run.closing
    rows = ProjectClosing.objects.filter(pk=closing.pk, finished_at__isnull=True)
    # Looked at before it is counted: what another run ends between the two is counted then.
    if sessions_left_without(closing.project, at=run.at).exists():
        rows.update(sessions_ended=_ended_since(run))
        return
    ended = _ended_since(run)
    narrowed = sessions_narrowed_in(closing.project, at=run.at).count()
    elapsed = max(0, round((watch.now - closing.started_at).total_seconds() * 1000))
    with transaction.atomic():
        noted = rows.update(
            sessions_ended=ended,
            sessions_narrowed=narrowed,
            finished_at=watch.now,
            elapsed_ms=elapsed,
        )
        if noted:
            closing.refresh_from_db()
            _record_end(closing, run.by)


def _ended_since(run: Run) -> int:
    own = Q(end_reason=run.reason[:300]) | Q(end_reason=NO_PROJECT_LEFT)
    return TokenSession.objects.filter(
        own,
        project_ids__contains=[run.closing.project_id],
        ended_at__gte=run.closing.started_at,
    ).count()


def _record_end(closing: ProjectClosing, by: Actor) -> None:
    record(
        action=Action.PROJECT_ACCESS_ENDED,
        actor=by,
        at=closing.finished_at or closing.started_at,
        subject=project_subject(closing.project),
        data={
            "evidence": closing.public_id,
            "sessions_ended": closing.sessions_ended,
            "sessions_narrowed": closing.sessions_narrowed,
            **closing.counts,
            "elapsed_ms": closing.elapsed_ms,
        },
    )
