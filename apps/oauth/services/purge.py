"""What of the authorization server's rows has expired and may go."""

from datetime import datetime, timedelta

from apps.core.models import delete_expired
from apps.oauth.models import (
    AccessToken,
    DeviceGrant,
    Grant,
    IDToken,
    LogoutNotice,
    PushedAuthorizationRequest,
    RefreshToken,
    ReplayedId,
)

# A code or token is kept a little past its end, so that its reuse is still recognised as such
# and its bearer is told `expired`, not `unknown`.
KEPT_FOR = timedelta(hours=1)
# By then nothing looks any more whether a session was told of, and none waits.
NOTICES_KEPT = timedelta(days=15)
PURGED = (
    AccessToken,
    RefreshToken,
    Grant,
    IDToken,
    DeviceGrant,
    PushedAuthorizationRequest,
    ReplayedId,
)


def purge_expired_tokens(*, at: datetime, limit: int) -> dict[str, int]:
    """Delete at most ``limit`` expired rows of each kind; sessions stay, they are evidence."""
    counts = {
        model._meta.model_name or "": delete_expired(  # noqa: SLF001 -- Django's documented name
            model, "expires", at=at - KEPT_FOR, limit=limit
        )
        for model in PURGED
    }
    notices = delete_expired(LogoutNotice, "created_at", at=at - NOTICES_KEPT, limit=limit)
    return {**counts, "logoutnotice": notices}
