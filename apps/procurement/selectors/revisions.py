"""Revisions of an order that a caller may see."""

from django.db.models import F, OuterRef, QuerySet, Subquery

from apps.core.actor import Actor
from apps.core.errors import NotFoundError
from apps.core.ids import decode_id
from apps.procurement.models import OrderRevision, PurchaseOrder, RevisionAct
from apps.procurement.selectors.orders import orders_visible_to


def revisions_visible_to(actor: Actor, order: PurchaseOrder) -> QuerySet[OrderRevision]:
    """Of an order that the caller sees. For its vendor it begins with its issue: what was drafted
    and approved before is the buyer's business (reference 3e).
    """
    revisions = OrderRevision.objects.filter(order=order).annotate(made_by=F("session__partner_id"))
    if actor.acts_for_vendor:
        issue = OrderRevision.objects.filter(order=order, act=RevisionAct.ISSUE)
        return revisions.filter(revision__gte=Subquery(issue.values("revision")[:1]))
    return revisions


def listed_revisions(
    actor: Actor, order: PurchaseOrder, *, content: bool
) -> QuerySet[OrderRevision]:
    """For a list: what the order said is by far the largest of a row, so it is read on demand."""
    revisions = revisions_visible_to(actor, order)
    return revisions if content else revisions.defer("content", "cost")


def revisions_known_to_vendor(actor: Actor) -> QuerySet[OrderRevision]:
    """The same of all of a vendor's orders."""
    issue = OrderRevision.objects.filter(order=OuterRef("order"), act=RevisionAct.ISSUE)
    return OrderRevision.objects.filter(
        order__in=orders_visible_to(actor), revision__gte=Subquery(issue.values("revision")[:1])
    )


def visible_revision(*, actor: Actor, order: PurchaseOrder, revision_id: str) -> OrderRevision:
    """Raises NotFoundError."""
    found = decode_id(OrderRevision.id_prefix, revision_id)
    known = revisions_visible_to(actor, order).filter(pk=found).first() if found else None
    if known is None:
        raise NotFoundError("There is no such revision.")
    return known
