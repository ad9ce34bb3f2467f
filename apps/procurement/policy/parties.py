"""Which side of an order may do what to it, and in which state."""

import uuid

from apps.core.actor import Actor, ActorKind
from apps.core.errors import FieldError, ForbiddenError, InvalidTransitionError
from apps.core.ids import decode_id
from apps.gateway.errors import PrincipalMismatchError
from apps.partners.models import Role
from apps.procurement.states import MOVES, TARGETS, OrderAct, OrderStatus, Side
from apps.projects.models import Project

# Of the staff, those whose buyer role reads only have no acts.
ACTING_STAFF = frozenset({Role.EDITOR, Role.APPROVER_ADMIN})


def require_buyer(actor: Actor) -> uuid.UUID:
    """The session of somebody who acts for the buyer. Raises ForbiddenError."""
    require_buyers_side(actor)
    return session_of(actor)


def require_buyers_side(actor: Actor) -> None:
    """Some of an order is the buyer's business only (reference 3e). Raises ForbiddenError."""
    if actor.acts_for_vendor:
        raise ForbiddenError("Only the buyer's side may do this.")


def require_vendor(actor: Actor) -> uuid.UUID:
    """The session of somebody who acts for a vendor. Raises ForbiddenError."""
    if not actor.acts_for_vendor:
        raise ForbiddenError("Only the order's vendor may do this.")
    return session_of(actor)


def own_project(actor: Actor, public_id: str) -> uuid.UUID:
    """Reference 3e: a body names one of the session's projects. To all others the answer is the
    same, whether they exist or not, and the trail hears of it. Raises PrincipalMismatchError.
    """
    found = decode_id(Project.id_prefix, public_id)
    if found is None or found not in actor.project_ids:
        detail = "There is no such project for this session."
        fault = FieldError("/project", "principal-mismatch", detail)
        raise PrincipalMismatchError(
            "The project is not known.", errors=[fault], private={"named": {"/project": public_id}}
        )
    return found


def side_of(actor: Actor) -> Side:
    return Side.VENDOR if actor.acts_for_vendor else Side.BUYER


def session_of(actor: Actor) -> uuid.UUID:
    """Every act on an order is traced to a session, so nobody acts without one. Raises
    ForbiddenError.
    """
    if actor.kind == ActorKind.STAFF and actor.role not in ACTING_STAFF:
        raise ForbiddenError("Your role reads orders, and does nothing to them.")
    if actor.session_id is None:
        raise ForbiddenError("Orders are only changed in a token session.")
    return actor.session_id


# What is to be done first, where it is one thing.
FIRST: dict[tuple[str, OrderAct], str] = {
    (OrderStatus.DRAFT, OrderAct.APPROVE): "Submit it first.",
    (OrderStatus.DRAFT, OrderAct.ISSUE): "Submit it first.",
    (OrderStatus.PENDING_APPROVAL, OrderAct.SUBMIT): "It was submitted and waits for approval.",
    (OrderStatus.PENDING_APPROVAL, OrderAct.ISSUE): "It waits for approval.",
    (OrderStatus.CHANGE_REQUESTED, OrderAct.CLOSE): "Decide on the vendor's changes first.",
    (OrderStatus.DECLINED, OrderAct.CLOSE): "Issue it again with a change, or cancel it.",
}


def _why_not(current: str, act: OrderAct) -> str:
    already = f"The order is {current} already."
    cannot = f"An order that is {current} cannot become {TARGETS[act]}."
    first = FIRST.get((current, act), "")
    return f"{already if TARGETS[act] == current else cannot} {first}".rstrip()


def next_status(current: str, act: OrderAct) -> OrderStatus:
    """Where the act leads from here. Raises InvalidTransitionError."""
    moves = MOVES[current]
    if act in moves:
        return moves[act]
    raise InvalidTransitionError(
        _why_not(current, act),
        extra={
            "from": str(current),
            "to": str(TARGETS[act]),
            "allowed": sorted({str(target) for target in moves.values()}),
        },
    )
