"""Who is asked to approve an order or a change of it, and who has."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from apps.identity.admin.cells import EMPTY, stack, tag, to, when
from apps.identity.admin.records import Table
from apps.partners.models import Role
from apps.procurement.formats.approvals import EXPECTED, approval_status, given_in_words
from apps.procurement.models import ApprovalStep, OrderChange, PurchaseOrder
from apps.procurement.selectors.approvals import approval_steps
from apps.procurement.services.expected_approvals import Expected, expected_in, expected_of

TONES = {"waiting": "warn", "filled": "good", "dropped": "plain", EXPECTED: "plain"}
HEAD = ("Of", "Status", "So far", "Given by", "Turn", "Role", "Why", "Asked")
Row = tuple[object, ...]


def approvals_table(order: PurchaseOrder, *, at: datetime) -> Table:
    """All that was asked for the order and changes of it, and what will be of those proposed."""
    rows = [*map(_row, _steps(order)), *_expected(expected_in(order, at=at))]
    return Table("Approvals", HEAD, rows, "Nobody was asked to approve it.", cards=True)


def asked_of_order(order: PurchaseOrder) -> Table:
    """Who approves what it was submitted for last."""
    steps = [step for step in _steps(order) if step.change_id is None]
    now = [step for step in steps if step.revision == steps[-1].revision]
    return _asked(map(_row, now), "No rule asks: one administrator approves.")


def asked_of_change(change: OrderChange, *, at: datetime) -> Table:
    """Who approves it, or would, as long as nobody has."""
    steps = [step for step in _steps(change.order) if step.change_id == change.pk]
    if steps or not change.exceeds or change.approved_at or change.decided_at:
        return _asked(map(_row, steps), "Nobody was asked to approve it.")
    return _asked(_expected([expected_of(change, at=at)]), "")


def _asked(rows: Iterable[Row], empty: str) -> Table:
    return Table("Who approves it", HEAD, [*rows], empty, cards=True)


def _steps(order: PurchaseOrder) -> Sequence[ApprovalStep]:
    steps = approval_steps(order).select_related("rule", "change__order")
    return list(steps.prefetch_related("approvals__user"))


def _row(step: ApprovalStep) -> Row:
    given = list(step.approvals.all())
    status = approval_status(step, given)
    return (
        to(step.change) if step.change else "the order",
        tag(status, TONES[status]),
        given_in_words(step, given),
        stack(to(one.user) for one in given) if given else EMPTY,
        step.sequence,
        Role(step.approver_role).label,
        step.why,
        when(step.created_at),
    )


def _expected(found: Iterable[Expected]) -> Iterator[Row]:
    for one in found:
        what, status = to(one.change), tag(EXPECTED, TONES[EXPECTED])
        if one.unknown:
            yield (what, status, EMPTY, EMPTY, EMPTY, EMPTY, one.unknown, EMPTY)
        for step in one.steps:
            role = Role(step.approver_role).label
            so_far = f"0 of {step.min_approvers}"
            yield (what, status, so_far, EMPTY, step.sequence, role, step.why, EMPTY)
