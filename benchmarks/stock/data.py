"""Stock's client, its expired tokens and the purge of them; called by benchmarks.child."""

import time
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application

FILL = """
INSERT INTO oauth2_provider_accesstoken
    (token, token_checksum, application_id, scope, created, updated, expires, resource)
SELECT md5(n::text), encode(sha256(n::text::bytea), 'hex'), %s, 'orders', now(), now(),
       now() + interval '1 day' * CASE WHEN n > %s THEN 1 ELSE -2 END + interval '1 ms' * n, '[]'
FROM generate_series(1, %s) AS n
"""


def prepare() -> dict[str, Any]:
    """A client as the tutorial registers one; its secret is hashed when it is saved."""
    application = Application(
        name="ERP",
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
    )
    secret = application.client_secret
    application.save()
    return {"erp": {"client_id": application.client_id, "client_secret": secret}}


def fill(expired: int, live: int) -> None:
    application = Application.objects.get(name="ERP")
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE oauth2_provider_accesstoken CASCADE")
        cursor.execute(FILL, [application.pk, expired, expired + live])
        cursor.execute("VACUUM ANALYZE oauth2_provider_accesstoken")


def purge() -> dict[str, float]:
    begun = time.perf_counter()
    call_command("cleartokens")
    seconds = time.perf_counter() - begun
    left = AccessToken.objects
    expired = left.filter(expires__lte=timezone.now()).count()  # noqa: TID251 -- no service of ours
    return {"seconds": seconds, "expired_left": expired, "live_left": left.count() - expired}
