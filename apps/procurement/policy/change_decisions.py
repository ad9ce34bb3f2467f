"""When a proposal may be decided or approved."""

from apps.core.errors import InvalidTransitionError
from apps.procurement.models import OrderChange
from apps.procurement.policy.proposing import require_open
from apps.procurement.policy.running import RUNNING
from apps.procurement.states import OrderStatus

DECISIONS = ["accepted", "refused", "withdrawn"]


APPROVED = "approved"


def settles_answer(change: OrderChange) -> bool:
    """Whether deciding on the proposal decides on the vendor's answer, and so moves the order."""
    waits = change.order.status == OrderStatus.CHANGE_REQUESTED
    return waits and change.acknowledgement_id is not None


def require_decidable(change: OrderChange) -> None:
    """Proposals are decided on while their order runs, or waits for just that. Raises
    InvalidTransitionError.
    """
    if change.order.status not in RUNNING and not settles_answer(change):
        raise InvalidTransitionError(
            f"Nothing is decided on an order that is {change.order.status} but what it waits for.",
            extra={"from": str(change.status), "to": str(change.status), "allowed": []},
        )


def require_awaiting_approval(change: OrderChange) -> None:
    """Raises InvalidTransitionError."""
    require_open(change, APPROVED)
    if not change.exceeds or change.approved_at is not None:
        raise InvalidTransitionError(
            "The proposal needs no approval, or has it.",
            extra={"from": str(change.status), "to": APPROVED, "allowed": DECISIONS},
        )
