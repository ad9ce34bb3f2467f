"""Legacy API keys (spec 1 no. 8): for environments that cannot do OAuth yet."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.core.models import Identified
from apps.oauth.models.sessions import TokenSession
from apps.partners.models import Partner


class ApiKey(Identified):
    """A long-lived key of a partner. What it may do, until when, and whether it has ended stand in
    its session, which is as old as the key. ``prefix`` is the part that may be shown.
    """

    id_prefix = "key"

    name = models.CharField(max_length=255)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="api_keys")
    session = models.OneToOneField(TokenSession, on_delete=models.PROTECT, related_name="api_key")
    prefix = models.CharField(max_length=20)
    key_digest = models.CharField(max_length=64, unique=True, editable=False)
    networks = ArrayField(models.CharField(max_length=43))
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        verbose_name = "API key"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(networks__len__gt=0),
                name="oauth_apikey_networks",
                violation_error_message="A key names the networks it is used from.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
