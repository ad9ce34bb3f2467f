"""One run of the demo: on whose behalf, when, what was known before, what it made or mended."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.core.actor import Actor
from apps.governance.services.demo.store import Known

Document = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """``made`` grows while it runs and is told in one event at its end."""

    actor: Actor
    at: datetime
    known: Known
    made: list[str] = field(default_factory=list)

    @property
    def who(self) -> dict[str, Any]:
        return {"actor": self.actor, "at": self.at}
