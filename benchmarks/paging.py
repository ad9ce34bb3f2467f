"""What a page far down a long list costs beside the first."""

import http.client
import json
import statistics
import time

from benchmarks.errors import BenchmarkError
from benchmarks.plan import Goal, Plan, Result
from benchmarks.requests import PAGE, Known, is_page, turned
from benchmarks.shots import LOOPBACK, Shot, ask, our_orders, send
from benchmarks.stage import Stage
from config.launch.terminal import say

FLAT = Goal("at most 1.2 x page 1", "1 x", at_most=1.2)
MOST = 200


def measure_paging(stage: Stage, known: Known, plan: Plan) -> Result:
    """Each round is the ratio of the medians of both pages, asked for in turn."""
    there = stage.call(stage.rows, "give_orders", plan.listed)["orders"]
    token, pages = known.our_token(stage), there // PAGE
    cursor = _cursor_behind(stage.ours.port, token, (pages - 1) * PAGE)
    first, last = our_orders(token, limit=PAGE), our_orders(token, limit=PAGE, cursor=cursor)
    ratios: list[float] = []
    took: list[float] = []
    for number in range(plan.rounds):
        if number and plan.is_over("paging"):
            break
        each = _medians(stage.ours.port, (first, last), plan.asked)
        took.append(each[0])
        ratios.append(each[1] / each[0])
        say(f"  ours   page 1 {each[0]:.2f} ms, page {pages:,} {each[1]:.2f} ms")
    title = f"API, page {pages:,} of {there:,} orders with 3 lines each, beside page 1"
    note = f"page 1 {statistics.median(took):.1f} ms"
    return Result(title, "x page 1", FLAT, {"ours": ratios}, note)


def _cursor_behind(port: int, token: str, rows: int) -> str:
    """Where so many rows are passed: by the API, as a caller gets there."""
    cursor: dict[str, str] = {}
    for passed in range(0, rows, MOST):
        shot = our_orders(token, limit=min(MOST, rows - passed), fields="id", **cursor)
        cursor = {"cursor": ask(port, shot)["page"]["next"]}
    return cursor["cursor"]


def _medians(port: int, shots: tuple[Shot, Shot], times: int) -> list[float]:
    """Milliseconds of each, one after the other: what disturbs one disturbs the other as often."""
    took: tuple[list[float], list[float]] = ([], [])
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
    for number in range(times):
        for which in turned((0, 1), number):
            begun = time.perf_counter()
            status, body = send(connection, shots[which])
            took[which].append((time.perf_counter() - begun) * 1000)
            if status != http.HTTPStatus.OK or not is_page(json.loads(body)):
                raise BenchmarkError(f"{shots[which].path} got {status}: {body[:300]!r}")
    connection.close()
    return [statistics.median(each) for each in took]
