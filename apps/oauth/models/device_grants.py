"""Devices that wait for a person (RFC 8628)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from oauth2_provider.models import AbstractDeviceGrant

from apps.oauth.models.clients import Client
from apps.oauth.models.sessions import TokenSession


class DeviceGrant(AbstractDeviceGrant):
    """A device waiting to be let in. ``device_code`` and ``user_code`` hold hashes; the session
    is opened by the person's consent and won by one redemption.
    """

    user = None
    client_id = None
    last_checked = None
    DEVICE_FLOW_STATUS = None

    class Status(models.TextChoices):
        PENDING = "pending"
        ALLOWED = "allowed"
        DENIED = "denied"

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    session = models.OneToOneField(
        TokenSession, null=True, on_delete=models.PROTECT, related_name="device_grant"
    )
    user_code = models.CharField(max_length=64, unique=True, editable=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    resources = ArrayField(models.CharField(max_length=500), default=list)
    authorization_details = models.JSONField(default=list)
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)
    created = models.DateTimeField()
    last_polled_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta(AbstractDeviceGrant.Meta):
        abstract = False
        indexes = [models.Index(fields=["expires"], name="oauth_device_expires")]

    def __str__(self) -> str:
        return f"device grant {self.pk}"
