"""Making a new order from a draft."""

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import prefetch_related_objects

from apps.core.actor import Actor
from apps.core.errors import FieldError, ValidationFailedError
from apps.core.ids import decode_id
from apps.partners.models import Partner
from apps.procurement.errors import ProjectClosedError
from apps.procurement.models import PurchaseOrder, RevisionAct
from apps.procurement.policy.checks import check_draft, check_totals
from apps.procurement.policy.drafts import OrderDraft
from apps.procurement.policy.parties import own_project, require_buyer
from apps.procurement.policy.purchasing.drafted import purchase_of_draft
from apps.procurement.policy.totals import Totals, compare_totals, order_totals
from apps.procurement.selectors.orders import project_by_id, vendor_in_project
from apps.procurement.services.numbers import take_number
from apps.procurement.services.revisions import keep_revision
from apps.procurement.services.rows import insert_parts, totals_columns
from apps.procurement.services.spending import require_orderable
from apps.procurement.states import DocumentKind
from apps.projects.models import Project


@transaction.atomic
def create_order(
    *, actor: Actor, at: datetime, draft: OrderDraft, idempotency_key_sha256: str = ""
) -> PurchaseOrder:
    """A new order in status draft, with totals computed here.

    Raises ForbiddenError, PrincipalMismatchError, ProjectClosedError, ValidationFailedError,
    TotalsMismatchError, and what require_orderable raises.
    """
    session_id = require_buyer(actor)
    totals = reckon(draft)
    project = open_project(actor, draft.project)
    vendor = vendor_of(project, draft.vendor, at)
    purchase = purchase_of_draft(
        draft, totals, project=project.pk, vendor=vendor.pk, points_at_lines=True
    )
    decision = require_orderable(purchase=purchase, actor=actor, action="create", at=at)
    order = _insert(
        draft=draft, totals=totals, project=project, vendor=vendor, session_id=session_id, at=at
    )
    keep_revision(
        order=order,
        act=RevisionAct.CREATE,
        actor=actor,
        at=at,
        session_id=session_id,
        idempotency_key_sha256=idempotency_key_sha256,
        decision=decision,
    )
    return order


def reckon(draft: OrderDraft) -> Totals:
    """The sums of an acceptable draft. Raises ValidationFailedError and TotalsMismatchError."""
    check_draft(draft)
    totals = order_totals(draft)
    check_totals(totals)
    compare_totals(draft, totals)
    return totals


def open_project(actor: Actor, public_id: str) -> Project:
    """Raises PrincipalMismatchError for what is none of the session's projects, and
    ProjectClosedError for one that is not open any more.
    """
    found = own_project(actor, public_id)
    if found not in actor.open_projects:
        raise ProjectClosedError("The project is not open to this session any more.")
    return project_by_id(found)


def vendor_of(project: Project, public_id: str, at: datetime) -> Partner:
    """Raises ValidationFailedError unless it is an active vendor of the project."""
    found = decode_id(Partner.id_prefix, public_id)
    vendor = vendor_in_project(vendor_id=found, project_id=project.pk, at=at) if found else None
    if vendor is None:
        fault = FieldError("/vendor", "not-found", "There is no such active vendor in the project.")
        raise ValidationFailedError("The vendor is not known.", errors=[fault])
    return vendor


def _insert(
    *,
    draft: OrderDraft,
    totals: Totals,
    project: Project,
    vendor: Partner,
    session_id: uuid.UUID,
    at: datetime,
) -> PurchaseOrder:
    """The parts come first, for with the row comes the number that others of the entity wait for.
    They are read back, for the context hashes what the database kept of them.
    """
    order = PurchaseOrder(
        buyer_entity_id=project.buyer_entity_id,
        project=project,
        vendor=vendor,
        currency=draft.currency,
        reference=draft.reference,
        contract_ref=draft.contract_ref,
        requested_delivery=draft.requested_delivery,
        ship_to=draft.ship_to,
        bill_to=draft.bill_to,
        terms=draft.terms,
        note=draft.note,
        **totals_columns(totals, draft.currency),
        created_by_session_id=session_id,
        created_at=at,
        updated_at=at,
    )
    insert_parts(order, draft, totals)
    prefetch_related_objects([order], "lines", "adjustments")
    order.number = take_number(
        document=DocumentKind.ORDER, buyer_entity=project.buyer_entity, at=at
    )
    order.save(force_insert=True)
    return order
