"""The measures that are single acts: the purge, ending a partner while it calls, and a project."""

import http.client
import threading
import time
from typing import Any

from benchmarks.errors import BenchmarkError
from benchmarks.plan import Goal, Plan, Result
from benchmarks.requests import turned
from benchmarks.shots import LOOPBACK, Shot, ask, bearer, our_token, send
from benchmarks.stage import Stage
from config.launch.terminal import say

PURGE = Goal("5 x faster than `cleartokens`", "10 x", at_least=5)
ENDING = Goal("< 1000 ms", "< 200 ms", at_most=1000)
PROBES = 8
# Often enough between the eight of them, without keeping the server busy.
PROBE_PAUSE = 0.1
SETTLE_SECONDS = 0.5


def measure_purge(stage: Stage, plan: Plan) -> Result:
    """Both delete the same number of expired tokens and must leave every live one."""
    live = plan.expired // 10
    values: dict[str, list[float]] = {"ours": [], "stock": []}
    for number in range(plan.rounds):
        if number and plan.is_over("purge"):
            break
        for site in turned([stage.ours, stage.stock], number):
            stage.call(site, "fill", plan.expired, live)
            found = stage.call(site, "purge")
            if (found["expired_left"], found["live_left"]) != (0, live):
                raise BenchmarkError(f"The purge of {site.name} left {found}, not {live} live.")
            values[site.name].append(found["seconds"])
            say(f"  {site.name:<6} purge {found['seconds']:10.2f} s")
    return Result(f"purge of {plan.expired:,} expired tokens, {live:,} live", "s", PURGE, values)


def measure_ending(stage: Stage, plan: Plan) -> Result:
    """From the act's beginning to the last answer that any connection still got."""
    refused: list[float] = []
    rows: list[float] = []
    for number in range(plan.rounds):
        if number and plan.is_over("ending"):
            break
        new = stage.call(stage.ours, "leaver")
        until_refused, until_rows = _end_one(stage, plan.sessions, new, "end", new["partner"])
        refused.append(until_refused)
        rows.append(until_rows)
        say(f"  ours   refused after {until_refused:.0f} ms, rows ended after {until_rows:.0f} ms")
    note = f"rows ended after {sorted(rows)[len(rows) // 2]:.0f} ms"
    title = f"ending a partner with {plan.sessions:,} live sessions, until all is refused"
    return Result(title, "ms", ENDING, {"ours": refused}, note)


def measure_closing(stage: Stage, plan: Plan) -> Result:
    """Once: making the sessions takes longer than all that is measured."""
    new = stage.call(stage.ours, "closing_project")
    refused, rows = _end_one(stage, plan.of_project, new, "close", new["project"])
    say(f"  ours   refused after {refused:.0f} ms, rows ended after {rows:.0f} ms")
    title = f"closing a project with {plan.of_project:,} live sessions, until all is refused"
    note = f"rows ended after {rows:.0f} ms"
    return Result(title, "ms", ENDING, {"ours": [refused]}, note)


def _end_one(
    stage: Stage, sessions: int, new: dict[str, Any], act: str, ended_id: str
) -> tuple[float, float]:
    """What ``act`` of the site's data module takes, with so many sessions of the partner's."""
    scope = "purchase_orders:read"
    token = ask(stage.ours.port, our_token(new["client"], scope))["access_token"]
    stage.call(stage.ours, "give_sessions", new["partner"], sessions)
    probes = [Probe(stage.ours.port, token) for _ in range(PROBES)]
    for probe in probes:
        probe.start()
    try:
        ended = stage.call(stage.ours, act, ended_id)
        stage.pause(SETTLE_SECONDS)
    finally:
        for probe in probes:
            probe.stop()
    if ended["sessions_ended"] != sessions or not all(probe.has_ended_well for probe in probes):
        raise BenchmarkError(f"Access was not ended as it should be: {ended}.")
    last = max(probe.last_accepted for probe in probes)
    return max(0.0, (last - ended["begun"]) * 1000), ended["rows_ended_ms"]


class Probe(threading.Thread):
    """Asks over one connection, again and again, and notes when it was last let in."""

    def __init__(self, port: int, token: str) -> None:
        super().__init__(daemon=True)
        self._port = port
        self._shot = Shot("GET", "/api/v1/purchase-orders?limit=1", bearer(token))
        self._stopped = threading.Event()
        self._statuses: list[int] = []
        self.last_accepted = 0.0

    def run(self) -> None:
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=30)
        while not self._stopped.wait(PROBE_PAUSE):
            status, _ = send(connection, self._shot)
            self._statuses.append(status)
            if status == http.HTTPStatus.OK:
                self.last_accepted = time.monotonic()
        connection.close()

    def stop(self) -> None:
        self._stopped.set()
        self.join()

    @property
    def has_ended_well(self) -> bool:
        """Let in at first, refused at last, and never anything else or let in again."""
        seen = [status for number, status in enumerate(self._statuses)
                if number == 0 or status != self._statuses[number - 1]]  # fmt: skip
        return seen == [http.HTTPStatus.OK, http.HTTPStatus.UNAUTHORIZED]
