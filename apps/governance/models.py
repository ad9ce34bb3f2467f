"""What staff did across everything, kept as evidence."""

from typing import cast

from django.conf import settings
from django.db import models

from apps.core.models import Identified
from apps.identity.models import User
from apps.partners.models import Partner


class Offboarding(Identified):
    """The evidence that a partner or a person was thrown out: by whom, why, what it ended.

    ``started_at`` is the act; ``refused_after_ms`` is how long until it was committed, after which
    every process refuses. The rows of ended sessions follow; ``finished_at`` is when none is left
    and ``elapsed_ms`` how long that took from the start.
    """

    id_prefix = "off"

    partner = models.OneToOneField(
        Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="offboarding"
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="offboarding",
    )
    reason = models.TextField()
    actor_id = models.CharField(max_length=100)
    actor_label = models.CharField(max_length=254)
    counts = models.JSONField(help_text="What was there when it was ended, by kind.")
    started_at = models.DateTimeField()
    refused_after_ms = models.PositiveIntegerField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    elapsed_ms = models.PositiveBigIntegerField(null=True, blank=True)
    sessions_ended = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(partner__isnull=True) ^ models.Q(user__isnull=True),
                name="governance_offboarding_partner_or_user",
                violation_error_message="An offboarding is of a partner or of a person.",
            )
        ]

    def __str__(self) -> str:
        return f"offboarding of {self.subject}"

    @property
    def subject(self) -> Partner | User:
        """Who was thrown out; the constraint sees to it that there is one."""
        return cast("User", self.user) if self.partner is None else self.partner
