"""What a purchasing policy says from a moment on: versions are added, never rewritten."""

from datetime import datetime

from django.db import transaction

from apps.audit.events import Action
from apps.core.actor import Actor
from apps.core.errors import ConflictError, InvalidTransitionError, ValidationFailedError
from apps.projects.models import PolicyVersion, PurchasingPolicy
from apps.projects.policy import PolicyTerms
from apps.projects.policy.version_faults import currency_change_faults
from apps.projects.selectors import latest_version
from apps.projects.services.version_writing import hold_versions, write_version


@transaction.atomic
def add_policy_version(
    *,
    actor: Actor,
    at: datetime,
    policy: PurchasingPolicy,
    terms: PolicyTerms,
    reason: str,
    effective_from: datetime | None = None,
    based_on: int | None = None,
) -> PolicyVersion:
    """What the policy says from now on, or from a later moment. What it forbids anew counts at the
    next request; what it allows anew, for sessions that are granted after it has begun.

    ``based_on`` is the version somebody had before them. Raises ConflictError when another was
    written meanwhile, InvalidTransitionError for a retired policy, ValidationFailedError.
    """
    hold_versions()
    _require_standing(policy)
    written = latest_version(policy)
    if based_on is not None and based_on != written.version:
        raise ConflictError(
            f"Version {written.version} was written meanwhile. Look at it, then begin anew."
        )
    if faults := currency_change_faults(terms, written):
        raise ValidationFailedError("This version cannot be added so.", errors=faults)
    return write_version(
        action=Action.POLICY_CHANGED,
        actor=actor,
        at=at,
        policy=policy,
        terms=terms,
        reason=reason,
        effective_from=effective_from,
    )


def _require_standing(policy: PurchasingPolicy) -> None:
    """Retiring changes the row that is locked here."""
    held = PurchasingPolicy.objects.select_for_update(no_key=True).get(pk=policy.pk)
    if held.retired_at is not None:
        raise InvalidTransitionError("The policy is retired; add another.")
