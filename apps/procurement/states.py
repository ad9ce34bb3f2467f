"""A purchase order's life as data: which act leads from where to where (spec 4 no. 12)."""

from enum import StrEnum

from django.db import models


class OrderStatus(models.TextChoices):
    """Where an order stands. Holds, receipt and billing are facets beside it, not states."""

    DRAFT = "draft"
    PENDING_APPROVAL = "pending_approval"
    APPROVED = "approved"
    ISSUED = "issued"
    ACKNOWLEDGED = "acknowledged"
    CHANGE_REQUESTED = "change_requested"
    DECLINED = "declined"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class ReceiptFacet(models.TextChoices):
    """How much of an order has come, reckoned from its lines."""

    NONE = "none"
    PARTIAL = "partial"
    FULL = "full"
    OVER = "over"


class BillingFacet(models.TextChoices):
    """How much of an order has been invoiced, reckoned from its lines."""

    NONE = "none"
    PARTIAL = "partial"
    FULL = "full"


class Hold(models.TextChoices):
    """What keeps an order from being issued, delivered and paid. Flags, not states."""

    BUYER = "buyer_hold"
    VENDOR = "vendor_hold"
    COMPLIANCE = "compliance_hold"


class Side(models.TextChoices):
    """Who stands on which side of an order."""

    BUYER = "buyer"
    VENDOR = "vendor"


class ChangeStatus(models.TextChoices):
    """Where a proposal of change stands (spec 4 no. 12)."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ShipmentStatus(models.TextChoices):
    """Where a ship notice stands."""

    ANNOUNCED = "announced"
    WITHDRAWN = "withdrawn"


class ReceiptStatus(models.TextChoices):
    """What a receipt is, told from the rows: each is written once (reference 2c)."""

    POSTED = "posted"
    REVERSED = "reversed"
    REVERSAL = "reversal"


class DocumentKind(models.TextChoices):
    """What is numbered, by the letters its numbers begin with."""

    ORDER = "PO", "order"
    SHIPMENT = "SHP", "shipment"
    RECEIPT = "RCP", "receipt"
    INVOICE = "INV", "invoice"
    CREDIT_NOTE = "CRN", "credit note"


class OrderAct(StrEnum):
    """What may be done to an order. Each act leads to one status, whatever it began from."""

    SUBMIT = "submit"
    SUBMIT_FOR_APPROVAL = "submit_for_approval"
    APPROVE = "approve"
    APPROVE_IN_PART = "approve_in_part"
    REJECT = "reject"
    ISSUE = "issue"
    RECEIVE = "receive"
    ACCEPT = "accept"
    ACCEPT_WITH_CHANGE = "accept_with_change"
    DECLINE = "decline"
    ACCEPT_CHANGE = "accept_change"
    REFUSE_CHANGE = "refuse_change"
    WITHDRAW_CHANGE = "withdraw_change"
    REISSUE = "reissue"
    CANCEL = "cancel"
    CLOSE = "close"


class Response(models.TextChoices):
    """A vendor's answer to an order, in the codes of Peppol's order response."""

    AB = "AB", "received"
    AP = "AP", "accepted"
    CA = "CA", "accepted with change"
    RE = "RE", "rejected"


class LineResponse(models.TextChoices):
    """A vendor's answer to one line, in the codes of Peppol's order response."""

    CHANGED = "3", "changed"
    ACCEPTED = "5", "accepted"
    NOT_ACCEPTED = "7", "not accepted"
    ALREADY_DELIVERED = "42", "already delivered"


MOVES: dict[str, dict[OrderAct, OrderStatus]] = {
    OrderStatus.DRAFT: {
        OrderAct.SUBMIT: OrderStatus.APPROVED,
        OrderAct.SUBMIT_FOR_APPROVAL: OrderStatus.PENDING_APPROVAL,
        OrderAct.CANCEL: OrderStatus.CANCELLED,
    },
    OrderStatus.PENDING_APPROVAL: {
        OrderAct.APPROVE: OrderStatus.APPROVED,
        OrderAct.APPROVE_IN_PART: OrderStatus.PENDING_APPROVAL,
        OrderAct.REJECT: OrderStatus.DRAFT,
        OrderAct.CANCEL: OrderStatus.CANCELLED,
    },
    OrderStatus.APPROVED: {
        OrderAct.ISSUE: OrderStatus.ISSUED,
        OrderAct.CANCEL: OrderStatus.CANCELLED,
    },
    OrderStatus.ISSUED: {
        OrderAct.RECEIVE: OrderStatus.ISSUED,
        OrderAct.ACCEPT: OrderStatus.ACKNOWLEDGED,
        OrderAct.ACCEPT_WITH_CHANGE: OrderStatus.CHANGE_REQUESTED,
        OrderAct.DECLINE: OrderStatus.DECLINED,
        OrderAct.CANCEL: OrderStatus.CANCELLED,
        OrderAct.CLOSE: OrderStatus.CLOSED,
    },
    OrderStatus.ACKNOWLEDGED: {
        OrderAct.CANCEL: OrderStatus.CANCELLED,
        OrderAct.CLOSE: OrderStatus.CLOSED,
    },
    OrderStatus.CHANGE_REQUESTED: {
        OrderAct.ACCEPT_CHANGE: OrderStatus.ACKNOWLEDGED,
        OrderAct.REFUSE_CHANGE: OrderStatus.ISSUED,
        OrderAct.WITHDRAW_CHANGE: OrderStatus.ISSUED,
        OrderAct.CANCEL: OrderStatus.CANCELLED,
    },
    OrderStatus.DECLINED: {
        OrderAct.REISSUE: OrderStatus.ISSUED,
        OrderAct.CANCEL: OrderStatus.CANCELLED,
    },
    OrderStatus.CLOSED: {},
    OrderStatus.CANCELLED: {},
}

RESPONSE_ACTS: dict[str, OrderAct] = {
    Response.AB: OrderAct.RECEIVE,
    Response.AP: OrderAct.ACCEPT,
    Response.CA: OrderAct.ACCEPT_WITH_CHANGE,
    Response.RE: OrderAct.DECLINE,
}

TARGETS: dict[OrderAct, OrderStatus] = {
    act: target for moves in MOVES.values() for act, target in moves.items()
}


class InvoiceType(models.TextChoices):
    """What is invoiced with, in codes of UNTDID 1001. A credit note, 381, is made to an invoice."""

    PARTIAL = "326", "partial invoice"
    COMMERCIAL = "380", "commercial invoice"
    CORRECTED = "384", "corrected invoice"
    TAX = "388", "tax invoice"


class InvoiceStatus(models.TextChoices):
    """Where an invoice stands (reference 2c). The first two last only as long as the request that
    submits it, for it is matched at once.
    """

    RECEIVED = "received"
    MATCHING = "matching"
    MATCHED = "matched"
    EXCEPTION = "exception"
    APPROVED = "approved"
    PAID = "paid"
    REJECTED = "rejected"
    VOID = "void"


class InvoiceAct(StrEnum):
    """What may be done to an invoice. Each act leads to one status, whatever it began from."""

    COMPARE = "compare"
    MATCH = "match"
    DISPUTE = "dispute"
    APPROVE = "approve"
    REJECT = "reject"
    PAY = "pay"
    CREDIT_WHOLE = "credit_whole"


class ExceptionKind(models.TextChoices):
    """In what an invoice differs from order and deliveries, or looks like another."""

    QUANTITY = "quantity"
    PRICE = "price"
    TAX = "tax"
    DUPLICATE = "duplicate"
    CLOSED_PO = "closed_po", "closed order"


class ExceptionPart(models.TextChoices):
    """Of what in an invoice an exception is: one of its lines, or what stands beside them."""

    LINE = "line"
    CHARGES = "charges"
    ALLOWANCES = "allowances"
    TOTAL = "total"
    INVOICE = "invoice", "invoice as a whole"
    ORDER = "order"


class Resolution(models.TextChoices):
    """What became of an exception. The first two are somebody's word; the third is found when the
    invoice is matched again; the last is left where the invoice ended with nothing said to it.
    """

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CORRECTED = "corrected"
    MOOT = "moot"


_CREDITED = {InvoiceAct.CREDIT_WHOLE: InvoiceStatus.VOID}
INVOICE_MOVES: dict[str, dict[InvoiceAct, InvoiceStatus]] = {
    InvoiceStatus.RECEIVED: {InvoiceAct.COMPARE: InvoiceStatus.MATCHING},
    InvoiceStatus.MATCHING: {
        InvoiceAct.MATCH: InvoiceStatus.MATCHED,
        InvoiceAct.DISPUTE: InvoiceStatus.EXCEPTION,
    },
    InvoiceStatus.MATCHED: {
        InvoiceAct.COMPARE: InvoiceStatus.MATCHING,
        InvoiceAct.APPROVE: InvoiceStatus.APPROVED,
        InvoiceAct.REJECT: InvoiceStatus.REJECTED,
        **_CREDITED,
    },
    InvoiceStatus.EXCEPTION: {
        InvoiceAct.COMPARE: InvoiceStatus.MATCHING,
        InvoiceAct.APPROVE: InvoiceStatus.APPROVED,
        InvoiceAct.REJECT: InvoiceStatus.REJECTED,
        **_CREDITED,
    },
    InvoiceStatus.APPROVED: {InvoiceAct.PAY: InvoiceStatus.PAID, **_CREDITED},
    InvoiceStatus.PAID: {**_CREDITED},
    InvoiceStatus.REJECTED: {},
    InvoiceStatus.VOID: {},
}
INVOICE_TARGETS: dict[InvoiceAct, InvoiceStatus] = {
    act: target for moves in INVOICE_MOVES.values() for act, target in moves.items()
}
# Of these, nothing counts as invoiced any more.
VOIDED = frozenset({InvoiceStatus.REJECTED, InvoiceStatus.VOID})
# Of these, somebody has still to decide.
UNDECIDED = frozenset(
    {
        InvoiceStatus.RECEIVED,
        InvoiceStatus.MATCHING,
        InvoiceStatus.MATCHED,
        InvoiceStatus.EXCEPTION,
    }
)
