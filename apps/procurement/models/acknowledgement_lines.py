"""A vendor's answer line by line, where it differs from the order."""

from django.db import models
from django.db.models import Q

from apps.core.models import AppendOnlyModel
from apps.procurement.models.acknowledgements import Acknowledgement
from apps.procurement.models.lines import PurchaseOrderLine
from apps.procurement.states import LineResponse


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
