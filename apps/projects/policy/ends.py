"""When access to a project ends, and whether it is about to."""

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta

from apps.core.errors import FieldError, ValidationFailedError

# Before the end: when those concerned are told (reference 5, project closing).
WARNING_DAYS = (14, 7, 1)


def end_of_day(day: date, *, timezone: str) -> datetime:
    """The moment the day is over where the buyer is, in UTC.

    Raises ValidationFailedError for a day so late that the calendar ends with it.
    """
    if day.year == date.max.year:
        fault = FieldError("/ends_on", "invalid", "Choose a day on which the project does end.")
        raise ValidationFailedError("This project cannot be added so.", errors=[fault])
    following = datetime.combine(day + timedelta(days=1), time.min, zoneinfo.ZoneInfo(timezone))
    return following.astimezone(UTC)


def access_until_of(ends_on: date, *, timezone: str) -> datetime:
    """Access ends with the project's last day, whoever names that: when the project is added,
    edited or opened again. Nothing makes it longer, and what ends earlier than the project ends the
    sessions that are bound to it, not the project's.

    Raises ValidationFailedError.
    """
    return end_of_day(ends_on, timezone=timezone)


def days_before_end(access_until: datetime, *, at: datetime) -> int | None:
    """The narrowest of WARNING_DAYS that the end lies within; None outside of them or after it."""
    left = access_until - at
    if left <= timedelta(0):
        return None
    reached = [days for days in WARNING_DAYS if left <= timedelta(days=days)]
    return min(reached, default=None)
