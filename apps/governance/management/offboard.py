"""What the two offboarding commands share: their options and what they print."""

import time
from typing import Any

from django.core.management.base import CommandParser

from apps.audit.management.command import JsonCommand, Result, UsageError
from apps.governance.models import Offboarding
from apps.governance.selectors import plan_offboarding
from apps.identity.models import User
from apps.partners.models import Partner


class OffboardCommand(JsonCommand):
    """Throw somebody out, or with `--dry-run` only say what that would end."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reason", default="", help="why; it stays in the trail")
        parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")

    def subject(self, **options: Any) -> Partner | User:  # noqa: ANN401 -- Django's signature of handle
        """Who is meant. May raise NotFoundError."""
        raise NotImplementedError

    def offboard(self, subject: Any, reason: str) -> Offboarding:  # noqa: ANN401 -- what subject() gave
        raise NotImplementedError

    def handle_json(self, **options: Any) -> Result:  # noqa: ANN401 -- Django's signature of handle
        if not options["dry_run"] and not options["reason"].strip():
            raise UsageError("--reason is needed: say why, it stays in the trail.")
        subject = self.subject(**options)
        if options["dry_run"]:
            return self._dry_run(subject)
        evidence = self.offboard(subject, options["reason"])
        return {
            "counts": evidence.counts,
            "sessions_ended": evidence.sessions_ended,
            "evidence_id": evidence.public_id,
            "refused_after_ms": evidence.refused_after_ms,
            "elapsed_ms": evidence.elapsed_ms,
        }

    def _dry_run(self, subject: Partner | User) -> Result:
        begun = time.monotonic()
        plan = plan_offboarding(subject, at=self.now())
        elapsed = round((time.monotonic() - begun) * 1000)
        return {"counts": plan.counts, "evidence_id": None, "elapsed_ms": elapsed, "dry_run": True}
