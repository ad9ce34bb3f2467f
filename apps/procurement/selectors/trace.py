"""From an order back to what authorised each of its revisions."""

from collections.abc import Iterable
from dataclasses import dataclass

from apps.audit.selectors import Proof, inclusion_proofs
from apps.core.actor import Actor
from apps.core.errors import NotFoundError
from apps.core.ids import decode_id
from apps.procurement.models import OrderRevision, PurchaseOrder
from apps.procurement.selectors.revisions import revisions_visible_to

MOST_REVISIONS = 100


@dataclass(frozen=True)
class TracedRevision:
    """A revision with its context, its session, and the proof of its event once that is sealed
    and signed.
    """

    revision: OrderRevision
    proof: Proof | None


@dataclass(frozen=True)
class Authorization:
    """What authorised an order as far as the caller may see it, newest first; ``more`` when there
    are older revisions.
    """

    order: PurchaseOrder
    traced: list[TracedRevision]
    more: bool


def trace_order(reference: str) -> list[TracedRevision]:
    """Every revision of the order with this public id, or of the orders with this number, oldest
    first.

    Numbers are unique per buyer entity, so each revision names its order. For staff and the
    operator: nothing is narrowed to a caller. Raises NotFoundError.
    """
    key = decode_id(PurchaseOrder.id_prefix, reference)
    named = {"order": key} if key else {"order__number": reference}
    revisions = (
        OrderRevision.objects.filter(**named)
        .select_related("order", "session__client", "session__user", "event")
        .order_by("order_id", "revision")
    )
    if traced := _with_proofs(revisions):
        return traced
    raise NotFoundError(f"There is no order with the {'id' if key else 'number'} {reference}.")


def authorization_of(
    *, actor: Actor, order: PurchaseOrder, revision: int | None = None, before: int | None = None
) -> Authorization:
    """Of an order that the caller sees: one ``revision``, or the newest ``before`` one, at most a
    hundred. Raises NotFoundError for a revision that is not there for the caller.
    """
    rows = revisions_visible_to(actor, order).select_related("event").defer("content", "cost")
    if revision is not None:
        rows = rows.filter(revision=revision)
    if before is not None:
        rows = rows.filter(revision__lt=before)
    found = list(rows.order_by("-revision")[: MOST_REVISIONS + 1])
    if revision is not None and not found:
        raise NotFoundError("There is no such revision.")
    shown = found[:MOST_REVISIONS]
    return Authorization(order, _with_proofs(shown), more=len(found) > MOST_REVISIONS)


def _with_proofs(revisions: Iterable[OrderRevision]) -> list[TracedRevision]:
    rows = list(revisions)
    proofs = inclusion_proofs([row.event_id for row in rows])
    return [TracedRevision(row, proofs.get(row.event_id)) for row in rows]
