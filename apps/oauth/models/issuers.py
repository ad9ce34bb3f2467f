"""Issuers outside whose tokens count here: to be exchanged for ours, or as a client's proof."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.core.models import Fenced, Identified
from apps.partners.models import Partner


class TrustedIssuer(Identified, Fenced):
    """An issuer staff trust. Its keys are fetched from ``jwks_uri``, or given.

    ``audiences`` are what its tokens about people must be for; ``subject_claim`` names the claim
    that holds the e-mail address of one of our people. What it may vouch for is bounded by
    ``partner``: people and clients of that partner, or the buyer's own where it is empty. The
    clients that may come with its tokens are ``presenters``, or those of that side where none is
    named.
    """

    id_prefix = "iss"

    name = models.CharField(max_length=255)
    issuer = models.URLField(max_length=500, unique=True)
    jwks_uri = models.URLField(max_length=500, blank=True)
    jwks = models.JSONField(null=True, blank=True)
    audiences = ArrayField(models.CharField(max_length=500))
    presenters = ArrayField(
        models.CharField(max_length=100),
        default=list,
        blank=True,
        help_text="Ids of the clients that may come with its tokens.",
    )
    subject_claim = models.CharField(max_length=60, default="email")
    partner = models.ForeignKey(
        Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="trusted_issuers"
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(jwks__isnull=False) | ~models.Q(jwks_uri=""),
                name="oauth_issuer_has_keys",
                violation_error_message="An issuer needs keys or where to fetch them.",
            )
        ]

    def __str__(self) -> str:
        return self.name
