"""When a refresh token may be presented (RFC 9700 section 4.14, FAPI 2.0 section 5.3.2.1)."""

from datetime import datetime, timedelta

from apps.oauth.models import RefreshToken

RETRY_WINDOW = timedelta(seconds=30)


def may_be_retried(row: RefreshToken, *, at: datetime) -> bool:
    """Whether this is the answer that got lost: the immediate predecessor, within 30 seconds.

    A token whose successor was itself used is older than that, whatever the clock says.
    """
    row.refresh_from_db(fields=["rotated_at"])
    if row.rotated_at is None or at - row.rotated_at > RETRY_WINDOW:
        return False
    later = RefreshToken.objects.filter(
        session=row.session_id, generation__gt=row.generation, rotated_at__isnull=False
    )
    return not later.exists()
