"""How long an act takes."""

import time
from datetime import datetime, timedelta


class Stopwatch:
    """How long an act takes, by the monotonic clock; ``now`` is the act's time plus that."""

    def __init__(self, at: datetime) -> None:
        self._at, self._begun = at, time.monotonic()

    @property
    def milliseconds(self) -> int:
        return round((time.monotonic() - self._begun) * 1000)

    @property
    def now(self) -> datetime:
        return self._at + timedelta(milliseconds=self.milliseconds)
