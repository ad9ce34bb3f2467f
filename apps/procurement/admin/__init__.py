"""Procurement as staff see it: read-only pages, with what may be done through the services."""

from apps.procurement.admin.acknowledgements import AcknowledgementAdmin
from apps.procurement.admin.changes import OrderChangeAdmin
from apps.procurement.admin.credit_notes import CreditNoteAdmin
from apps.procurement.admin.invoices import InvoiceAdmin
from apps.procurement.admin.ledger import SpendAccountAdmin, SpendReservationAdmin
from apps.procurement.admin.match_exceptions import MatchExceptionAdmin
from apps.procurement.admin.orders import PurchaseOrderAdmin
from apps.procurement.admin.receipts import ReceiptAdmin
from apps.procurement.admin.shipments import ShipmentNoticeAdmin
from apps.procurement.admin.tolerances import ToleranceAdmin

__all__ = [
    "AcknowledgementAdmin",
    "CreditNoteAdmin",
    "InvoiceAdmin",
    "MatchExceptionAdmin",
    "OrderChangeAdmin",
    "PurchaseOrderAdmin",
    "ReceiptAdmin",
    "ShipmentNoticeAdmin",
    "SpendAccountAdmin",
    "SpendReservationAdmin",
    "ToleranceAdmin",
]
