"""A project's life as data."""

from django.db import models


class ProjectStatus(models.TextChoices):
    """Whether a project may be acted in. Only an open one may."""

    DRAFT = "draft"
    OPEN = "open"
    ON_HOLD = "on_hold"
    CLOSED = "closed"


MOVES: dict[str, frozenset[str]] = {
    ProjectStatus.DRAFT: frozenset({ProjectStatus.OPEN}),
    ProjectStatus.OPEN: frozenset({ProjectStatus.ON_HOLD, ProjectStatus.CLOSED}),
    ProjectStatus.ON_HOLD: frozenset({ProjectStatus.OPEN, ProjectStatus.CLOSED}),
    ProjectStatus.CLOSED: frozenset(),
}
