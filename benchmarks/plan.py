"""How much is measured, and the time a run may take."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

NAMES = (
    "floor",
    "token",
    "introspection",
    "order",
    "orders",
    "create",
    "purge",
    "ending",
    "closing",
    "paging",
    "sync",
)
LONGEST_SECONDS = 360.0
COPY = "B-"  # What the number of an order that was copied begins with.


@dataclass(frozen=True)
class Plan:
    """``seconds`` of load per round; ``expired`` tokens and ``sessions`` per round of the acts;
    ``of_project`` are the sessions of the one project that closes; ``listed`` the orders of a long
    list, each of whose pages is ``asked`` for so often.
    """

    rounds: int
    seconds: int
    orders: int
    expired: int
    sessions: int
    of_project: int
    listed: int
    asked: int
    only: Sequence[str] = NAMES
    begun: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.begun

    def is_over(self, name: str) -> bool:
        """Whether this measure's share of the time is used up: its first round always runs, the
        others are left out then. The set-up has a share as well.
        """
        chosen = [one for one in NAMES if one in self.only]
        return self.elapsed > LONGEST_SECONDS * (chosen.index(name) + 2) / (len(chosen) + 1)


def whole(only: Sequence[str]) -> Plan:
    return Plan(
        rounds=3,
        seconds=4,
        orders=200,
        expired=200_000,
        sessions=20_000,
        of_project=100_000,
        listed=100_000,
        asked=200,
        only=only,
    )


def quick(only: Sequence[str]) -> Plan:
    return Plan(
        rounds=2,
        seconds=2,
        orders=60,
        expired=50_000,
        sessions=5_000,
        of_project=10_000,
        listed=10_000,
        asked=50,
        only=only,
    )


@dataclass(frozen=True)
class Goal:
    """What the performance budget asks for, as text, and as a number where it can be compared."""

    must: str
    aim: str
    at_least: float = 0.0
    at_most: float = 0.0


@dataclass(frozen=True)
class Result:
    """One measure: the values of each candidate, one per round, in ``unit``; with requests also
    what one answer cost the web server, in milliseconds of a processor.

    A ratio says how many times better ours is, so it is turned round where less is better.
    ``held`` says whether the goal is reached where it is no number.
    """

    title: str
    unit: str
    goal: Goal
    values: dict[str, list[float]]
    note: str = ""
    cpu_ms: dict[str, list[float]] = field(default_factory=dict)
    held: bool | None = None

    def median(self, name: str) -> float | None:
        values = self.values.get(name)
        return statistics.median(values) if values else None

    def ratio(self, name: str) -> float | None:
        theirs, ours = self.median(name), self.median("ours")
        if not theirs or not ours:
            return None
        return ours / theirs if self.unit == "/s" else theirs / ours

    def reached(self) -> bool | None:
        """None where there is nothing to compare with in this run."""
        if self.held is not None:
            return self.held
        if self.goal.at_most:
            ours = self.median("ours")
            return None if ours is None else ours <= self.goal.at_most
        ratio = self.ratio("stock")
        return None if ratio is None or not self.goal.at_least else ratio >= self.goal.at_least
