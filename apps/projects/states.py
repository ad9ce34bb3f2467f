"""A project's life as data."""

from django.db import models


class ProjectStatus(models.TextChoices):
    """Whether a project may be acted in. An open one may; in a closing one, what is under way is
    finished.
    """

    DRAFT = "draft"
    OPEN = "open"
    ON_HOLD = "on_hold"
    CLOSING = "closing"
    CLOSED = "closed"


_ENDS = frozenset({ProjectStatus.CLOSING, ProjectStatus.CLOSED})
# From closed back to open is for an administrator, with a reason; no token comes back.
MOVES: dict[str, frozenset[str]] = {
    ProjectStatus.DRAFT: frozenset({ProjectStatus.OPEN, ProjectStatus.CLOSED}),
    ProjectStatus.OPEN: frozenset({ProjectStatus.ON_HOLD}) | _ENDS,
    ProjectStatus.ON_HOLD: frozenset({ProjectStatus.OPEN}) | _ENDS,
    ProjectStatus.CLOSING: frozenset({ProjectStatus.CLOSED}),
    ProjectStatus.CLOSED: frozenset({ProjectStatus.OPEN}),
}
