"""A laptop: what is secret is generated once into DATA_DIR, the servers are the embedded ones."""

import base64
import os

from config import env
from config.settings.base import *

_running = env.running_servers()
DEBUG = False
SECRET_KEY = env.local_secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.secrets_list("SECRET_KEY_FALLBACKS")
CLIENT_SECRET_PEPPER = env.local_secret("CLIENT_SECRET_PEPPER")
ENCRYPTION_KEYS = env.encryption_keys(
    "ENCRYPTION_KEYS",
    env.local_secret("ENCRYPTION_KEYS", make=lambda: base64.b64encode(os.urandom(32)).decode()),
)

_port = env.port("PORT", 8000)
PUBLIC_URL = env.origin("PUBLIC_URL", _running.get("public_url", f"http://localhost:{_port}"))
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]"))
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

_NOTHING_RUNS = f"is not set, and nothing runs on {env.data_dir()}: start `make run`, or set it"
REDIS_URL = env.required(
    "REDIS_URL", env.redis_url("REDIS_URL") or _running.get("redis_url", ""), _NOTHING_RUNS
)
_database_url = env.database_url("DATABASE_URL") or _running.get("database_url", "")
DATABASES = {"default": env.database(env.required("DATABASE_URL", _database_url, _NOTHING_RUNS))}
CACHES = {"default": env.cache(REDIS_URL)}
CELERY_BROKER_URL = env.broker(REDIS_URL)
vars().update(env.email("EMAIL_URL"))
vars().update(env.sender("EMAIL_FROM", PUBLIC_URL))
OUTBOUND_PRIVATE_HOSTS = True
WHITENOISE_USE_FINDERS = True  # No collectstatic step before the first page.
