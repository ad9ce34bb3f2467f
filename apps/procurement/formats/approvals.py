"""The approvals an order was submitted for: who is asked, who has given their word."""

from collections.abc import Iterator, Sequence
from typing import Any

from apps.core.ids import encode_id
from apps.identity.models import User
from apps.procurement.formats.times import instant
from apps.procurement.models import Approval, ApprovalStep, OrderChange
from apps.procurement.services.expected_approvals import Expected
from apps.projects.models import ApprovalRule

GIVEN = "given"
WAITING, FILLED, DROPPED = "waiting", "filled", "dropped"
EXPECTED = "expected"


def approval_body(step: ApprovalStep, order_id: str, *, persons: bool) -> dict[str, Any]:
    """Who gave their word only for those who may know persons (``knows_approvers``). Wants the
    step with its approvals.
    """
    given = list(step.approvals.all())
    body = {
        "id": step.public_id,
        "purchase_order": order_id,
        "change": encode_id(OrderChange.id_prefix, step.change_id) if step.change_id else None,
        "revision": step.revision,
        "content_sha256": step.content_sha256,
        "sequence": step.sequence,
        "approver_role": step.approver_role,
        "min_approvers": step.min_approvers,
        # A step that waits misses somebody: the word of who is gone since does not count.
        "missing": 0 if step.ended_at else max(1, step.min_approvers - len(given)),
        "status": approval_status(step, given),
        "why": step.why,
        "rule": encode_id(ApprovalRule.id_prefix, step.rule_id) if step.rule_id else None,
        "created_at": instant(step.created_at),
        "ended_at": instant(step.ended_at),
    }
    if persons:
        return {**body, GIVEN: [_word(one) for one in given]}
    return {**body, "_redacted": [GIVEN]}


def approval_status(step: ApprovalStep, given: Sequence[Approval]) -> str:
    if step.ended_at is None:
        return WAITING
    return FILLED if len(given) >= step.min_approvers else DROPPED


def given_in_words(step: ApprovalStep, given: Sequence[Approval]) -> str:
    """`1 of 2`, for a step that was dropped that nobody is needed any more, and for one that waits
    though enough have spoken that not all of them count.
    """
    told, status = f"{len(given)} of {step.min_approvers}", approval_status(step, given)
    if status == DROPPED:
        return f"{told}, not needed any more"
    gone = status == WAITING and len(given) >= step.min_approvers
    return f"{told}, but not all still count" if gone else told


def expected_bodies(expected: Expected, order_id: str) -> Iterator[dict[str, Any]]:
    """What the first word for a change would ask for; where that cannot be told, why not."""
    told = {"purchase_order": order_id, "change": expected.change.public_id, "status": EXPECTED}
    if expected.unknown:
        nobody = {"sequence": None, "approver_role": None, "min_approvers": None, "missing": None}
        yield {**told, **nobody, "why": expected.unknown, "rule": None}
    for step in expected.steps:
        yield {
            **told,
            "sequence": step.sequence,
            "approver_role": step.approver_role,
            "min_approvers": step.min_approvers,
            "missing": step.min_approvers,
            "why": step.why,
            "rule": step.rule or None,
        }


def _word(approval: Approval) -> dict[str, Any]:
    return {"person": encode_id(User.id_prefix, approval.user_id), "at": instant(approval.at)}
