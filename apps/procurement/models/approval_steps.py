"""The approvals an order waits for: each of what the order said when it was asked."""

from django.db import models
from django.db.models import Q

from apps.core.models import Identified
from apps.procurement.models.changes import OrderChange
from apps.procurement.models.orders import PurchaseOrder
from apps.projects.models import ApprovalRule


class ApprovalStep(Identified):
    """So many people of a role who must approve a submitted order. Steps of one ``sequence`` may
    be filled in any order, after all of the lower ones; without a rule, a policy asked for it.
    ``content_sha256`` is what the order said when it was submitted, and ``revision`` that write's.
    With a ``change`` the approval is of the proposal: the hash is of what it would have the order
    say, and the revision the order's when it was asked for.
    """

    id_prefix = "aps"

    order = models.ForeignKey(
        PurchaseOrder, on_delete=models.PROTECT, related_name="approval_steps"
    )
    change = models.ForeignKey(
        OrderChange,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="approval_steps",
    )
    rule = models.ForeignKey(ApprovalRule, null=True, blank=True, on_delete=models.PROTECT)
    revision = models.PositiveIntegerField()
    content_sha256 = models.CharField(max_length=64)
    sequence = models.PositiveSmallIntegerField()
    approver_role = models.CharField(max_length=20)
    min_approvers = models.PositiveSmallIntegerField()
    why = models.CharField(max_length=300)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text="Filled, or of no use any more"
    )

    class Meta:
        ordering = ["order_id", "revision", "sequence", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(min_approvers__gte=1),
                name="procurement_step_approvers",
                violation_error_message="A step asks for somebody.",
            )
        ]

    def __str__(self) -> str:
        return self.public_id
