"""Reading the log's rows: its size, its hashes by place, the events behind its leaves."""

from collections.abc import Collection, Iterator, Mapping
from functools import reduce
from operator import or_

from django.db.models import Max, Q

from apps.audit.canonical import EventFacts
from apps.audit.merkle import Frontier, Place, range_places
from apps.audit.models import Event, Leaf, Node


def log_size() -> int:
    last = Leaf.objects.aggregate(last=Max("sequence"))["last"]
    return 0 if last is None else int(last) + 1


def read_places(places: Collection[Place]) -> Mapping[Place, bytes]:
    """The hashes at these places. Raises LookupError when one is not in the database."""
    leaves = [index for level, index in places if level == 0]
    nodes = [(level, index) for level, index in places if level]
    found: dict[Place, bytes] = {}
    if leaves:
        rows = Leaf.objects.filter(sequence__in=leaves).values_list("sequence", "leaf_hash")
        found |= {(0, sequence): bytes(value) for sequence, value in rows}
    if nodes:
        stored = Node.objects.filter(pk__in=nodes).values_list("level", "index", "node_hash")
        found |= {(level, index): bytes(value) for level, index, value in stored}
    if missing := sorted(set(places) - found.keys()):
        raise LookupError(f"the log has no hash at level {missing[0][0]}, index {missing[0][1]}")
    return found


def load_frontier(size: int) -> Frontier:
    """The log of the first ``size`` leaves, ready to grow. Raises LookupError."""
    places = range_places(0, size)
    found = read_places(places)
    return Frontier(size, [found[place] for place in places])


def nodes_completed(first: int, end: int) -> dict[Place, bytes]:
    """The nodes that leaves ``first`` to ``end - 1`` complete."""
    ranges = [
        Q(level=level, index__gte=first >> level, index__lt=end >> level)
        for level in range(1, end.bit_length())
    ]
    rows = Node.objects.filter(reduce(or_, ranges, Q(pk__in=[]))).values_list(
        "level", "index", "node_hash"
    )
    return {(level, index): bytes(value) for level, index, value in rows}


def facts_of(event: Event) -> EventFacts:
    return EventFacts._make(getattr(event, name) for name in EventFacts._fields)


def events_waiting(limit: int) -> list[EventFacts]:
    """What the sealer takes next, oldest first."""
    waiting = Event.objects.filter(pendingevent__isnull=False).order_by("pendingevent__event_id")
    rows = waiting.values_list(*EventFacts._fields)[:limit]
    return [EventFacts._make(row) for row in rows]


def sealed_events(first: int, end: int) -> Iterator[tuple[int, bytes, EventFacts]]:
    """Leaves ``first`` to ``end - 1`` whose events exist: sequence, leaf hash and the event."""
    rows = Event.objects.filter(leaf__sequence__gte=first, leaf__sequence__lt=end)
    columns = ("leaf__sequence", "leaf__leaf_hash", *EventFacts._fields)
    for sequence, stored, *facts in rows.order_by("leaf__sequence").values_list(*columns):
        yield sequence, bytes(stored), EventFacts._make(facts)


def stored_leaf(sequence: int) -> bytes | None:
    row = Leaf.objects.filter(sequence=sequence).values_list("leaf_hash", flat=True).first()
    return None if row is None else bytes(row)
