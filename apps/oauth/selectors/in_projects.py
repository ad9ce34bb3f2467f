"""Which sessions act in a project."""

from datetime import datetime

from django.db.models import QuerySet

from apps.oauth.models import TokenSession
from apps.oauth.selectors.liveness import live_sessions
from apps.projects.models import Project


def live_sessions_in(project: Project, *, at: datetime) -> QuerySet[TokenSession]:
    """Those by which somebody could act in it now; `open_now` is in which projects they could."""
    granted = live_sessions(at=at).filter(project_bound=True, project_ids__contains=[project.pk])
    return granted.filter(open_now__contains=[project.pk])  # type: ignore[misc]  # its alias
