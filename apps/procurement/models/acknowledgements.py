"""A vendor's answer to an order, line by line where it differs."""

from django.db import models
from django.db.models import Q

from apps.core.models import AppendOnlyModel, Identified
from apps.oauth.models import TokenSession
from apps.procurement.models.lines import PurchaseOrderLine
from apps.procurement.models.orders import PurchaseOrder
from apps.procurement.states import LineResponse, Response


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


class AcknowledgementLine(AppendOnlyModel):
    """The answer to one line."""

    acknowledgement = models.ForeignKey(
        Acknowledgement, on_delete=models.PROTECT, related_name="lines"
    )
    line = models.ForeignKey(PurchaseOrderLine, on_delete=models.PROTECT, related_name="answers")
    code = models.CharField(max_length=2, choices=LineResponse.choices)
    promised_quantity = models.DecimalField(max_digits=19, decimal_places=6, null=True, blank=True)
    promised_price = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    promised_date = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["acknowledgement_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["acknowledgement", "line"],
                name="procurement_answer_line_once",
                violation_error_message="The line has been answered already.",
            ),
            models.CheckConstraint(
                condition=Q(code__in=LineResponse.values),
                name="procurement_answer_code",
                violation_error_message="A line's code is 3, 5, 7 or 42.",
            ),
            models.CheckConstraint(
                condition=Q(promised_quantity__isnull=True) | Q(promised_quantity__gte=0),
                name="procurement_answer_quantity",
                violation_error_message="A promised quantity is not negative.",
            ),
            models.CheckConstraint(
                condition=Q(promised_price__isnull=True) | Q(promised_price__gte=0),
                name="procurement_answer_price",
                violation_error_message="A promised price is not negative.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} to line {self.line_id}"
