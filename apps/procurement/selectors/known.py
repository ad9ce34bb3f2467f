"""What of each kind a caller may know of, in closed projects too: naming any other in a list's
filter is noticed (spec 4, cross-partner).
"""

from django.db.models import QuerySet

from apps.core.actor import Actor
from apps.procurement.models import Invoice, Receipt, ShipmentNotice
from apps.procurement.selectors.gates import of_projects


def shipments_known_to(actor: Actor) -> QuerySet[ShipmentNotice]:
    return of_projects(ShipmentNotice.objects.all(), actor, actor.project_ids)


def receipts_known_to(actor: Actor) -> QuerySet[Receipt]:
    return of_projects(Receipt.objects.all(), actor, actor.project_ids)


def invoices_known_to(actor: Actor) -> QuerySet[Invoice]:
    return of_projects(Invoice.objects.all(), actor, actor.project_ids)
