"""Deciding on one difference between an invoice and what it was compared with."""

from datetime import datetime

from django.db import transaction

from apps.audit.events import Action
from apps.core.actor import Actor
from apps.core.errors import FieldError, ValidationFailedError
from apps.gateway.policy import Precondition
from apps.procurement.models import MatchException
from apps.procurement.policy.deciding import (
    require_decider,
    require_disputed,
    require_open_exception,
)
from apps.procurement.selectors.invoices import exception_of
from apps.procurement.services.invoice_acts import count_write, hold_invoice, record_on_invoice
from apps.procurement.states import Resolution


@transaction.atomic
def resolve_exception(
    *,
    actor: Actor,
    at: datetime,
    invoice_id: str,
    exception_id: str,
    resolution: Resolution,
    precondition: Precondition,
    note: str,
) -> MatchException:
    """Accept the difference as it is, or not. ``note`` says why, to the buyer's side only.

    Raises NotFoundError, ProjectClosedError, ActionNotGrantedError, ForbiddenError,
    SegregationOfDutiesError, InvalidTransitionError, ValidationFailedError, and what the
    precondition raises.
    """
    held = hold_invoice(actor, invoice_id, at)
    exception = exception_of(held.invoice, exception_id)
    session_id = require_decider(actor, held.invoice)
    precondition.require(resource_id=exception.public_id, revision=exception.revision)
    require_disputed(held.invoice)
    require_open_exception(exception, resolution)
    if not note.strip():
        fault = FieldError("/note", "required", "Say why.")
        raise ValidationFailedError("A resolution has a reason.", errors=[fault])
    exception.resolution, exception.note = resolution, note.strip()
    exception.resolved_by_session_id, exception.resolved_at = session_id, at
    exception.updated_at = at
    exception.revision += 1
    exception.save()
    count_write(held.invoice, at=at)
    record_on_invoice(
        Action.INVOICE_EXCEPTION_RESOLVED,
        held.invoice,
        actor=actor,
        at=at,
        told={
            "exception": exception.public_id,
            "kind": str(exception.kind),
            "resolution": resolution.value,
        },
        private={"note": exception.note},
    )
    return exception
