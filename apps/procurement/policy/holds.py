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


def require_other(order: PurchaseOrder, hold: Hold, *, held: bool, owing: bool) -> None:
    """A hold is put on an order that lacks it, while something may still come of the order: it is
    under way, or ``owing`` (an invoice to it waits to be decided on or paid). It is lifted where it
    is, whatever became of the order. Raises InvalidTransitionError.
    """
    before, after = (RELEASED, HELD) if held else (HELD, RELEASED)
    if held and not MOVES[OrderStatus(order.status)] and not owing:
        raise InvalidTransitionError(
            f"An order that is {order.status}, with nothing left to pay, is not held any more.",
            extra={"from": order.status, "to": after, "allowed": []},
        )
    if getattr(order, hold.value) == held:
        others = ", ".join(holds_of(order)) or "nothing"
        raise InvalidTransitionError(
            f"The order has {hold.value} already."
            if held
            else f"There is no {hold.value} on the order. On it is {others}.",
            extra={"from": after, "to": after, "allowed": [before]},
        )


def require_not_held(order: PurchaseOrder) -> None:
    """A held order is not issued, and neither goods nor money move on it; it may still be
    answered, changed, cancelled and closed. Raises OrderOnHoldError.
    """
    if holds := holds_of(order):
        raise OrderOnHoldError("Wait until it is released.", extra={"holds": holds})
