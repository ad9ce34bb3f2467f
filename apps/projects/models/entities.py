"""The buyer's legal entities, and what they buy at which rates."""

from django.db import models
from django.db.models.functions import Greatest, Least

from apps.core.models import Identified


class BuyerEntity(Identified):
    """A company of the buyer's, in whose name orders are placed."""

    id_prefix = "ent"

    name = models.CharField(max_length=200, unique=True)
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    tax_id = models.CharField(
        max_length=40, blank=True, help_text="As invoices name it, such as its VAT number"
    )
    base_currency = models.CharField(max_length=3, help_text="ISO 4217")
    timezone = models.CharField(max_length=60, default="UTC")
    requires_policy = models.BooleanField(
        default=False, help_text="Refuse orders that no purchasing policy speaks of."
    )

    class Meta:
        verbose_name_plural = "buyer entities"

    def __str__(self) -> str:
        return self.name


class Category(Identified):
    """What is bought, in a scheme of the buyer's choosing, such as UNSPSC. One that was retired is
    listed no more; documents that name it stay as they are.
    """

    id_prefix = "cat"

    buyer_entity = models.ForeignKey(
        BuyerEntity, on_delete=models.PROTECT, related_name="categories"
    )
    scheme = models.CharField(max_length=40, help_text="Such as UNSPSC")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "categories"
        ordering = ["scheme", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["buyer_entity", "scheme", "code"],
                name="projects_category_code",
                violation_error_message="The buyer entity has this category already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.code} {self.name}"


class ExchangeRate(Identified):
    """What one unit of a currency is worth in another from a day on, until a newer one is there.

    Typed in or loaded by staff, and written once: one that is wrong is withdrawn, counts no more,
    and another may take its place. Orders keep the rate they were reckoned at.
    """

    id_prefix = "fxr"

    currency = models.CharField(max_length=3, help_text="ISO 4217")
    base_currency = models.CharField(max_length=3, help_text="ISO 4217")
    on = models.DateField()
    rate = models.DecimalField(max_digits=19, decimal_places=10)
    source = models.CharField(max_length=100, help_text="Such as ECB reference rates")
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-on", "currency", "base_currency"]
        constraints = [
            models.UniqueConstraint(
                Least("currency", "base_currency"),
                Greatest("currency", "base_currency"),
                "on",
                condition=models.Q(withdrawn_at__isnull=True),
                name="projects_rate_once",
                violation_error_message="There is a rate for this day already.",
            ),
            models.CheckConstraint(
                condition=models.Q(rate__gt=0),
                name="projects_rate_positive",
                violation_error_message="A rate is more than nothing.",
            ),
            models.CheckConstraint(
                condition=~models.Q(currency=models.F("base_currency")),
                name="projects_rate_of_two",
                violation_error_message="A rate is between two currencies.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency}/{self.base_currency} {self.on}"
