"""Who may decide on an invoice, and where the decision leads (reference 2c, 2d no. 4 to 6, 10)."""

import uuid

from apps.core.actor import Actor, ActorKind
from apps.core.errors import ForbiddenError, InvalidTransitionError
from apps.partners.models import Role
from apps.procurement.errors import SegregationOfDutiesError
from apps.procurement.models import Invoice, MatchException
from apps.procurement.policy.parties import session_of
from apps.procurement.states import (
    INVOICE_MOVES,
    INVOICE_TARGETS,
    InvoiceAct,
    InvoiceStatus,
    Resolution,
)


def next_invoice_status(current: str, act: InvoiceAct) -> InvoiceStatus:
    """Where the act leads from here. Raises InvalidTransitionError."""
    moves = INVOICE_MOVES[current]
    if act in moves:
        return moves[act]
    raise InvalidTransitionError(
        f"An invoice that is {current} cannot become {INVOICE_TARGETS[act]}.",
        extra={
            "from": str(current),
            "to": str(INVOICE_TARGETS[act]),
            "allowed": sorted({str(target) for target in moves.values()}),
        },
    )


def require_decider(actor: Actor, invoice: Invoice) -> uuid.UUID:
    """The session of somebody of the buyer's who neither submitted the invoice nor acts in the
    session that did; of the staff, an administrator (2d no. 6).

    Raises SegregationOfDutiesError and ForbiddenError.
    """
    if actor.acts_for_vendor:
        raise SegregationOfDutiesError("A vendor never decides on an invoice.")
    session_id = session_of(actor)
    if actor.kind == ActorKind.STAFF and actor.role != Role.APPROVER_ADMIN:
        raise ForbiddenError("Only an administrator decides on invoices.")
    submitted = invoice.created_by_session
    same_person = actor.user_id is not None and actor.user_id == submitted.user_id
    if session_id == submitted.pk or same_person:
        raise SegregationOfDutiesError("Who submitted an invoice does not decide on it.")
    return session_id


def require_disputed(invoice: Invoice) -> None:
    """Exceptions are decided on while the invoice waits for that. Raises InvalidTransitionError."""
    if invoice.status != InvoiceStatus.EXCEPTION:
        raise InvalidTransitionError(
            f"Nothing is in dispute on an invoice that is {invoice.status}.",
            extra={
                "from": str(invoice.status),
                "to": InvoiceStatus.EXCEPTION.value,
                "allowed": sorted({str(to) for to in INVOICE_MOVES[invoice.status].values()}),
            },
        )


def require_open_exception(exception: MatchException, word: Resolution) -> None:
    """Raises InvalidTransitionError."""
    if exception.resolution:
        raise InvalidTransitionError(
            f"The exception is {exception.resolution} already.",
            extra={"from": exception.resolution, "to": word.value, "allowed": []},
        )
