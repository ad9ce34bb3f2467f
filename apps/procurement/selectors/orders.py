"""The one gate to purchase orders: what the caller may see at all (reference 3e)."""

import uuid
from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from apps.core.actor import Actor
from apps.core.errors import NotFoundError
from apps.core.ids import decode_id
from apps.partners.models import Partner, PartnerKind
from apps.partners.states import PartnerStatus
from apps.procurement.errors import ProjectClosedError
from apps.procurement.models import Acknowledgement, PurchaseOrder
from apps.projects.models import Project


def _orders_of(actor: Actor, projects: Collection[uuid.UUID]) -> QuerySet[PurchaseOrder]:
    """The buyer's side sees its session's projects; a vendor sees there what was issued to it."""
    orders = PurchaseOrder.objects.filter(project_id__in=projects)
    if actor.acts_for_vendor:
        return orders.filter(vendor_id=actor.partner_id, issued_at__isnull=False)
    return orders


def orders_visible_to(actor: Actor) -> QuerySet[PurchaseOrder]:
    """Orders of the projects that are open to the caller now, newest first."""
    return _orders_of(actor, actor.open_projects).order_by("-id")


def with_parts(orders: QuerySet[PurchaseOrder]) -> QuerySet[PurchaseOrder]:
    """Lines and adjustments in one query each, however many orders there are."""
    return orders.prefetch_related("lines", "adjustments")


def list_orders(
    *,
    actor: Actor,
    statuses: Collection[str] = (),
    projects: Collection[uuid.UUID] = (),
    vendors: Collection[uuid.UUID] = (),
) -> QuerySet[PurchaseOrder]:
    """Empty filters do not narrow."""
    narrowed = Q()
    if statuses:
        narrowed &= Q(status__in=statuses)
    if projects:
        narrowed &= Q(project_id__in=projects)
    if vendors:
        narrowed &= Q(vendor_id__in=vendors)
    return with_parts(orders_visible_to(actor).filter(narrowed))


def visible_order(*, actor: Actor, order_id: str, lock: bool = False) -> PurchaseOrder:
    """The order with its parts; with ``lock`` its row is held until the transaction ends.

    Raises NotFoundError for what does not exist or is not for the caller's eyes, and
    ProjectClosedError for an order of one of the session's projects that is not open any more.
    """
    found = decode_id(PurchaseOrder.id_prefix, order_id)
    if found is None:
        raise NotFoundError("There is no such order.")
    orders = with_parts(_orders_of(actor, actor.project_ids).filter(pk=found))
    order = (orders.select_for_update(no_key=True) if lock else orders).first()
    if order is None:
        raise NotFoundError("There is no such order.")
    if order.project_id not in actor.open_projects:
        raise ProjectClosedError("The order's project is not open to this session any more.")
    return order


def visible_acknowledgement(*, actor: Actor, acknowledgement_id: str) -> Acknowledgement:
    """Raises NotFoundError, also when its order is not visible."""
    found = decode_id(Acknowledgement.id_prefix, acknowledgement_id)
    if found is None:
        raise NotFoundError("There is no such acknowledgement.")
    acknowledgement = (
        Acknowledgement.objects.filter(pk=found, order__in=orders_visible_to(actor).order_by())
        .select_related("order")
        .prefetch_related("lines__line")
        .first()
    )
    if acknowledgement is None:
        raise NotFoundError("There is no such acknowledgement.")
    return acknowledgement


def project_by_id(project_id: uuid.UUID) -> Project:
    return Project.objects.select_related("buyer_entity").get(pk=project_id)


def vendor_in_project(
    *, vendor_id: uuid.UUID, project_id: uuid.UUID, at: datetime
) -> Partner | None:
    """The vendor, if it is active and a member of the project now."""
    now_member = Q(memberships__valid_until__isnull=True) | Q(memberships__valid_until__gt=at)
    return Partner.objects.filter(
        now_member,
        pk=vendor_id,
        kind=PartnerKind.VENDOR,
        status=PartnerStatus.ACTIVE,
        memberships__project_id=project_id,
        memberships__valid_from__lte=at,
    ).first()
