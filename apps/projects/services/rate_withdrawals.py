"""Withdrawing an exchange rate that was wrong."""

from datetime import datetime

from django.db import transaction

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.core.errors import InvalidTransitionError
from apps.partners.services.rows import require_reason
from apps.projects.models import ExchangeRate


@transaction.atomic
def withdraw_exchange_rate(*, actor: Actor, at: datetime, rate: ExchangeRate, reason: str) -> None:
    """It counts no more and another may be added for its day; what was reckoned with it stays.
    Raises InvalidTransitionError when it was withdrawn already.
    """
    reason = require_reason(reason)
    standing = ExchangeRate.objects.filter(pk=rate.pk, withdrawn_at__isnull=True)
    if not standing.update(withdrawn_at=at):
        raise InvalidTransitionError("The rate is withdrawn already.")
    record(
        action=Action.EXCHANGE_RATE_WITHDRAWN,
        actor=actor,
        at=at,
        subject=Subject("exchange_rate", rate.public_id, str(rate)),
        data={},
        private={"reason": reason, "rate": f"{rate.rate:f}"},
    )
