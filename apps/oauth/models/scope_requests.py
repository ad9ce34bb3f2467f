"""Restricted scopes that somebody asked for and a second person decides about."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.core.models import Identified
from apps.oauth.models.clients import Client


class RequestState(models.TextChoices):
    """Where a request stands. Only an open one can be decided, once."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class RestrictedScopeRequest(Identified):
    """A client is to get scopes of the restricted tier. It has none of them before another member
    of staff approves; the request stays as evidence of who asked, why, and who decided.

    ``reasons`` says of each scope what it is for. An open request whose ``expires_at`` has passed
    can be approved no longer; it is marked as expired when the next one is made.
    """

    id_prefix = "rsr"

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="scope_requests")
    scopes = ArrayField(models.CharField(max_length=60))
    reasons = models.JSONField(blank=True)
    state = models.CharField(max_length=10, choices=RequestState.choices, default=RequestState.OPEN)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="scope_requests_made"
    )
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="scope_requests_decided",
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.TextField(blank=True, help_text="Why it was refused or withdrawn.")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["client"],
                condition=models.Q(state="open"),
                name="oauth_scope_request_one_open",
                violation_error_message="A request for this client waits already.",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="approved")
                | (models.Q(decided_by__isnull=False) & ~models.Q(decided_by=models.F("asked_by"))),
                name="oauth_scope_request_second_person",
                violation_error_message="Whoever asked does not approve.",
            ),
        ]

    def __str__(self) -> str:
        return f"request of {self.client}"
