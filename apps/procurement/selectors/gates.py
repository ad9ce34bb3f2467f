"""The gate to documents of orders: what the caller may see of them at all (reference 3e)."""

import uuid
from collections.abc import Collection
from typing import TypeVar

from django.db.models import QuerySet

from apps.core.actor import Actor, ActorKind
from apps.core.errors import NotFoundError
from apps.core.ids import decode_id
from apps.procurement.errors import ProjectClosedError
from apps.procurement.models import Invoice, Receipt, ShipmentNotice

Document = TypeVar("Document", Invoice, Receipt, ShipmentNotice)


def of_projects(
    rows: QuerySet[Document], actor: Actor, projects: Collection[uuid.UUID]
) -> QuerySet[Document]:
    """The buyer's side sees these projects' documents, a vendor those of its own orders there.
    Staff in the admin see every project's, closed ones' too.
    """
    if actor.kind == ActorKind.STAFF:
        return rows
    rows = rows.filter(project_id__in=projects)
    return rows.filter(vendor_id=actor.partner_id) if actor.acts_for_vendor else rows


def seen_document(
    rows: QuerySet[Document], *, actor: Actor, public_id: str, called: str
) -> Document:
    """Raises NotFoundError for what does not exist or is not for the caller's eyes, and
    ProjectClosedError for a document of one of the session's projects that is not open any more.
    """
    found = decode_id(rows.model.id_prefix, public_id)
    seen = of_projects(rows, actor, actor.project_ids)
    document = seen.filter(pk=found).first() if found else None
    if document is None:
        raise NotFoundError(f"There is no such {called}.")
    if actor.kind != ActorKind.STAFF and document.project_id not in actor.open_projects:
        raise ProjectClosedError(f"The {called}'s project is not open to this session any more.")
    return document
