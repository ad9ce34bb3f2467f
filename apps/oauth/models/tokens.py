"""Codes and tokens: hashes only, each bound to its session, each with an index to purge by."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from oauth2_provider.models import (
    AbstractAccessToken,
    AbstractGrant,
    AbstractIDToken,
    AbstractRefreshToken,
)

from apps.core.ids import new_id
from apps.oauth.models.sessions import TokenSession


class Grant(AbstractGrant):
    """An authorization code. ``code`` holds its SHA-256; a used one stays until it expires, so
    that a second use is recognised (RFC 6749 section 4.1.2).
    """

    claims = None  # The session has them.
    resource = None

    session = models.OneToOneField(TokenSession, on_delete=models.PROTECT, related_name="grant")
    dpop_jkt = models.CharField(max_length=43, blank=True)
    used_at = models.DateTimeField(null=True)

    class Meta(AbstractGrant.Meta):
        abstract = False
        indexes = [models.Index(fields=["expires"], name="oauth_grant_expires")]


class AccessToken(AbstractAccessToken):
    """The record of an access token: who it is for follows from its session.

    One asked for with narrower limits than its session's has the projects they name and their
    digest; null and blank say that the session's hold.
    """

    # The library keeps user, client and token text on each row; the session says the first two
    # and nothing reusable is stored.
    id = None
    user = None
    application = None
    token = None
    id_token = None
    source_refresh_token = None
    resource = None
    updated = None

    jti = models.UUIDField(primary_key=True, default=new_id, editable=False)
    session = models.ForeignKey(
        TokenSession, on_delete=models.PROTECT, related_name="access_tokens"
    )
    token_checksum = models.CharField(max_length=64, editable=False)
    narrowed_project_ids = ArrayField(models.UUIDField(), null=True)
    narrowed_details_sha256 = models.CharField(max_length=64, blank=True)
    created = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta(AbstractAccessToken.Meta):
        abstract = False
        indexes = [models.Index(fields=["expires"], name="oauth_access_expires")]

    def __str__(self) -> str:
        return f"access token {self.jti}"


class RefreshToken(AbstractRefreshToken):
    """One generation of a session's refresh token. Its successor is derived from it by a keyed
    function, so a lost answer can be given again without storing anything reusable.
    """

    user = None
    application = None
    access_token = None
    token = None
    token_family = None
    resource = None
    updated = None
    revoked = None

    session = models.ForeignKey(
        TokenSession, on_delete=models.PROTECT, related_name="refresh_tokens"
    )
    token_checksum = models.CharField(max_length=64, unique=True, editable=False)
    generation = models.PositiveIntegerField(default=0)
    created = models.DateTimeField()
    expires = models.DateTimeField()
    rotated_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires"], name="oauth_refresh_expires")]

    def __str__(self) -> str:
        return f"refresh token {self.pk}"


class IDToken(AbstractIDToken):
    """The library must have this model. Ours are signed and not recorded: they open nothing, and
    what they say can be checked with the key alone.
    """

    class Meta(AbstractIDToken.Meta):
        abstract = False
        indexes = [models.Index(fields=["expires"], name="oauth_idtoken_expires")]
