"""The approvals an order got: each of what the order said then."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.models import Identified
from apps.oauth.models import TokenSession
from apps.procurement.models.approval_steps import ApprovalStep
from apps.procurement.models.changes import OrderChange
from apps.procurement.models.orders import PurchaseOrder


class Approval(Identified):
    """One person's word for an order, given once per submission, or for a change of it, once."""

    id_prefix = "apv"

    step = models.ForeignKey(ApprovalStep, on_delete=models.PROTECT, related_name="approvals")
    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, related_name="approvals")
    change = models.ForeignKey(
        OrderChange,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="approvals",
    )
    revision = models.PositiveIntegerField(help_text="The submission's, as the step has it")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    session = models.ForeignKey(TokenSession, on_delete=models.PROTECT)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "revision", "user"],
                condition=Q(change__isnull=True),
                name="procurement_approval_once",
                violation_error_message="This person has approved the order already.",
            ),
            models.UniqueConstraint(
                fields=["change", "user"],
                name="procurement_change_approval_once",
                violation_error_message="This person has approved the change already.",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
