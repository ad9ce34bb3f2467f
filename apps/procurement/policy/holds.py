"""Holds: who may put which one on an order, and what a held order refuses."""

from apps.core.actor import Actor
from apps.core.errors import ForbiddenError, InvalidTransitionError
from apps.partners.models import Role
from apps.procurement.errors import OrderOnHoldError
from apps.procurement.models import PurchaseOrder
from apps.procurement.states import MOVES, Hold, OrderStatus

HOLDS = tuple(Hold.values)  # Reckoned anew whenever it is asked for.
HELD, RELEASED = "held", "released"


def holds_of(order: object) -> list[str]:
    """The names of the holds on the order."""
    return [name for name in HOLDS if getattr(order, name)]


def require_holder(actor: Actor, hold: Hold) -> None:
    """Each side puts on and lifts its own; for compliance the approver. Raises ForbiddenError."""
    if (hold == Hold.VENDOR) != actor.acts_for_vendor:
        raise ForbiddenError("This hold is the other side's.")
    if hold == Hold.COMPLIANCE and actor.role != Role.APPROVER_ADMIN:
        raise ForbiddenError("Only an approver holds an order for compliance.")


def require_other(order: PurchaseOrder, hold: Hold, *, held: bool) -> None:
    """A hold is put on an order that is under way and lacks it, and lifted where it is. Raises
    InvalidTransitionError.
    """
    before, after = (RELEASED, HELD) if held else (HELD, RELEASED)
    if not MOVES[OrderStatus(order.status)]:
        raise InvalidTransitionError(
            f"An order that is {order.status} is neither held nor released any more.",
            extra={"from": order.status, "to": after, "allowed": []},
        )
    if getattr(order, hold.value) == held:
        raise InvalidTransitionError(
            f"The order is {after} already.",
            extra={"from": after, "to": after, "allowed": [before]},
        )


def require_not_held(order: PurchaseOrder) -> None:
    """A held order is not issued, and neither goods nor money move on it; it may still be
    answered, changed, cancelled and closed. Raises OrderOnHoldError.
    """
    if holds := holds_of(order):
        raise OrderOnHoldError("Wait until it is released.", extra={"holds": holds})
