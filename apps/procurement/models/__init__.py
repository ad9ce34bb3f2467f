"""Purchase orders: what was ordered, by what right, what was answered, changed and delivered."""

from apps.procurement.models.acknowledgement_lines import AcknowledgementLine
from apps.procurement.models.acknowledgements import Acknowledgement
from apps.procurement.models.approval_steps import ApprovalStep
from apps.procurement.models.approvals import Approval
from apps.procurement.models.changes import OrderChange
from apps.procurement.models.credit_notes import CreditNote, CreditNoteLine, CreditNoteTax
from apps.procurement.models.exceptions import MatchException
from apps.procurement.models.invoice_lines import InvoiceLine, InvoiceTax
from apps.procurement.models.invoices import Invoice
from apps.procurement.models.lines import AdjustmentKind, OrderAdjustment, PurchaseOrderLine
from apps.procurement.models.orders import PurchaseOrder
from apps.procurement.models.receipts import Receipt, ReceiptLine
from apps.procurement.models.revisions import OrderRevision, RevisionAct
from apps.procurement.models.sequences import DocumentSequence
from apps.procurement.models.shipments import ShipmentLine, ShipmentNotice
from apps.procurement.models.spending import SpendAccount, SpendReservation, SpendState
from apps.procurement.models.tolerances import Tolerance

__all__ = [
    "Acknowledgement",
    "AcknowledgementLine",
    "AdjustmentKind",
    "Approval",
    "ApprovalStep",
    "CreditNote",
    "CreditNoteLine",
    "CreditNoteTax",
    "DocumentSequence",
    "Invoice",
    "InvoiceLine",
    "InvoiceTax",
    "MatchException",
    "OrderAdjustment",
    "OrderChange",
    "OrderRevision",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "Receipt",
    "ReceiptLine",
    "RevisionAct",
    "ShipmentLine",
    "ShipmentNotice",
    "SpendAccount",
    "SpendReservation",
    "SpendState",
    "Tolerance",
]
