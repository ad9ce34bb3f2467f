"""What has to be so for a proposal to take effect."""

from collections.abc import Collection

from apps.core.errors import ConflictError, InvalidTransitionError
from apps.procurement.models import OrderChange
from apps.procurement.states import ChangeStatus

# What a vendor is told, whatever of the buyer's is the reason.
NO_MORE = "The buyer cannot order this any more. Refuse it, or ask them."


def require_approved(change: OrderChange) -> None:
    """A change beyond what was approved takes effect once an approver agreed (2d.5). Raises
    InvalidTransitionError.
    """
    if change.exceeds and change.approved_at is None:
        raise InvalidTransitionError(
            "The change goes beyond what was approved. An approver agrees to it first.",
            extra={
                "from": ChangeStatus.PROPOSED.value,
                "to": ChangeStatus.ACCEPTED.value,
                "allowed": ["refused", "withdrawn"],
                "exceeds": list(change.exceeds),
            },
        )


def require_still_within(change: OrderChange, beyond: Collection[str], *, by_vendor: bool) -> None:
    """What was within the approval when it was proposed is not, once the order was approved for
    less (2d.5): ``beyond`` is in what it exceeds the approval of now. What the buyer's people
    approved is not the vendor's to know. Raises ConflictError.
    """
    if not beyond or change.approved_at is not None:
        return
    private = {"exceeds": list(beyond)}
    if by_vendor:
        raise ConflictError(NO_MORE, private=private)
    raise ConflictError(
        "This goes beyond what the order is approved for by now. Refuse it; a new one can be made.",
        extra={"base_revision": change.base_revision},
        private=private,
    )


def require_base(change: OrderChange, sha256: str) -> None:
    """A proposal is accepted for what it was made against. Raises ConflictError."""
    if change.base_sha256 != sha256:
        raise ConflictError(
            "The order has changed since this was proposed. Refuse it; a new one can be made.",
            extra={
                "base_revision": change.base_revision,
                "current_revision": change.order.revision,
            },
        )
