"""Where an invoice does not match, and what somebody said to it."""

from django.db import models
from django.db.models import Q

from apps.core.models import Identified
from apps.oauth.models import TokenSession
from apps.procurement.models.invoice_lines import InvoiceLine
from apps.procurement.models.invoices import Invoice
from apps.procurement.states import ExceptionKind, ExceptionPart, Resolution


class MatchException(Identified):
    """One difference between an invoice and its order, deliveries or other invoices: what was
    expected, and what is claimed. ``allowed`` is what a tolerance lets pass beyond what was
    expected, which is the buyer's business. ``line`` is empty where it concerns the whole.
    """

    id_prefix = "mex"

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="exceptions")
    line = models.ForeignKey(
        InvoiceLine, null=True, blank=True, on_delete=models.PROTECT, related_name="exceptions"
    )
    kind = models.CharField(max_length=10, choices=ExceptionKind.choices)
    part = models.CharField(
        max_length=10, choices=ExceptionPart.choices, default=ExceptionPart.LINE
    )
    expected = models.CharField(max_length=100, blank=True)
    actual = models.CharField(max_length=100)
    allowed = models.CharField(max_length=100, blank=True)
    revision = models.PositiveIntegerField(default=1)
    resolution = models.CharField(max_length=10, choices=Resolution.choices, blank=True)
    resolved_by_session = models.ForeignKey(
        TokenSession,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="resolved_exceptions",
    )
    resolved_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["invoice_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "line", "kind"],
                condition=Q(resolution=""),
                nulls_distinct=False,
                name="procurement_exception_one_open",
                violation_error_message="This difference is open already.",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ExceptionKind.values)
                & Q(resolution__in=["", *Resolution.values]),
                name="procurement_exception_kind",
                violation_error_message="This is not an exception's kind or resolution.",
            ),
            models.CheckConstraint(
                condition=Q(resolution="", resolved_at__isnull=True)
                | (~Q(resolution="") & Q(resolved_at__isnull=False)),
                name="procurement_exception_resolved",
                violation_error_message="What is resolved has a time, what is open none.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.invoice}"
