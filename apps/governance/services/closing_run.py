"""One run at what a closing has left to end."""

from dataclasses import dataclass
from datetime import datetime

from apps.core.actor import Actor
from apps.governance.models import ProjectClosing


@dataclass(frozen=True)
class Run:
    """In whose name it is, and how many session rows it may end."""

    closing: ProjectClosing
    by: Actor
    at: datetime
    limit: int | None = None

    @property
    def reason(self) -> str:
        verb = "winds down" if self.closing.wind_down_until else "closed"
        return f"project {verb}: {self.closing.reason}"


def held(closing: ProjectClosing) -> ProjectClosing:
    """Its row, locked: of two runs each waits for what the other counts."""
    return ProjectClosing.objects.select_for_update().get(pk=closing.pk)


def count(closing: ProjectClosing, **more: int) -> None:
    """Add to what a locked closing counts, in the transaction of what is counted."""
    added = {kind: closing.counts.get(kind, 0) + number for kind, number in more.items()}
    closing.counts = {**closing.counts, **added}
    closing.save(update_fields=["counts"])
