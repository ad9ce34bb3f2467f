"""Staff decide which role sees what of a partner's record."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.core.errors import ValidationFailedError
from apps.partners.models import ClaimRule, Role
from apps.partners.policy import rule_faults
from apps.partners.services.rows import require_reason

SUBJECT = "claim_rules"


@transaction.atomic
def set_claim_rules(
    *, actor: Actor, at: datetime, role: Role, rules: Mapping[str, Sequence[str]], reason: str
) -> None:
    """All that the role sees, from the next request on: the fields by group, an empty list meaning
    all of the group's. The event says what it saw before. Raises ValidationFailedError.
    """
    reason = require_reason(reason)
    if faults := rule_faults(role=role, rules=rules):
        raise ValidationFailedError("The role cannot see this.", errors=faults)
    _hold_rules()
    held = {rule.group: sorted(rule.fields) for rule in ClaimRule.objects.filter(role=role)}
    ClaimRule.objects.filter(role=role).delete()
    ClaimRule.objects.bulk_create(
        ClaimRule(role=role, group=group, fields=sorted(names)) for group, names in rules.items()
    )
    record(
        action=Action.CLAIM_RULES_CHANGED,
        actor=actor,
        at=at,
        subject=Subject(SUBJECT, str(role), str(role.label)),
        data={"reason": reason},
        private={"from": held, "to": {group: sorted(names) for group, names in rules.items()}},
    )


def _hold_rules() -> None:
    """Whoever else edits rules waits, also those of a role without any; who reads does not."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE partners_claimrule IN SHARE ROW EXCLUSIVE MODE")
