"""Run the sealer now and sign a checkpoint of what it sealed (spec 8)."""

from typing import Any

from apps.audit.management.command import JsonCommand, Result
from apps.audit.services import seal_audit
from apps.ops.services import run_job


class Command(JsonCommand):
    help = "Seal what waits into the trail's log and sign a checkpoint."

    def handle_json(self, **_options: Any) -> Result:
        return run_job(
            name="seal_audit",
            work=lambda: seal_audit(at=self.now(), force_checkpoint=True),
            clock=self.now,
        )
