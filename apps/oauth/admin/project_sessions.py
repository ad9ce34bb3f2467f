"""Who could act in a project now, on its page."""

from collections.abc import Sequence
from dataclasses import replace

from django.http import HttpRequest

from apps.identity.admin.acts import clock
from apps.identity.admin.records import Table
from apps.oauth.admin.tables import live_table
from apps.oauth.selectors.in_projects import live_sessions_in
from apps.projects.models import Project

VIEW = "oauth.view_tokensession"
MOST = 1000


def project_sessions(request: HttpRequest, project: Project) -> Sequence[Table]:
    """How many, and the newest. Counted as far as anybody wants to know, so that a project with
    very many costs no more.
    """
    if not request.user.has_perm(VIEW):
        return ()
    live = live_sessions_in(project, at=clock())
    number = live.order_by()[: MOST + 1].count()
    told = f"{number}" if number <= MOST else f"more than {MOST:,}"
    table = live_table(live, query=f"state=live&project={project.pk}")
    return (replace(table, title=f"{table.title}: {told}", cards=True),)
