"""OAuth clients."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from oauth2_provider.models import AbstractApplication

from apps.core.models import Fenced
from apps.partners.models import Partner, Role
from apps.projects.models import Project


class ClientKind(models.TextChoices):
    INTERNAL = "internal"
    SERVICE = "service", "external service"
    PARTNER_TOOL = "partner_tool", "partner tool"


class ClientStatus(models.TextChoices):
    """Whether a client may act. Only an active one may; a disabled one never comes back."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    DISABLED = "disabled"


class GrantType(models.TextChoices):
    """The grants that exist here (spec 3). Implicit and password do not."""

    AUTHORIZATION_CODE = "authorization_code"
    REFRESH_TOKEN = "refresh_token"
    CLIENT_CREDENTIALS = "client_credentials"


class AuthMethod(models.TextChoices):
    """How a client proves itself (names of RFC 8414's registry)."""

    SECRET_BASIC = "client_secret_basic"
    SECRET_POST = "client_secret_post"
    NONE = "none"


class Client(Fenced, AbstractApplication):
    """An OAuth client: the library's application with an owner, a partner, limits and a state.

    ``client_secret`` and ``previous_secret`` are keyed hashes; two are live at most, the previous
    one until ``previous_secret_expires_at``.
    """

    # The library's single grant, its unhashed secrets, its consent bypass and its metadata
    # documents have no place here.
    authorization_grant_type = None
    hash_client_secret = None
    skip_authorization = None
    registration_source = None
    cimd_expires_at = None

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="owned_clients",
        verbose_name="owner",
    )
    client_secret = models.CharField(max_length=255, blank=True, editable=False)
    previous_secret = models.CharField(max_length=255, blank=True, editable=False)
    previous_secret_expires_at = models.DateTimeField(null=True, blank=True, editable=False)
    kind = models.CharField(max_length=20, choices=ClientKind.choices)
    status = models.CharField(
        max_length=20, choices=ClientStatus.choices, default=ClientStatus.ACTIVE
    )
    partner = models.ForeignKey(
        Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="clients"
    )
    role = models.CharField(max_length=20, choices=Role.choices)
    grant_types = ArrayField(models.CharField(max_length=60, choices=GrantType.choices))
    token_endpoint_auth_method = models.CharField(max_length=40, choices=AuthMethod.choices)
    allowed_scopes = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    projects = models.ManyToManyField(Project, blank=True, related_name="clients")
    is_resource_server = models.BooleanField(
        default=False, help_text="May introspect tokens of its audience."
    )
    audience = models.CharField(max_length=255, blank=True)
    access_token_seconds = models.PositiveIntegerField(default=600)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "client_id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(token_endpoint_auth_method="none", client_secret="")
                | (~models.Q(token_endpoint_auth_method="none") & ~models.Q(client_secret="")),
                name="oauth_client_secret_when_confidential",
                violation_error_message="A confidential client has a secret, a public one none.",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="internal", partner__isnull=True)
                | (~models.Q(kind="internal") & models.Q(partner__isnull=False)),
                name="oauth_client_partner_unless_internal",
                violation_error_message="An internal client has no partner, any other has one.",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.client_id

    def allows_grant_type(self, *grant_types: str) -> bool:
        return any(name in self.grant_types for name in grant_types)

    @property
    def is_public(self) -> bool:
        return self.token_endpoint_auth_method == AuthMethod.NONE
