"""Device grants as a device or a person presents them (RFC 8628)."""

from datetime import datetime

from django.db.models import BooleanField, ExpressionWrapper, QuerySet

from apps.core.crypto import keyed_digest
from apps.oauth.crypto import sha256_hex
from apps.oauth.models import Client, DeviceGrant
from apps.oauth.selectors.liveness import (
    last_end_of_session,
    live_condition,
    open_projects_of_session,
)


def user_code_digest(user_code: str) -> str:
    """What is stored of a user code: keyed, for it is short enough to be found by trying all."""
    return keyed_digest("device-user-code", user_code).hex()


def device_grant_row(device_code: str, *, client: Client, at: datetime) -> DeviceGrant | None:
    """The client's own grant, with its session, whether that is live, and when access in the last
    of its projects ends; None for a code that is unknown or somebody else's.
    """
    return (
        DeviceGrant.objects.select_related("session")
        .filter(device_code=sha256_hex(device_code), client=client)
        .annotate(
            session_is_live=ExpressionWrapper(
                live_condition(at=at, prefix="session__"), output_field=BooleanField()
            ),
            open_projects=open_projects_of_session(at=at, prefix="session__"),
            projects_end=last_end_of_session(at=at, prefix="session__"),
        )
        .first()
    )


def waiting_device_grants(*, at: datetime) -> QuerySet[DeviceGrant]:
    """Those a person can still answer."""
    return DeviceGrant.objects.filter(status=DeviceGrant.Status.PENDING, expires__gt=at)


def waiting_for_code(user_code: str, *, at: datetime) -> DeviceGrant | None:
    """The grant a person means; None alike for a code that is wrong, expired or answered."""
    digest = user_code_digest(user_code)
    return waiting_device_grants(at=at).select_related("client").filter(user_code=digest).first()
