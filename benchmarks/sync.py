"""A caller that follows a long list by its cursors while others write to it."""

import http.client
import json
import threading
import time
from datetime import datetime, timedelta
from typing import Any

from benchmarks.errors import BenchmarkError
from benchmarks.plan import COPY, Goal, Plan, Result
from benchmarks.requests import Known
from benchmarks.shots import LOOPBACK, our_orders, send
from benchmarks.stage import Stage
from config.launch.terminal import say

WHOLE = Goal("none lost, none doubled", "")
WRITTEN_MEANWHILE = 2  # One for so many that are there: the caller catches up with the writers.
OVERLAP = timedelta(minutes=1)  # What docs/api.md tells those who follow changes.
MOST = 200
PAUSE = 0.05


def measure_sync(stage: Stage, known: Known, plan: Plan) -> Result:
    """Once. What was there has to come by the cursors alone; what is written meanwhile by them or
    when asked again with the overlap, since two write and do not commit in their clocks' order.
    """
    before = stage.call(stage.rows, "give_orders", plan.listed)
    first, written = before["copies"] + 1, plan.listed // WRITTEN_MEANWHILE
    follower = Follower(stage.ours.port, known.our_token(stage))
    follower.start()
    try:
        stage.call(stage.rows, "write_orders", first, first + written - 1)
    finally:
        follower.finish()
    walked, again = follower.numbers, follower.ask_again()
    new = {f"{COPY}{number}" for number in range(first, first + written)}
    old = set(walked) - new
    late = len((new & again) - set(walked))
    lost = before["orders"] - len(old) + len(new - again - set(walked))
    doubled = len(walked) - len(set(walked))
    note = (
        f"{written:,} written meanwhile, {follower.read_meanwhile:,} read by then; "
        f"{lost:,} lost, {doubled:,} doubled, {late:,} met when asked again"
    )
    say(f"  ours   {len(walked):,} rows in {follower.seconds:.0f} s; {note}")
    title = f"API, sync of {before['orders']:,} orders by cursor while two connections write"
    rate = {"ours": [len(walked) / follower.seconds]}
    return Result(title, "rows/s", WHOLE, rate, note, held=not lost and not doubled)


class Follower(threading.Thread):
    """Begins with the first row that is written, and ends with the last."""

    def __init__(self, port: int, token: str) -> None:
        super().__init__(daemon=True)
        self._token = token
        self._connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
        self._written = threading.Event()
        self._fault: Exception | None = None
        self._newest = ""
        self.numbers: list[str] = []
        self.read_meanwhile = 0
        self.seconds = 0.0

    def run(self) -> None:
        try:
            self._wait()
            begun = time.monotonic()
            self._follow()
            self.seconds = time.monotonic() - begun
        except (OSError, http.client.HTTPException, BenchmarkError) as error:
            self._fault = error

    def finish(self) -> None:
        """All is written. Raises BenchmarkError for a sync that broke off."""
        self.read_meanwhile = len(self.numbers)
        self._written.set()
        self.join()
        if self._fault is not None or not self.numbers:
            raise BenchmarkError(f"The sync broke off: {self._fault}.")

    def ask_again(self) -> set[str]:
        """What was written or changed since shortly before the last row that was read."""
        since = datetime.fromisoformat(self._newest) - OVERLAP
        query = {"filter[updated_at][gte]": since.isoformat()}
        found: set[str] = set()
        cursor: dict[str, str] = {}
        while True:
            page = self._page(**query, **cursor)
            found |= {row["number"] for row in page["data"]}
            if page["page"]["next"] is None:
                return found
            cursor = {"cursor": page["page"]["next"]}

    def _wait(self) -> None:
        """Until something is written."""
        while not self._written.is_set():
            newest = self._page(sort="-updated_at", limit=1)["data"]
            if newest and newest[0]["number"].startswith(COPY):
                return
            time.sleep(PAUSE)

    def _follow(self) -> None:
        cursor: dict[str, str] = {}
        while True:
            was_last = self._written.is_set()
            page = self._page(**cursor)
            following = page["page"]["next"]
            if following is None and not was_last:
                time.sleep(PAUSE)  # The page may grow yet.
                continue
            self.numbers += [row["number"] for row in page["data"]]
            self._newest = page["data"][-1]["updated_at"]
            if following is None:
                return
            cursor = {"cursor": following}

    def _page(self, **query: str | int) -> dict[str, Any]:
        asked = {"sort": "updated_at", "limit": MOST, "fields": "number,updated_at", **query}
        status, body = send(self._connection, our_orders(self._token, **asked))
        if status != http.HTTPStatus.OK:
            raise BenchmarkError(f"A page of the sync got {status}: {body[:300]!r}")
        return dict(json.loads(body))
