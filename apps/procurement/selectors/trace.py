"""From an order back to what authorised each of its revisions."""

from dataclasses import dataclass

from apps.audit.selectors import Proof, inclusion_proof
from apps.core.errors import NotFoundError
from apps.procurement.models import OrderRevision


@dataclass(frozen=True)
class TracedRevision:
    """A revision with its context, its session, and the proof of its event once that is sealed
    and signed.
    """

    revision: OrderRevision
    proof: Proof | None


def trace_order(number: str) -> list[TracedRevision]:
    """Every revision of the orders with this number, oldest first.

    Numbers are unique per buyer entity, so each revision names its order. For staff and the
    operator: nothing is narrowed to a caller. Raises NotFoundError.
    """
    revisions = (
        OrderRevision.objects.filter(order__number=number)
        .select_related("order", "session__client", "session__user", "event")
        .order_by("order_id", "revision")
    )
    traced = [TracedRevision(row, inclusion_proof(row.event)) for row in revisions]
    if not traced:
        raise NotFoundError("There is no order with this number.")
    return traced
