"""A vendor's answers to an order that the caller sees."""

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from apps.core.errors import NotFoundError
from apps.core.ids import decode_id
from apps.procurement.models import Acknowledgement, OrderRevision, PurchaseOrder
from apps.procurement.states import Response


def acknowledgements_of(order: PurchaseOrder) -> QuerySet[Acknowledgement]:
    """With their lines, and the proposal that came with each."""
    answers = Acknowledgement.objects.filter(order=order)
    return answers.select_related("order", "change").prefetch_related("lines__line")


def acknowledgement_of(order: PurchaseOrder, acknowledgement_id: str) -> Acknowledgement:
    """Raises NotFoundError."""
    found = decode_id(Acknowledgement.id_prefix, acknowledgement_id)
    known = acknowledgements_of(order).filter(pk=found).first() if found else None
    if known is None:
        raise NotFoundError("There is no such acknowledgement.")
    return known


def receipt_confirmed(order: PurchaseOrder) -> Acknowledgement | None:
    """Where the vendor has said that it received (AB) just what the order says now."""
    contexts = OrderRevision.objects.filter(order=order)
    newest = contexts.order_by("-revision").values("content_sha256")[:1]
    same = contexts.filter(revision=OuterRef("order_revision"), content_sha256=Subquery(newest))
    answers = Acknowledgement.objects.filter(Exists(same), order=order, response=Response.AB)
    return answers.first()
