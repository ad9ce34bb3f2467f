"""What of each kind a vendor may know of, in projects of other sessions and closed ones too: naming
any other in a list's filter is noticed (spec 4, cross-partner).
"""

from django.db.models import QuerySet

from apps.core.actor import Actor
from apps.procurement.models import Invoice, Receipt, ShipmentNotice


def shipments_known_to(actor: Actor) -> QuerySet[ShipmentNotice]:
    return ShipmentNotice.objects.filter(vendor_id=actor.partner_id)


def receipts_known_to(actor: Actor) -> QuerySet[Receipt]:
    return Receipt.objects.filter(vendor_id=actor.partner_id)


def invoices_known_to(actor: Actor) -> QuerySet[Invoice]:
    return Invoice.objects.filter(vendor_id=actor.partner_id)
