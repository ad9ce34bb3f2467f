"""Comparing an invoice with its order and what was received, and keeping what does not match."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Unpack

from django.db import transaction

from apps.audit.events import Action
from apps.core.actor import Actor
from apps.procurement.models import Invoice, MatchException
from apps.procurement.policy.deciding import require_decider
from apps.procurement.policy.matching import Finding, findings
from apps.procurement.selectors.invoices import visible_invoice
from apps.procurement.services.comparing import whole_of
from apps.procurement.services.invoice_acts import (
    AskedOfInvoice,
    Held,
    begin,
    count_write,
    move,
    record_on_invoice,
)
from apps.procurement.states import InvoiceAct, InvoiceStatus, Resolution


@transaction.atomic
def match_invoice(**asked: Unpack[AskedOfInvoice]) -> Invoice:
    """Compare once more what waits for a decision, after a receipt for instance.

    Raises NotFoundError, ProjectClosedError, ForbiddenError, SegregationOfDutiesError,
    InvalidTransitionError, and what the precondition raises.
    """
    held, actor = begin(asked), asked["actor"]
    session_id = require_decider(actor, held.invoice)
    compare_invoice(held, actor=actor, at=asked["at"], session_id=session_id)
    return visible_invoice(actor=actor, invoice_id=asked["invoice_id"])


def compare_invoice(held: Held, *, actor: Actor, at: datetime, session_id: uuid.UUID) -> None:
    """Move a held invoice to `matched` or `exception` by what is found now. Differences that are
    gone are corrected, those accepted as they are stay so, and new ones are open.

    Raises InvalidTransitionError.
    """
    invoice = held.invoice
    move(invoice, InvoiceAct.COMPARE)
    found = findings(whole_of(invoice, held.order, held.lines))
    _keep(invoice, found, at=at, session_id=session_id)
    move(invoice, InvoiceAct.DISPUTE if found else InvoiceAct.MATCH)
    count_write(invoice, at=at)
    by_key = {line.pk: line.line_no for line in held.lines}
    numbers = {row.pk: by_key[row.line_id] for row in invoice.lines.all()}
    differs = invoice.status == InvoiceStatus.EXCEPTION
    record_on_invoice(
        Action.INVOICE_EXCEPTION if differs else Action.INVOICE_MATCHED,
        invoice,
        actor=actor,
        at=at,
        told={"exceptions": [_told(one, numbers) for one in found]},
    )


def _keep(
    invoice: Invoice, found: Sequence[Finding], *, at: datetime, session_id: uuid.UUID
) -> None:
    accepted, standing = set(), {}
    for row in MatchException.objects.filter(invoice=invoice):
        if row.resolution == Resolution.ACCEPTED:
            accepted.add((row.line_id, row.kind, row.expected, row.actual))
        elif row.resolution != Resolution.CORRECTED:
            standing[row.line_id, row.kind] = row
    for finding in found:
        key = (finding.line_id, finding.kind)
        known = standing.pop(key, None)
        if known is not None:
            _update(known, finding)
        elif (*key, finding.expected, finding.actual) not in accepted:
            _open(invoice, finding, at)
    for row in standing.values():
        row.resolution, row.resolved_at = Resolution.CORRECTED, at
        row.resolved_by_session_id = session_id
        row.revision += 1
        row.save()


def _update(row: MatchException, finding: Finding) -> None:
    if (row.expected, row.actual) != (finding.expected, finding.actual):
        row.expected, row.actual = finding.expected, finding.actual
        row.revision += 1
        row.save(update_fields=["expected", "actual", "revision"])


def _open(invoice: Invoice, finding: Finding, at: datetime) -> None:
    MatchException.objects.create(
        invoice=invoice,
        line_id=finding.line_id,
        kind=finding.kind,
        expected=finding.expected,
        actual=finding.actual,
        created_at=at,
    )


def _told(finding: Finding, numbers: dict[int, int]) -> dict[str, object]:
    return {
        "kind": str(finding.kind),
        "line_no": None if finding.line_id is None else numbers[finding.line_id],
        "expected": finding.expected,
        "actual": finding.actual,
    }
