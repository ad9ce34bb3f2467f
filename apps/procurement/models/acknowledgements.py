"""A vendor's answer to an order."""

from django.db import models
from django.db.models import Q

from apps.core.models import AppendOnlyModel, Identified
from apps.oauth.models import TokenSession
from apps.procurement.models.orders import PurchaseOrder
from apps.procurement.states import Response


class Acknowledgement(Identified, AppendOnlyModel):
    """What a vendor answered. It made ``order_revision``; a later answer is a row of its own."""

    id_prefix = "ack"
    revision = 1  # Written once.

    order = models.ForeignKey(
        PurchaseOrder, on_delete=models.PROTECT, related_name="acknowledgements"
    )
    order_revision = models.PositiveIntegerField()
    response = models.CharField(max_length=2, choices=Response.choices)
    reason = models.CharField(max_length=500, blank=True)
    session = models.ForeignKey(
        TokenSession, on_delete=models.PROTECT, related_name="acknowledgements"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "order_revision"],
                name="procurement_acknowledgement_once",
                violation_error_message="This revision of the order has been answered already.",
            ),
            models.CheckConstraint(
                condition=Q(response__in=Response.values),
                name="procurement_acknowledgement_response",
                violation_error_message="A response is AB, AP, CA or RE.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.response} to {self.order_id}"
