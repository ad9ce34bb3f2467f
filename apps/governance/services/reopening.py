"""Opening a closed project again: new access may be asked for, and none from before comes back."""

from datetime import date, datetime

from django.db import transaction

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import Actor
from apps.oauth.services.offers import withdraw_offers
from apps.partners.policy import require_administrator
from apps.partners.services import require_reason
from apps.projects.models import Project
from apps.projects.services import flip_reopened, project_subject


def reopen_project(
    *, actor: Actor, at: datetime, project: Project, reason: str, ends_on: date | None = None
) -> None:
    """Open a closed project until ``ends_on``, or the last day it had.

    Offers are withdrawn once more: one that was being answered while the project closed must not
    stand in the new one. Raises ForbiddenError for whoever is no administrator,
    ValidationFailedError without a reason or with a day that is over, InvalidTransitionError.
    """
    require_administrator(actor)
    reason = require_reason(reason)
    with transaction.atomic():
        rows = Project.objects.select_related("buyer_entity")
        held = rows.select_for_update(of=("self",), no_key=True).get(pk=project.pk)
        closed = held.closed_at
        flip_reopened(at=at, project=held, ends_on=ends_on)
        withdraw_offers(project_id=held.pk, at=at)
        record(
            action=Action.PROJECT_REOPENED,
            actor=actor,
            at=at,
            subject=project_subject(held),
            data={
                "reason": reason,
                "closed_at": closed.isoformat() if closed else None,
                "ends_on": held.ends_on.isoformat(),
                "access_until": held.access_until.isoformat(),
            },
        )
    project.refresh_from_db()
