"""Comparing an invoice with its order and what was received, and keeping what does not match."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Unpack

from django.db import transaction

from apps.audit.events import Action
from apps.core.actor import Actor
from apps.procurement.models import Invoice, MatchException
from apps.procurement.policy.deciding import require_decider
from apps.procurement.policy.effects import told_of_effect
from apps.procurement.policy.findings import DECIDED, difference_of, written
from apps.procurement.policy.matching import Finding, findings
from apps.procurement.selectors.invoices import visible_invoice
from apps.procurement.services.comparing import whole_of
from apps.procurement.services.invoice_acts import (
    AskedOfInvoice,
    Held,
    begin,
    count_write,
    line_numbers,
    move,
    record_on_invoice,
)
from apps.procurement.states import InvoiceAct, InvoiceStatus, Resolution


@transaction.atomic
def match_invoice(**asked: Unpack[AskedOfInvoice]) -> Invoice:
    """Compare once more what waits for a decision, after a receipt for instance.

    Raises NotFoundError, ProjectClosedError, ActionNotGrantedError, ForbiddenError,
    SegregationOfDutiesError, InvalidTransitionError, and what the precondition raises.
    """
    held, actor = begin(asked), asked["actor"]
    session_id = require_decider(actor, held.invoice)
    told = told_of_effect(asked.get("effective_at"))
    compare_invoice(held, actor=actor, at=asked["at"], session_id=session_id, told=told)
    return visible_invoice(actor=actor, invoice_id=asked["invoice_id"])


def compare_invoice(
    held: Held,
    *,
    actor: Actor,
    at: datetime,
    session_id: uuid.UUID,
    told: Mapping[str, object] | None = None,
) -> None:
    """Move a held invoice to `matched` or `exception` by what is found now. Differences that are
    gone are corrected, those accepted as they are stay so, and new ones are open. ``told`` joins
    the event.

    Raises InvalidTransitionError.
    """
    found = findings(whole_of(held.invoice, held.order, held.lines))
    settle_findings(held, found, actor=actor, at=at, session_id=session_id, told=told)


def settle_findings(
    held: Held,
    found: Sequence[Finding],
    *,
    actor: Actor,
    at: datetime,
    session_id: uuid.UUID,
    told: Mapping[str, object] | None = None,
) -> None:
    """Keep what was found in a held invoice, and move it to where that leads. ``told`` joins the
    event. Raises InvalidTransitionError.
    """
    invoice = held.invoice
    move(invoice, InvoiceAct.COMPARE)
    _keep(invoice, found, at=at, session_id=session_id)
    move(invoice, InvoiceAct.DISPUTE if found else InvoiceAct.MATCH)
    count_write(invoice, at=at)
    numbers = line_numbers(held)
    differs = invoice.status == InvoiceStatus.EXCEPTION
    record_on_invoice(
        Action.INVOICE_EXCEPTION if differs else Action.INVOICE_MATCHED,
        invoice,
        actor=actor,
        at=at,
        told={"exceptions": [written(one, numbers) for one in found], **(told or {})},
        private={"allowed": [one.allowed for one in found]} if found else None,
    )


def _keep(
    invoice: Invoice, found: Sequence[Finding], *, at: datetime, session_id: uuid.UUID
) -> None:
    """Open exceptions follow what is found; one that somebody decided on stays as it was decided
    on. What was decided on in the same numbers is not asked again.
    """
    rows = list(MatchException.objects.filter(invoice=invoice))
    decided = {difference_of(row) for row in rows if row.resolution in DECIDED}
    standing = {(row.line_id, row.kind): row for row in rows if not row.resolution}
    for finding in found:
        known = standing.pop((finding.line_id, str(finding.kind)), None)
        if difference_of(finding) in decided:
            _correct(known, at, session_id)
        elif known is not None:
            _update(known, finding, at)
        else:
            _open(invoice, finding, at)
    for row in standing.values():
        _correct(row, at, session_id)


def _correct(row: MatchException | None, at: datetime, session_id: uuid.UUID) -> None:
    if row is not None:
        row.resolution, row.resolved_at = Resolution.CORRECTED, at
        row.resolved_by_session_id, row.updated_at = session_id, at
        row.revision += 1
        row.save()


def _update(row: MatchException, finding: Finding, at: datetime) -> None:
    told = (finding.part, finding.expected, finding.actual, finding.allowed)
    if (row.part, row.expected, row.actual, row.allowed) != told:
        row.part, row.expected, row.actual, row.allowed = told
        row.revision, row.updated_at = row.revision + 1, at
        row.save(update_fields=["part", "expected", "actual", "allowed", "revision", "updated_at"])


def _open(invoice: Invoice, finding: Finding, at: datetime) -> None:
    MatchException.objects.create(
        invoice=invoice,
        line_id=finding.line_id,
        kind=finding.kind,
        part=finding.part,
        expected=finding.expected,
        actual=finding.actual,
        allowed=finding.allowed,
        created_at=at,
        updated_at=at,
    )
