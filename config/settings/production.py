"""Production and staging: every secret and both servers are the operator's; HTTPS only."""

import os

from config import env
from config.settings.base import *

DEBUG = False
SECRET_KEY = env.secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.secrets_list("SECRET_KEY_FALLBACKS")
CLIENT_SECRET_PEPPER = env.secret("CLIENT_SECRET_PEPPER")
ENCRYPTION_KEYS = env.encryption_keys("ENCRYPTION_KEYS", os.environ.get("ENCRYPTION_KEYS", ""))

PUBLIC_URL = env.required("PUBLIC_URL", env.origin("PUBLIC_URL", ""))
if not PUBLIC_URL.startswith("https://"):
    raise env.BadVariable("PUBLIC_URL", "must begin with https:// outside a laptop")
ALLOWED_HOSTS = env.required("ALLOWED_HOSTS", env.hosts("ALLOWED_HOSTS", ()))
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

REDIS_URL = env.required("REDIS_URL", env.redis_url("REDIS_URL"))
DATABASES = {
    "default": env.database(env.required("DATABASE_URL", env.database_url("DATABASE_URL")))
}
CACHES = {"default": env.cache(REDIS_URL)}
CELERY_BROKER_URL = env.broker(REDIS_URL)
vars().update(env.email("EMAIL_URL"))
vars().update(env.sender("EMAIL_FROM", PUBLIC_URL))

SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 63_072_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
# With this prefix a browser takes a cookie from this very host alone, not from a neighbour's.
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_NAME = "__Host-csrf"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
