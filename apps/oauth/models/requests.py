"""Requests that wait for a person: pushed ones (RFC 9126) and devices (RFC 8628)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from oauth2_provider.models import AbstractDeviceGrant

from apps.oauth.models.clients import Client
from apps.oauth.models.sessions import TokenSession


class PushedAuthorizationRequest(models.Model):
    """An authorization request a client has pushed. It may be read until it expires and is used
    up by the person's answer.
    """

    reference_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    parameters = models.JSONField(help_text="Pairs of name and value, as they were checked.")
    created = models.DateTimeField()
    expires = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires"], name="oauth_pushed_expires")]

    def __str__(self) -> str:
        return f"pushed request {self.pk}"


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


class ReplayedId(models.Model):
    """An id that may be used once: the `jti` of a client assertion or of a DPoP proof, hashed
    together with whose it is. The primary key decides who was first.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    expires = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires"], name="oauth_replayed_expires")]

    def __str__(self) -> str:
        return self.digest[:12]
