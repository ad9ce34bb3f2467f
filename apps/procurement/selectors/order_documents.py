"""Orders read whole, in one statement: what an order says stands in its newest context already."""

import uuid
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from django.db.models import F, JSONField, OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Cast

from apps.core.actor import Actor
from apps.core.errors import NotFoundError
from apps.core.ids import decode_id
from apps.core.models import Statement
from apps.procurement.errors import ProjectClosedError
from apps.procurement.models import OrderRevision, PurchaseOrder
from apps.procurement.selectors.orders import orders_in, orders_issued_to

# Contents may lack what came later, or what an order has none of.
LATER = {"contract_ref": "", "ship_to": None, "bill_to": None, "terms": ""}


class OrderDocument(NamedTuple):
    """A row named as an order is, with what lists are sorted by; ``content`` is JSON text, never
    parsed here.
    """

    pk: uuid.UUID
    project_id: uuid.UUID
    number: str
    status: str
    revision: int
    receipt_status: str
    billing_status: str
    buyer_hold: bool
    vendor_hold: bool
    compliance_hold: bool
    tax_exclusive: Decimal
    tax_inclusive: Decimal
    created_at: datetime
    updated_at: datetime
    issued_at: datetime | None
    content: str


@cache
def _content() -> Subquery:
    """The text of the order's newest context."""
    newest = OrderRevision.objects.filter(
        order=OuterRef("pk"), revision=OuterRef("context_revision")
    )
    whole = CombinedExpression(
        Value(LATER, JSONField()), "||", F("content"), output_field=JSONField()
    )
    return Subquery(newest.order_by().values_list(Cast(whole, TextField())))


def order_documents(orders: QuerySet[PurchaseOrder]) -> QuerySet[PurchaseOrder, Any]:
    """The orders as named rows like OrderDocument, lines and adjustments included."""
    bare = orders.prefetch_related(None)
    return bare.annotate(content=_content()).values_list(*OrderDocument._fields, named=True)


def _one_of_buyers(*, pk: uuid.UUID, projects: list[uuid.UUID]) -> QuerySet[Any, Any]:
    return order_documents(orders_in(projects).filter(pk=pk).order_by())


def _one_of_vendors(
    *, pk: uuid.UUID, projects: list[uuid.UUID], vendor: uuid.UUID
) -> QuerySet[Any, Any]:
    return order_documents(orders_issued_to(vendor, projects=projects).filter(pk=pk).order_by())


_SOME = {"pk": uuid.UUID(int=0), "projects": [uuid.UUID(int=1)]}
_OF_BUYERS = Statement(_one_of_buyers, **_SOME)
_OF_VENDORS = Statement(_one_of_vendors, vendor=uuid.UUID(int=2), **_SOME)


def visible_document(*, actor: Actor, order_id: str) -> OrderDocument:
    """The order as selectors.orders.visible_order would find it, by the same rules; not for staff,
    who see every project. Raises NotFoundError and ProjectClosedError.
    """
    found = decode_id(PurchaseOrder.id_prefix, order_id)
    if found is None:
        raise NotFoundError("There is no such order.")
    projects = list(actor.project_ids)
    rows = (
        _OF_VENDORS.rows(pk=found, projects=projects, vendor=actor.partner_id)
        if actor.acts_for_vendor
        else _OF_BUYERS.rows(pk=found, projects=projects)
    )
    if not rows:
        raise NotFoundError("There is no such order.")
    order = OrderDocument(**rows[0])
    if order.project_id not in actor.open_projects:
        raise ProjectClosedError("The order's project is not open to this session any more.")
    return order
