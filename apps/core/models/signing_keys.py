"""The abstract model of a signing key."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.db import models

from apps.core.fields import EncryptedTextField


class SigningKeyBase(models.Model):
    """A private key with its life: published as `next`, used while `active`, verifying when
    `retired`, refused when `revoked`.
    """

    class State(models.TextChoices):
        NEXT = "next"
        ACTIVE = "active"
        RETIRED = "retired"
        REVOKED = "revoked"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kid = models.CharField(max_length=64, unique=True, help_text="RFC 7638 thumbprint")
    algorithm = models.CharField(max_length=10)
    private_jwk = EncryptedTextField()
    public_jwk = models.JSONField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEXT)
    created_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    # How long a retired key stays published; None for keys whose signatures must verify for ever.
    published_for: ClassVar[timedelta | None] = None

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["algorithm"],
                condition=models.Q(state="active"),
                name="%(app_label)s_%(class)s_one_active",
                violation_error_message="There is already an active key for this algorithm.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.algorithm} {self.kid[:12]} ({self.state})"
