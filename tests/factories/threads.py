"""Several callers at the same moment, each with a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connections

T = TypeVar("T")


def at_once(*acts: Callable[[], T]) -> list[T]:
    """Start every act at the same moment, each on its own connection."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], T]) -> T:
        try:
            barrier.wait(timeout=10)
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=len(acts)) as pool:
        return list(pool.map(run, acts))
