"""How a project closed, on its own page."""

from collections.abc import Sequence

from apps.governance.admin.closing_words import how_of, progress_of
from apps.identity.admin.cells import link, record_url, when
from apps.identity.admin.records import Table
from apps.projects.models import Project

SHOWN = 20


def closings_table(project: Project) -> Sequence[Table]:
    """None for a project that never closed."""
    rows = [
        (
            link(when(closing.started_at), record_url(closing)),
            how_of(closing),
            closing.actor_label,
            closing.reason,
            progress_of(closing),
        )
        for closing in project.closings.all()[:SHOWN]
    ]
    head = ("When", "How", "By", "Why", "Progress")
    return (Table("Closings", head, rows, "", cards=True),) if rows else ()
