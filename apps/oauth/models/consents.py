"""What a person has agreed to, so that they are not asked again and can take it back."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.core.models import Identified
from apps.oauth.models.clients import Client
from apps.partners.models import Partner


class Consent(Identified):
    """A person's standing consent for one client, acting for one partner or for themselves.

    It covers the scopes and projects that were shown. Limits (`authorization_details`) are asked
    for every time and are not remembered.
    """

    id_prefix = "cns"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="consents"
    )
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="consents")
    partner = models.ForeignKey(
        Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    scopes = ArrayField(models.CharField(max_length=60), default=list)
    project_ids = ArrayField(models.UUIDField(), default=list)
    given_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "client"],
                condition=models.Q(revoked_at__isnull=True),
                name="oauth_consent_one_standing",
                violation_error_message="There is a standing consent for this client already.",
            )
        ]

    def __str__(self) -> str:
        return self.public_id
