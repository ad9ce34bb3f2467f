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


class OrderAct(StrEnum):
    """What may be done to an order. Each act leads to one status, whatever it began from."""

    SUBMIT = "submit"
    SUBMIT_FOR_APPROVAL = "submit_for_approval"
    APPROVE = "approve"
    REJECT = "reject"
    ISSUE = "issue"
    RECEIVE = "receive"
    ACCEPT = "accept"
    ACCEPT_WITH_CHANGE = "accept_with_change"
    DECLINE = "decline"
    ACCEPT_CHANGE = "accept_change"
    REFUSE_CHANGE = "refuse_change"
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
