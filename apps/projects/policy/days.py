"""Days where the buyer is, as the moments between which they last."""

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta

from apps.core.errors import FieldError, ValidationFailedError


def start_of_day(day: date, *, timezone: str) -> datetime:
    """The moment the day begins where the buyer is, in UTC.

    Raises ValidationFailedError for a day so early that the calendar begins with it.
    """
    if day.year == date.min.year:
        fault = FieldError("/valid_from", "invalid", "Choose a day on which it did begin.")
        raise ValidationFailedError("This is no day to begin with.", errors=[fault])
    return datetime.combine(day, time.min, zoneinfo.ZoneInfo(timezone)).astimezone(UTC)


def day_of(moment: datetime, *, timezone: str) -> date:
    """The day it is then where the buyer is."""
    return moment.astimezone(zoneinfo.ZoneInfo(timezone)).date()


def last_day(until: datetime, *, timezone: str) -> date:
    """The last day of what ends at this moment: a day is over when the next begins."""
    return day_of(until - timedelta(microseconds=1), timezone=timezone)
