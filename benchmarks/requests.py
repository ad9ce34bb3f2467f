"""The measures that are requests: each site is kept busy in turn, several times."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from benchmarks.errors import BenchmarkError
from benchmarks.load import Load, fire
from benchmarks.plan import Goal, Plan, Result
from benchmarks.shots import (
    Shot,
    ask,
    bearer,
    introspection,
    our_order,
    our_token,
    stock_order,
    stock_token,
)
from benchmarks.stage import Site, Stage
from config.launch.terminal import say

WARM_UP_SECONDS = 1
PAGE = 50
LINES = 3

Item = TypeVar("Item")
Check = Callable[[dict[str, Any]], bool]


@dataclass(frozen=True)
class Known:
    """What the sites were prepared with: clients, and one order to read again and again."""

    ours: dict[str, Any]
    stock: dict[str, Any]
    our_path: str
    stock_path: str

    @classmethod
    def prepare(cls, stage: Stage, orders: int) -> "Known":
        """Clients by each side's own means, then the same orders by each side's API."""
        ours, stock = stage.call(stage.ours, "prepare"), stage.call(stage.stock, "prepare")
        known = cls(ours, stock, "", "")
        mine = our_order(ours, known.our_token(stage))
        theirs = stock_order(known.stock_token(stage))
        made = [ask(stage.ours.port, mine) for _ in range(orders)]
        others = [ask(stage.kept.port, theirs) for _ in range(orders)]
        path = f"/api/v1/purchase-orders/{made[-1]['id']}"
        return cls(ours, stock, path, f"/orders/{others[-1]['id']}/")

    def our_token(self, stage: Stage) -> str:
        return str(ask(stage.ours.port, our_token(self.ours["erp"]))["access_token"])

    def stock_token(self, stage: Stage) -> str:
        return str(ask(stage.stock.port, stock_token(self.stock["erp"]))["access_token"])


@dataclass(frozen=True)
class Measure:
    """``shots`` are made just before they are fired, for tokens expire. ``slow`` names sites that
    take a second for an answer.
    """

    title: str
    goal: Goal
    shots: Callable[[Stage, Known], dict[str, Shot]]
    check: Check
    slow: tuple[str, ...] = ()


def _floor(_stage: Stage, _known: Known) -> dict[str, Shot]:
    return {"ours": Shot("GET", "/health/live")}


def _token(_stage: Stage, known: Known) -> dict[str, Shot]:
    """Not of ``kept``: beside stock's hasher a connection costs nothing."""
    return {"ours": our_token(known.ours["erp"]), "stock": stock_token(known.stock["erp"])}


def _introspection(stage: Stage, known: Known) -> dict[str, Shot]:
    return {"ours": introspection(known.ours["server"], known.our_token(stage))}


def _reading(ours: Callable[[Known], str], stock: Callable[[Known], str]) -> Any:  # noqa: ANN401 -- a maker of shots
    def shots(stage: Stage, known: Known) -> dict[str, Shot]:
        theirs = Shot("GET", stock(known), bearer(known.stock_token(stage)))
        mine = Shot("GET", ours(known), bearer(known.our_token(stage)))
        return {"ours": mine, "stock": theirs, "kept": theirs}

    return shots


def _create(stage: Stage, known: Known) -> dict[str, Shot]:
    theirs = stock_order(known.stock_token(stage))
    mine = our_order(known.ours, known.our_token(stage))
    return {"ours": mine, "stock": theirs, "kept": theirs}


def _is_order(answer: dict[str, Any]) -> bool:
    return len(answer["lines"]) == LINES


def is_page(answer: dict[str, Any]) -> bool:
    """A whole one, of orders with all their lines."""
    orders = answer.get("data") or answer["results"]
    return len(orders) == PAGE and all(_is_order(order) for order in orders)


MEASURES = {
    "floor": Measure(
        "a bare view of ours, `/health/live`",
        Goal("", ""),
        _floor,
        lambda answer: answer == {"status": "live"},
    ),
    "token": Measure(
        "client_credentials token, durable record written",
        Goal("100 x stock", "300 x stock", at_least=100),
        _token,
        lambda answer: answer["token_type"] == "Bearer",
        slow=("stock",),
    ),
    "introspection": Measure(
        "introspection",
        Goal("0.7 x node with PostgreSQL", "1.2 x"),
        _introspection,
        lambda answer: answer["active"] is True,
    ),
    "order": Measure(
        "API, single order with 3 lines",
        Goal("3 x stock", "6 x", at_least=3),
        _reading(lambda known: known.our_path, lambda known: known.stock_path),
        _is_order,
    ),
    "orders": Measure(
        "API, list of 50 orders with 3 lines each",
        Goal("4 x stock", "8 x", at_least=4),
        _reading(lambda _: f"/api/v1/purchase-orders?limit={PAGE}", lambda _: "/orders/"),
        is_page,
    ),
    "create": Measure(
        "API, create an order with 3 lines",
        Goal("0.7 x stock's bare DRF create", "1.2 x", at_least=0.7),
        _create,
        _is_order,
    ),
}


def measure(stage: Stage, known: Known, name: str, plan: Plan) -> Result:
    """Every candidate once per round, in an order that turns."""
    one = MEASURES[name]
    shots = one.shots(stage, known)
    sites = [site for site in stage.sites if site.name in shots]
    for site in sites:
        if not one.check(ask(site.port, shots[site.name])):
            raise BenchmarkError(f"{site.name} did not answer {one.title} as it should.")
        patient = site.name in one.slow
        fire(stage, site, shots[site.name], seconds=WARM_UP_SECONDS, patient=patient)
    loads: dict[str, list[Load]] = {site.name: [] for site in sites}
    for number in range(plan.rounds):
        if number and plan.is_over(name):
            break
        for site in turned(sites, number):
            load = _fire(stage, site, shots[site.name], plan.seconds, site.name in one.slow)
            loads[site.name].append(load)
    rates = {site: [load.rate for load in found] for site, found in loads.items()}
    costs = {
        site: [load.cpu_ms for load in found if load.cpu_ms is not None]
        for site, found in loads.items()
    }
    return Result(one.title, "/s", one.goal, rates, _latency(loads["ours"]), costs)


def turned(items: Sequence[Item], number: int) -> list[Item]:
    start = number % len(items)
    return [*items[start:], *items[:start]]


def _fire(stage: Stage, site: Site, shot: Shot, seconds: int, patient: bool) -> Load:  # noqa: FBT001 -- private
    load = fire(stage, site, shot, seconds=seconds, patient=patient)
    if load is None:
        raise BenchmarkError(f"{site.name} answered nothing to {shot.path} in {seconds} s.")
    request = f"{shot.method} {shot.path.split('?')[0][:30]}"
    say(f"  {site.name:<6} {request:<35} {load.rate:10.1f} /s, {load.cpu_ms or 0:8.2f} ms CPU")
    return load


def _latency(loads: list[Load]) -> str:
    """Of ours; the medians of the rounds."""
    half = statistics.median(load.p50_ms for load in loads)
    most = statistics.median(load.p99_ms for load in loads)
    return f"p50 {half:.1f} ms, p99 {most:.1f} ms"
