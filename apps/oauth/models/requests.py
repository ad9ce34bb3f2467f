"""Authorization requests that clients pushed, which wait for a person (RFC 9126)."""

from django.db import models

from apps.oauth.models.clients import Client


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
