"""Addresses that were told about a partner until lately."""

from django.db import models

from apps.core.models import Identified
from apps.partners.models.companies import Partner


class FormerAddress(Identified):
    """Where a contact or an admin of the partner's read mail until ``ceased_at``. Who swaps them
    and then changes where money goes is still heard of there (reference 5, "Bank change"). Nobody
    but the mail sees these; the purge deletes them when they have served.
    """

    id_prefix = "fad"

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="former_addresses")
    email = models.EmailField(max_length=254)
    ceased_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "email"],
                name="partners_former_address_once",
                violation_error_message="The partner has this former address already.",
            )
        ]
        indexes = [models.Index(fields=["ceased_at"], name="partners_former_address_age")]

    def __str__(self) -> str:
        return self.email
