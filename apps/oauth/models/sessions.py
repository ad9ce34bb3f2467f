"""The token session: the durable record of one authorisation."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from apps.core.models import Identified
from apps.identity.models import Federation
from apps.oauth.models.clients import Client
from apps.oauth.models.issuers import TrustedIssuer
from apps.partners.models import Partner


class SessionKind(models.TextChoices):
    CLIENT = "client"
    USER = "user"
    API_KEY = "api_key"
    STAFF = "staff"


class TokenSession(Identified):
    """Created at grant, survives refresh, ends by expiry or revocation, stays as evidence.

    ``granted_at`` is the database's clock, read in the same statement as the state of client,
    person, partner and projects the grant was decided on: it is what their ``not_before`` is
    compared with. ``project_bound`` sessions end with the last open one of ``project_ids``.
    ``auth_time``, ``acr`` and ``amr`` say how the person had signed in; ``claims`` is what the
    client asked for by name (OpenID Connect Core section 5.5); ``dpop_jkt`` is the key that the
    session is bound to, if any (RFC 9449). ``issuer`` and ``federation`` are whose word it rests
    on, if another's; ``act`` is who acts for the subject (RFC 8693 section 4.1). ``lineage`` are
    the access tokens (`jti`) that were exchanged for it, the first one first, and
    ``exchanged_from`` their sessions, which outlive them: it ends with any.
    ``sign_in_id`` is the browser sign-in it was allowed in, if any.
    """

    id_prefix = "ses"

    kind = models.CharField(max_length=10, choices=SessionKind.choices)
    client = models.ForeignKey(
        Client, null=True, blank=True, on_delete=models.PROTECT, related_name="sessions"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="token_sessions",
    )
    partner = models.ForeignKey(
        Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="sessions"
    )
    role = models.CharField(max_length=20, blank=True)
    scopes = ArrayField(models.CharField(max_length=60), default=list)
    project_ids = ArrayField(models.UUIDField(), default=list)
    project_bound = models.BooleanField(default=False)
    authorization_details = models.JSONField(default=list)
    authorization_details_sha256 = models.CharField(max_length=64, blank=True)
    policy_version = models.PositiveIntegerField(null=True)
    resources = ArrayField(models.CharField(max_length=500), default=list)
    issuer = models.ForeignKey(
        TrustedIssuer, null=True, blank=True, on_delete=models.PROTECT, related_name="sessions"
    )
    federation = models.ForeignKey(
        Federation, null=True, blank=True, on_delete=models.PROTECT, related_name="token_sessions"
    )
    act = models.JSONField(default=dict)
    lineage = ArrayField(models.UUIDField(), default=list)
    exchanged_from = ArrayField(models.UUIDField(), default=list)
    sign_in_id = models.CharField(max_length=64, blank=True)
    auth_method = models.CharField(max_length=40)
    auth_time = models.DateTimeField(null=True)
    acr = models.CharField(max_length=100, blank=True)
    amr = ArrayField(models.CharField(max_length=20), default=list)
    claims = models.JSONField(default=dict)
    dpop_jkt = models.CharField(max_length=43, blank=True)
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    granted_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=100, blank=True)
    end_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["client", "-id"], name="oauth_session_client"),
            models.Index(fields=["partner", "-id"], name="oauth_session_partner"),
            models.Index(fields=["user", "-id"], name="oauth_session_user"),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(ended_at__isnull=True),
                name="oauth_session_unended",
            ),
            models.Index(
                fields=["sign_in_id"],
                condition=~models.Q(sign_in_id=""),
                name="oauth_session_sign_in",
            ),
            GinIndex(fields=["project_ids"], name="oauth_session_projects"),
        ]

    def __str__(self) -> str:
        return self.public_id
