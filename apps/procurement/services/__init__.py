"""Writing orders: every act locks, checks, writes, and leaves one event and one context."""

from apps.procurement.services.acknowledgements import acknowledge_order
from apps.procurement.services.approvals import approve_order, reject_order
from apps.procurement.services.changes import (
    accept_change,
    approve_change,
    refuse_change,
    withdraw_change,
)
from apps.procurement.services.credit_notes import credit_invoice
from apps.procurement.services.drafting import create_order
from apps.procurement.services.editing import update_order
from apps.procurement.services.endings import cancel_order, close_order
from apps.procurement.services.holds import hold_order, release_order
from apps.procurement.services.invoice_decisions import (
    approve_invoice,
    pay_invoice,
    reject_invoice,
)
from apps.procurement.services.invoices import submit_invoice
from apps.procurement.services.match_exceptions import resolve_exception
from apps.procurement.services.matching import match_invoice
from apps.procurement.services.moves import issue_order
from apps.procurement.services.proposals import propose_change
from apps.procurement.services.receipts import post_receipt
from apps.procurement.services.reversals import reverse_receipt
from apps.procurement.services.shipments import announce_shipment, withdraw_shipment
from apps.procurement.services.submitting import submit_order
from apps.procurement.services.tolerances import remove_tolerance, set_tolerance

__all__ = [
    "accept_change",
    "acknowledge_order",
    "announce_shipment",
    "approve_change",
    "approve_invoice",
    "approve_order",
    "cancel_order",
    "close_order",
    "create_order",
    "credit_invoice",
    "hold_order",
    "issue_order",
    "match_invoice",
    "pay_invoice",
    "post_receipt",
    "propose_change",
    "refuse_change",
    "reject_invoice",
    "reject_order",
    "release_order",
    "remove_tolerance",
    "resolve_exception",
    "reverse_receipt",
    "set_tolerance",
    "submit_invoice",
    "submit_order",
    "update_order",
    "withdraw_change",
    "withdraw_shipment",
]
