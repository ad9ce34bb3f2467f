"""The tests: the same engines as everywhere, started by tests/run.py, and fixed secrets."""

import os

os.environ.setdefault("PUBLIC_URL", "https://buyer.example")
os.environ.setdefault("DATABASE_URL", "postgresql://localhost/unused")
os.environ.setdefault("REDIS_URL", "redis://localhost/0")

from config import env
from config.settings.base import *

SECRET_KEY = "test-" * 10
CLIENT_SECRET_PEPPER = "pepper-" * 8
ENCRYPTION_KEYS = [b"\x01" * 32, b"\x02" * 32]
PUBLIC_URL = env.origin("PUBLIC_URL", "")
ALLOWED_HOSTS = ["*"]
DATABASES = {
    # A live server's threads must not hold connections when the test database is dropped.
    "default": {**env.database(os.environ["DATABASE_URL"]), "CONN_MAX_AGE": 0}
}
# Each of xdist's workers has a cache of its own, as it has a database of its own.
REDIS_URL = os.environ["REDIS_URL"]
if _worker := os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw"):
    REDIS_URL = f"{REDIS_URL.rpartition('/')[0]}/{_worker}"
CACHES = {"default": env.cache(REDIS_URL)}
CELERY_BROKER_URL = env.broker(REDIS_URL)
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "apps.oauth.crypto.KeyedSecretHasher",
]
OUTBOUND_PRIVATE_HOSTS = True
MFA_REQUIRED = False  # Most tests are about what lies behind it; those about it switch it on.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True  # Looks for files when asked, not whenever a test client is made.
