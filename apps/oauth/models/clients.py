"""OAuth clients."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from oauth2_provider.models import AbstractApplication

from apps.core.models import Fenced
from apps.oauth.models.issuers import TrustedIssuer
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
    DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
    TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
    JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class AuthMethod(models.TextChoices):
    """How a client proves itself (names of RFC 8414's registry)."""

    SECRET_BASIC = "client_secret_basic"
    SECRET_POST = "client_secret_post"
    PRIVATE_KEY_JWT = "private_key_jwt"
    NONE = "none"


SECRET_METHODS = (AuthMethod.SECRET_BASIC, AuthMethod.SECRET_POST)


class Profile(models.TextChoices):
    """How much a client must do: what OAuth 2.1 asks, or the FAPI 2.0 Security Profile."""

    STANDARD = "standard"
    FAPI = "fapi", "FAPI 2.0"


class ClientEnvironment(models.TextChoices):
    """What the client is for: the partner's real work, or trying out. It changes no rule."""

    PRODUCTION = "production"
    SANDBOX = "sandbox"
    TEST = "test"


class ClientPeople(models.TextChoices):
    """Whom the client may act for."""

    BUYER = "buyer", "The buyer's own people"
    PARTNER = "partner", "Its partner's people"
    EVERYONE = "everyone", "Everybody with a role"


class IdTokenAlgorithm(models.TextChoices):
    """What ID tokens may be signed with (OpenID Connect Core section 2)."""

    RS256 = "RS256"
    ES256 = "ES256"
    EDDSA = "EdDSA"


class Client(Fenced, AbstractApplication):
    """An OAuth client: the library's application with an owner, a partner, limits and a state.

    ``client_secret`` and ``previous_secret`` are keyed hashes; two are live at most, the previous
    one until ``previous_secret_expires_at``. ``api_key_hash``, where set, is a second thing the
    client must show at the token endpoint. Names of registration metadata are those of RFC 7591,
    RFC 9126, RFC 9449 and OpenID Connect Registration.
    """

    # The library's single grant, its unhashed secrets, its consent bypass and its metadata
    # documents have no place here.
    authorization_grant_type = None
    hash_client_secret = None
    skip_authorization = None
    registration_source = None
    cimd_expires_at = None
    algorithm = None

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
    scope_reasons = models.JSONField(
        default=dict, blank=True, help_text="Why it needs an allowed scope, by its name."
    )
    environment = models.CharField(
        max_length=20, choices=ClientEnvironment.choices, default=ClientEnvironment.PRODUCTION
    )
    people = models.CharField(
        max_length=20,
        choices=ClientPeople.choices,
        default=ClientPeople.BUYER,
        help_text="Whom it may act for.",
    )
    projects = models.ManyToManyField(Project, blank=True, related_name="clients")
    is_resource_server = models.BooleanField(
        default=False, help_text="May introspect tokens of its audience."
    )
    audience = models.CharField(max_length=255, blank=True)
    profile = models.CharField(max_length=10, choices=Profile.choices, default=Profile.STANDARD)
    client_jwks = models.JSONField(null=True, blank=True)
    client_jwks_uri = models.URLField(max_length=500, blank=True)
    did = models.CharField(
        "decentralised identifier",
        max_length=500,
        blank=True,
        help_text="did:key, did:jwk or did:web, whose document has its keys.",
    )
    client_assertion_issuer = models.ForeignKey(
        TrustedIssuer,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="clients",
        help_text="Who signs its client assertions, instead of a key of its own.",
    )
    client_assertion_subject = models.CharField(max_length=255, blank=True)
    backchannel_logout_uri = models.URLField(max_length=500, blank=True)
    api_key_hash = models.CharField(max_length=255, blank=True, editable=False)
    require_pushed_authorization_requests = models.BooleanField(default=False)
    vendor_claims_in_token_response = models.BooleanField(
        default=False,
        help_text="Token answers tell of its partner's record what the token's scopes show.",
    )
    dpop_bound_access_tokens = models.BooleanField(default=False)
    id_token_signed_response_alg = models.CharField(
        max_length=10, choices=IdTokenAlgorithm.choices, default=IdTokenAlgorithm.RS256
    )
    userinfo_signed_response_alg = models.CharField(
        max_length=10, choices=IdTokenAlgorithm.choices, blank=True
    )
    allowed_resources = ArrayField(
        models.CharField(max_length=500),
        default=list,
        blank=True,
        help_text="What it may ask tokens for beside our own API (RFC 8707).",
    )
    networks = ArrayField(
        models.CharField(max_length=43),
        default=list,
        blank=True,
        help_text="The only networks it may call from (CIDR); none means any.",
    )
    access_token_seconds = models.PositiveIntegerField(default=600)
    refresh_idle_seconds = models.PositiveIntegerField(default=7 * 24 * 3600)
    session_seconds = models.PositiveIntegerField(default=90 * 24 * 3600)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "client_id"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    models.Q(token_endpoint_auth_method__in=SECRET_METHODS)
                    & ~models.Q(client_secret="")
                )
                | (
                    ~models.Q(token_endpoint_auth_method__in=SECRET_METHODS)
                    & models.Q(client_secret="")
                ),
                name="oauth_client_secret_where_used",
                violation_error_message="A client has a secret if it authenticates with one.",
            ),
            models.CheckConstraint(
                condition=~models.Q(token_endpoint_auth_method="private_key_jwt")
                | models.Q(client_jwks__isnull=False)
                | ~models.Q(client_jwks_uri="")
                | ~models.Q(did="")
                | models.Q(client_assertion_issuer__isnull=False),
                name="oauth_client_keys_where_used",
                violation_error_message="private_key_jwt needs keys or where to fetch them.",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    client_assertion_issuer__isnull=True, client_assertion_subject=""
                )
                | (
                    models.Q(client_assertion_issuer__isnull=False)
                    & ~models.Q(client_assertion_subject="")
                ),
                name="oauth_client_issuer_names_subject",
                violation_error_message="An issuer of assertions goes with the subject it names.",
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

    @property
    def holds_a_key(self) -> bool:
        """Whether it proves itself by a key of its own, and not by what an issuer signs."""
        by_key = self.token_endpoint_auth_method == AuthMethod.PRIVATE_KEY_JWT
        return by_key and self.client_assertion_issuer_id is None
