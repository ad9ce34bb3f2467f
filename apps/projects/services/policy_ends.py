"""Retiring purchasing policies."""

from datetime import datetime

from django.db import transaction

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import Actor
from apps.core.errors import InvalidTransitionError
from apps.partners.services.rows import require_reason
from apps.projects.models import PurchasingPolicy
from apps.projects.services.version_writing import policy_subject


@transaction.atomic
def retire_policy(*, actor: Actor, at: datetime, policy: PurchasingPolicy, reason: str) -> None:
    """It binds nobody any more but the sessions that were granted before. Raises
    InvalidTransitionError when it was retired already.
    """
    reason = require_reason(reason)
    standing = PurchasingPolicy.objects.filter(pk=policy.pk, retired_at__isnull=True)
    if not standing.update(retired_at=at):
        raise InvalidTransitionError("The policy is retired already.")
    record(
        action=Action.POLICY_RETIRED,
        actor=actor,
        at=at,
        subject=policy_subject(policy),
        data={},
        private={"reason": reason},
    )
