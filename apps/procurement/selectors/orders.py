"""The one gate to purchase orders: what the caller may see at all (reference 3e)."""

import uuid
from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet, Value

from apps.core.actor import Actor, ActorKind
from apps.core.errors import NotFoundError
from apps.core.ids import decode_id
from apps.partners.models import Partner, PartnerKind
from apps.partners.states import PartnerStatus
from apps.procurement.errors import ProjectClosedError
from apps.procurement.models import PurchaseOrder
from apps.projects.models import Project
from apps.projects.selectors import open_projects


def _orders_of(actor: Actor, projects: Collection[uuid.UUID]) -> QuerySet[PurchaseOrder]:
    """The buyer's side sees its session's projects; a vendor sees there what was issued to it.
    Staff in the admin see every project, closed ones too: somebody has to clear up.
    """
    if actor.kind == ActorKind.STAFF:
        return PurchaseOrder.objects.all()
    if actor.acts_for_vendor:
        return orders_issued_to(actor.partner_id, projects=list(projects))
    return orders_in(list(projects))


def orders_in(projects: list[uuid.UUID]) -> QuerySet[PurchaseOrder]:
    """What the buyer's side sees of these projects."""
    return PurchaseOrder.objects.filter(project__id__any_of=Value(projects))


def orders_issued_to(
    vendor: uuid.UUID | None, *, projects: list[uuid.UUID]
) -> QuerySet[PurchaseOrder]:
    """What a vendor sees of these projects."""
    return orders_in(projects).filter(vendor_id=vendor, issued_at__isnull=False)


def orders_visible_to(actor: Actor) -> QuerySet[PurchaseOrder]:
    """Orders of the projects that are open to the caller now, newest first."""
    return _orders_of(actor, actor.open_projects).order_by("-id")


def orders_known_to(actor: Actor) -> QuerySet[PurchaseOrder]:
    """What a vendor was ever issued, in whichever project."""
    return PurchaseOrder.objects.filter(vendor_id=actor.partner_id, issued_at__isnull=False)


def with_parts(orders: QuerySet[PurchaseOrder]) -> QuerySet[PurchaseOrder]:
    """Lines and adjustments in one query each, however many orders there are."""
    return orders.prefetch_related("lines", "adjustments")


def list_orders(*, actor: Actor) -> QuerySet[PurchaseOrder]:
    """What a list of orders starts from."""
    return with_parts(orders_visible_to(actor))


def visible_order(
    *, actor: Actor, order_id: str, lock: bool = False, parts: bool = True
) -> PurchaseOrder:
    """The order with its parts; with ``lock`` its row is held until the transaction ends.

    Raises NotFoundError for what does not exist or is not for the caller's eyes, and
    ProjectClosedError for an order of one of the session's projects that is not open any more.
    """
    found = decode_id(PurchaseOrder.id_prefix, order_id)
    if found is None:
        raise NotFoundError("There is no such order.")
    orders = _orders_of(actor, actor.project_ids).filter(pk=found)
    if parts:
        orders = with_parts(orders)
    order = (orders.select_for_update(no_key=True) if lock else orders).first()
    if order is None:
        raise NotFoundError("There is no such order.")
    if actor.kind != ActorKind.STAFF and order.project_id not in actor.open_projects:
        raise ProjectClosedError("The order's project is not open to this session any more.")
    return order


def require_open_project(order: PurchaseOrder, *, actor: Actor, at: datetime) -> None:
    """Staff may clear up a closed project, but commit it to nothing more; of others the gate has
    seen to it already. Raises ProjectClosedError.
    """
    if actor.kind == ActorKind.STAFF and not open_projects(at=at).filter(pk=order.project_id):
        raise ProjectClosedError("The order's project is not open any more.")


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
