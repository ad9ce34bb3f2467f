"""How far deliveries and prices may be off, by what is bought."""

from decimal import Decimal

from django.db import models
from django.db.models import Q

from apps.core.models import Identified
from apps.projects.models import BuyerEntity

ZERO = Decimal(0)


class Tolerance(Identified):
    """What a buyer entity lets pass on lines whose category begins with ``category``; the longest
    that fits counts, and where none does, nothing passes (reference 2d no. 2 and 3).

    ``two_way`` lines are invoiced up to what was ordered, the others up to what was accepted.
    """

    id_prefix = "tol"

    buyer_entity = models.ForeignKey(
        BuyerEntity, on_delete=models.PROTECT, related_name="tolerances"
    )
    category = models.CharField(
        max_length=40, blank=True, help_text="The beginning of a category; empty for all"
    )
    over_receipt_percent = models.DecimalField(max_digits=7, decimal_places=4, default=ZERO)
    price_percent = models.DecimalField(max_digits=7, decimal_places=4, default=ZERO)
    two_way = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["buyer_entity_id", "category"]
        constraints = [
            models.UniqueConstraint(
                fields=["buyer_entity", "category"],
                name="procurement_tolerance_once",
                violation_error_message="The entity has a tolerance for this category already.",
            ),
            models.CheckConstraint(
                condition=Q(over_receipt_percent__gte=0, over_receipt_percent__lte=100)
                & Q(price_percent__gte=0, price_percent__lte=100),
                name="procurement_tolerance_percent",
                violation_error_message="A tolerance is a percentage between 0 and 100.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.buyer_entity}: {self.category or 'everything'}"
