"""When a change may be proposed, and by whom a proposal is decided."""

from apps.core.errors import ForbiddenError, InvalidTransitionError
from apps.procurement.models import OrderChange, PurchaseOrder
from apps.procurement.policy.running import RUNNING
from apps.procurement.states import ChangeStatus, OrderStatus, Side

# A buyer that was declined says what it would order instead, and issues that.
PROPOSABLE = {
    Side.BUYER: RUNNING | {OrderStatus.DECLINED},
    Side.VENDOR: RUNNING | {OrderStatus.CHANGE_REQUESTED},
}


def is_vendors_to_see(change: OrderChange) -> bool:
    """What selectors.changes shows a vendor: all but what of the buyer's waits for an approval."""
    return change.proposed_by == Side.VENDOR or not change.exceeds or change.approved_at is not None


def require_proposable(order: PurchaseOrder, side: Side) -> None:
    """Raises InvalidTransitionError."""
    if order.status not in PROPOSABLE[side]:
        raise InvalidTransitionError(
            f"To an order that is {order.status}, the {side} proposes nothing.",
            extra={"from": str(order.status), "to": ChangeStatus.PROPOSED.value, "allowed": []},
        )


def require_open(change: OrderChange, to: str) -> None:
    """Raises InvalidTransitionError for a proposal that was decided."""
    if change.status != ChangeStatus.PROPOSED:
        raise InvalidTransitionError(
            f"The proposal was {change.status} already.",
            extra={"from": str(change.status), "to": str(to), "allowed": []},
        )


def require_other_side(change: OrderChange, side: Side) -> None:
    """Nobody accepts or refuses what their own side proposed. Raises ForbiddenError."""
    if change.proposed_by == side:
        raise ForbiddenError("The other side decides on your proposal; you may withdraw it.")


def require_own_side(change: OrderChange, side: Side) -> None:
    """Raises ForbiddenError."""
    if change.proposed_by != side:
        raise ForbiddenError("Only the side that proposed it withdraws it.")
