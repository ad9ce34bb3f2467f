"""On which days a vendor's document may be issued."""

from collections.abc import Iterator
from datetime import date, timedelta

from apps.core.errors import FieldError

AHEAD = timedelta(days=7)  # For what is dated when it will be sent, wherever the sun stands.
BEHIND = timedelta(days=3652)  # Ten years: as long as books are kept.


def issue_date_faults(issue_date: date, today: date) -> Iterator[FieldError]:
    """A number is used once a year by its document's date (reference 2d no. 8): who may date it
    freely may send it once for every year there is.
    """
    if issue_date > today + AHEAD:
        detail = f"A document is dated at most {AHEAD.days} days ahead."
        yield FieldError("/issue_date", "too-late", detail)
    elif issue_date < today - BEHIND:
        yield FieldError("/issue_date", "too-early", "A document is at most ten years old.")
