"""Who is asked to approve an order, and who has."""

from apps.identity.admin.cells import EMPTY, stack, tag, to, when
from apps.identity.admin.records import Table
from apps.partners.models import Role
from apps.procurement.formats.approvals import approval_status
from apps.procurement.models import ApprovalStep, PurchaseOrder
from apps.procurement.selectors.approvals import approval_steps

TONES = {"waiting": "warn", "filled": "good", "dropped": "plain"}
HEAD = ("Asked", "Of", "Turn", "Role", "Needed", "Given by", "Status", "Why")


def approvals_table(order: PurchaseOrder) -> Table:
    steps = approval_steps(order).select_related("rule", "change__order")
    steps = steps.prefetch_related("approvals__user")
    rows = [_row(step) for step in steps]
    return Table("Approvals", HEAD, rows, "Nobody was asked to approve it.")


def _row(step: ApprovalStep) -> tuple[object, ...]:
    given = list(step.approvals.all())
    status = approval_status(step, given)
    return (
        when(step.created_at),
        to(step.change) if step.change else "the order",
        step.sequence,
        Role(step.approver_role).label,
        f"{len(given)} of {step.min_approvers}",
        stack(to(one.user) for one in given) if given else EMPTY,
        tag(status, TONES[status]),
        step.why,
    )
