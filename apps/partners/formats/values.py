"""How values are written."""

from datetime import UTC, date, datetime
from typing import Any


def written(value: Any) -> Any:  # noqa: ANN401 -- any column's value
    """Moments as RFC 3339 in UTC, days as ISO 8601, the rest as it is."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
