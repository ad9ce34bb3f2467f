"""The product's settings, grouped. No secret stands here and none has a default."""

from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF

from config import env, logs

BASE_DIR = Path(__file__).resolve().parent.parent.parent
DATA_DIR = env.data_dir()
ENVIRONMENT = env.choice("ENVIRONMENT", "local", ("local", "staging", "production"))

# --- Applications -------------------------------------------------------------------------------
INSTALLED_APPS = [
    "apps.audit.apps.AuditConfig",
    "apps.gateway.apps.GatewayConfig",
    "apps.identity.apps.IdentityConfig",
    "apps.partners.apps.PartnersConfig",
    "apps.projects.apps.ProjectsConfig",
    "apps.oauth.apps.OauthConfig",
    "apps.procurement.apps.ProcurementConfig",
    "apps.webhooks.apps.WebhooksConfig",
    "apps.governance.apps.GovernanceConfig",
    "apps.ops.apps.OpsConfig",
    "apps.governance.apps.CountersignAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "allauth.usersessions",
    "oauth2_provider",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "apps.gateway.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "apps.oauth.middleware.ClientCorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.gateway.middleware.PagePolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.identity.middleware.SignInLifetimeMiddleware",
    "apps.governance.middleware.FirstPasswordMiddleware",
    "apps.governance.middleware.SecondFactorMiddleware",
    "apps.oauth.middleware.FederatedSignInMiddleware",
    "apps.oauth.middleware.StaffSessionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "apps.identity.middleware.ProofMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False  # A trailing slash is 404 in the API, never a redirect of a POST (spec 4).
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-gb"
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = "UTC"
USE_TZ = True

# --- People -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "identity.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "apps.oauth.crypto.KeyedSecretHasher",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
]
if _denylist := env.readable_file("PASSWORD_DENYLIST_FILE"):
    AUTH_PASSWORD_VALIDATORS.append(
        {
            "NAME": "apps.identity.validator.DenylistValidator",
            "OPTIONS": {"password_list_path": _denylist},
        }
    )
PASSWORD_RESET_TIMEOUT = int(timedelta(hours=1).total_seconds())
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/account/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "apps.identity.views.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = int(timedelta(minutes=5).total_seconds())
# Ours stand in their place (apps/identity/services/attempts.py): these would lock others out.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": None, "reset_password": None}
MFA_ADAPTER = "apps.identity.views.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "activate_totp": "apps.identity.forms.ActivateTotpForm",
    "add_webauthn": "apps.identity.forms.AddPasskeyForm",
    "authenticate": "apps.identity.forms.AuthenticateForm",
    "authenticate_webauthn": "apps.identity.forms.AuthenticatePasskeyForm",
    "edit_webauthn": "apps.identity.forms.EditPasskeyForm",
    "login_webauthn": "apps.identity.forms.LoginPasskeyForm",
    "reauthenticate": "apps.identity.forms.ReauthenticateForm",
    "reauthenticate_webauthn": "apps.identity.forms.ReauthenticatePasskeyForm",
}
MFA_TOTP_ISSUER = "Countersign"
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_RATE_LIMITS = {"webauthn_login": None}
_MFA_UNLESS_TOLD = "off" if ENVIRONMENT == "local" else "on"
MFA_REQUIRED = env.choice("MFA_REQUIRED", _MFA_UNLESS_TOLD, ("on", "off")) == "on"
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True

# --- Providers upstream (docs/adr/0010): what staff configure, never what stands here -------------
SOCIALACCOUNT_ADAPTER = "apps.governance.views.federation.adapter.FederationAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # An address enters nobody's account.
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True
SOCIALACCOUNT_STORE_TOKENS = False  # Its table is not encrypted; identity.FederatedIdentity is.

# --- Provider (spec 3; posture of reference 5.1) ------------------------------------------------
OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth.Client"
OAUTH2_PROVIDER_GRANT_MODEL = "oauth.Grant"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "oauth.AccessToken"
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "oauth.RefreshToken"
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "oauth.IDToken"
OAUTH2_PROVIDER_DEVICE_GRANT_MODEL = "oauth.DeviceGrant"
_RFC9700 = (
    "IMPLICIT_GRANT", "PASSWORD_GRANT", "PKCE_METHOD", "ACCESS_TOKEN_TRANSPORT",
    "AUTHZ_RESPONSE_ISS", "REFRESH_TOKEN", "REDIRECT_URI_SCHEME", "REDIRECT_URI_MATCHING",
    "PKCE_REQUIRED", "TOKEN_STORAGE",
)  # fmt: skip
OAUTH2_PROVIDER = {
    "OAUTH2_SERVER_CLASS": "apps.oauth.server.AuthorizationServer",
    "OAUTH2_VALIDATOR_CLASS": "apps.oauth.validator.Validator",
    "CLIENT_SECRET_HASHER": "keyed_sha256",
    "PKCE_REQUIRED": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "ALLOW_URI_WILDCARDS": False,
    "ALLOWED_SCHEMES": ["https"],
    "ACCESS_TOKEN_EXPIRE_SECONDS": 600,
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": 60,
    "REFRESH_TOKEN_EXPIRE_SECONDS": int(timedelta(days=7).total_seconds()),
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ROTATE_REFRESH_TOKEN": True,
    "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": 0,
    "DEFAULT_SCOPES": [],
    "DCR_ENABLED": False,
    "CIMD_ENABLED": False,
    **{f"COMPLIANT_BCP_RFC9700_{name}": True for name in _RFC9700},
}

# Long-lived API keys of partners that cannot do OAuth yet: off unless the operator wants them.
_KEYS_UNLESS_TOLD = "on" if ENVIRONMENT == "local" else "off"
LEGACY_API_KEYS = env.choice("LEGACY_API_KEYS", _KEYS_UNLESS_TOLD, ("on", "off")) == "on"

# --- Database -------------------------------------------------------------------------------------
# How long a request waits for a lock and for a statement (config/wsgi.py); jobs, commands and
# migrations wait as long as it takes.
WEB_LOCK_TIMEOUT = env.seconds("WEB_LOCK_TIMEOUT_SECONDS", 5)
WEB_STATEMENT_TIMEOUT = env.seconds("WEB_STATEMENT_TIMEOUT_SECONDS", 30)

# --- Partners -------------------------------------------------------------------------------------
# How long a verified change of bank account waits before it counts (reference 5, "Bank change").
BANK_CHANGE_COOLING_OFF = env.hours("BANK_CHANGE_COOLING_OFF_HOURS", 48)

# --- API ----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.oauth.rest.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["apps.oauth.rest.HasRequiredScopes"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "apps.gateway.problems.problem_response",
    "DEFAULT_SCHEMA_CLASS": "apps.gateway.formats.ApiSchema",
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_METADATA_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,  # Views that have a `format` declare it like any parameter.
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "rest_framework.negotiation.DefaultContentNegotiation",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Countersign API",
    "DESCRIPTION": "Purchase orders between a buyer and its partners, each traced to the scope and "
    "token session that authorised it.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    # Lists of words that stand in several shapes under one field's name.
    "ENUM_NAME_OVERRIDES": {
        "OrderStatusEnum": "apps.procurement.states.OrderStatus",
        "PartnerStatusEnum": "apps.partners.states.PartnerStatus",
        "BankAccountStatusEnum": "apps.partners.models.AccountStatus",
        "BankChangeStatusEnum": "apps.partners.rest.bank_bodies.CHANGE_STATES",
        "BankChangeKindEnum": "apps.partners.models.ChangeKind",
        "VendorAddressKindEnum": "apps.partners.models.AddressKind",
        "MatchExceptionKindEnum": "apps.procurement.states.ExceptionKind",
        "MatchResolutionEnum": "apps.procurement.states.Resolution",
        "PurchaseDecisionEnum": "apps.procurement.rest.decisions.OUTCOMES",
        "LimitKindEnum": "apps.procurement.rest.decisions.KINDS",
        "SpendLimitKindEnum": "apps.procurement.rest.limits.SPENDING",
        "LimitSourceEnum": "apps.procurement.rest.limits.SOURCES",
        "InvoiceTypeEnum": "apps.procurement.states.InvoiceType",
        "EventOutcomeEnum": "apps.audit.events.Outcome",
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# --- Pages --------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True

# --- Jobs ---------------------------------------------------------------------------------------
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"

# --- Other origins' pages (spec 3, row CORS; who is allowed: apps/oauth/policy/cors.py) -----------
CORS_URLS_REGEX = r"/(oauth/(token|userinfo|revoke|jwks)\Z|\.well-known/)"
CORS_ALLOW_METHODS = ("GET", "POST", "OPTIONS")
CORS_ALLOW_HEADERS = ("authorization", "content-type", "dpop", "x-api-key")
CORS_EXPOSE_HEADERS = ("DPoP-Nonce", "WWW-Authenticate", "Retry-After")
CORS_PREFLIGHT_MAX_AGE = 600

# --- Networks -----------------------------------------------------------------------------------
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
# Whoever shows it may read /metrics from elsewhere; without it only this machine may.
METRICS_TOKEN = env.text("METRICS_TOKEN", "")
# Partners name URLs that we fetch (apps/gateway/client.py); only a laptop may fetch from itself.
OUTBOUND_PRIVATE_HOSTS = False
OUTBOUND_PRIVATE_NETWORKS = env.private_networks("OUTBOUND_PRIVATE_NETWORKS")

# --- Logs ---------------------------------------------------------------------------------------
LOGGING = logs.configure(env.choice("LOG_FORMAT", "console", ("console", "json")))
