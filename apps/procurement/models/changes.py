"""Proposals of change to an order that was issued: one side proposes, the other decides."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from apps.core.models import Identified
from apps.oauth.models import TokenSession
from apps.procurement.models.acknowledgements import Acknowledgement
from apps.procurement.models.orders import PurchaseOrder
from apps.procurement.states import ChangeStatus, Side


class OrderChange(Identified):
    """What one side would have the order say (spec 4 no. 12).

    ``diff`` is policy.changes' document. It was made against the content whose hash is
    ``base_sha256``, of revision ``base_revision``: once the order says something else, it cannot
    be accepted any more. ``exceeds`` names in what it goes beyond what was approved; such a change
    takes effect only once an approver agreed, or all whom a rule asks. ``authorization_details``
    are those that the proposer's token carried. ``acknowledgement`` is the answer that it came
    with, if any.
    """

    id_prefix = "chg"

    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, related_name="changes")
    proposed_by = models.CharField(max_length=10, choices=Side.choices)
    status = models.CharField(
        max_length=10, choices=ChangeStatus.choices, default=ChangeStatus.PROPOSED
    )
    revision = models.PositiveIntegerField(default=1)
    diff = models.JSONField()
    note = models.CharField(max_length=500, blank=True)
    base_revision = models.PositiveIntegerField()
    base_sha256 = models.CharField(max_length=64)
    exceeds = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    approved_by_session = models.ForeignKey(
        TokenSession,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="approved_order_changes",
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    resulting_revision = models.PositiveIntegerField(null=True, blank=True)
    acknowledgement = models.OneToOneField(
        Acknowledgement,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="change",
    )
    created_by_session = models.ForeignKey(
        TokenSession, on_delete=models.PROTECT, related_name="proposed_order_changes"
    )
    authorization_details = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    decided_by_session = models.ForeignKey(
        TokenSession,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="decided_order_changes",
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "proposed_by"],
                condition=Q(status=ChangeStatus.PROPOSED),
                name="procurement_change_one_open",
                violation_error_message="This side has a proposal open already.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ChangeStatus.values, proposed_by__in=Side.values),
                name="procurement_change_status",
                violation_error_message="This is not a proposal's status or side.",
            ),
            models.CheckConstraint(
                condition=Q(status=ChangeStatus.PROPOSED, decided_at__isnull=True)
                | (~Q(status=ChangeStatus.PROPOSED) & Q(decided_at__isnull=False)),
                name="procurement_change_decided",
                violation_error_message="What is decided has a time, what is open has none.",
            ),
            models.CheckConstraint(
                condition=Q(status=ChangeStatus.ACCEPTED, resulting_revision__gt=F("base_revision"))
                | (~Q(status=ChangeStatus.ACCEPTED) & Q(resulting_revision__isnull=True)),
                name="procurement_change_result",
                violation_error_message="What is accepted, and nothing else, made a revision.",
            ),
            models.CheckConstraint(
                condition=~Q(status=ChangeStatus.ACCEPTED)
                | Q(exceeds=[])
                | Q(approved_at__isnull=False),
                name="procurement_change_approved",
                violation_error_message="What goes beyond the approval is approved first.",
            ),
        ]
        indexes = [models.Index(fields=["order", "-id"], name="procurement_change_order")]

    def __str__(self) -> str:
        return f"Change of {self.order} proposed by the {self.proposed_by}"
