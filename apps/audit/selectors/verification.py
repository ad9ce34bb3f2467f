"""Recomputing the log from its events: whether the trail is what was once sealed and signed."""

from dataclasses import dataclass, field

from apps.audit.canonical import leaf_bytes, timestamp
from apps.audit.jose import CHECKPOINT_TYPE, BadStatementError, read_statement
from apps.audit.merkle import Frontier, Place, leaf_hash
from apps.audit.models import AuditKey, Checkpoint, Event, Leaf
from apps.audit.selectors.log import (
    load_frontier,
    log_size,
    nodes_completed,
    sealed_events,
    stored_leaf,
)
from apps.core.errors import ValidationFailedError
from apps.core.keys import LoadedKey, published_keys

CHUNK = 2048
MOST_FINDINGS = 100


@dataclass(frozen=True)
class Verification:
    """What was looked at and what is wrong. Everything before sequence ``first_bad`` is good;
    it is None when all is, or when the fault is an event that stands outside the log.
    """

    events: int
    checkpoints: int
    ok: bool
    first_bad: int | None
    problems: list[str]


@dataclass
class _Findings:
    first_bad: int | None = None
    problems: list[str] = field(default_factory=list)

    def add(self, text: str, position: int | None = None) -> None:
        if self.first_bad is None:
            self.first_bad = position
        if len(self.problems) < MOST_FINDINGS:
            self.problems.append(text)


class _EndOfLogError(Exception):
    """Nothing behind this place can be recomputed."""


def verify_log(*, first: int | None = None, last: int | None = None) -> Verification:
    """Recompute every leaf, node and checkpoint from ``first`` to ``last``, both included.

    In a part of the log, what lies before it is taken as stored; the checkpoints that follow
    judge it. Only a whole run looks for events that are neither sealed nor waiting. Memory use
    does not grow with the log. Raises ValidationFailedError for a position the log has not.
    """
    checkpoints_beyond = list(Checkpoint.objects.values_list("tree_size", flat=True)[:1])
    size = log_size()
    begin, end = _bounds(first, last, size)
    findings = _Findings()
    walk = _Walk(begin, findings)
    try:
        for start in range(begin, end, CHUNK):
            walk.check(start, min(start + CHUNK, end))
    except _EndOfLogError:
        findings.add("What follows cannot be recomputed.")
    if end == size and checkpoints_beyond and checkpoints_beyond[0] > size:
        text = f"A checkpoint covers {checkpoints_beyond[0]} events, the log has {size}."
        findings.add(text, size)
    if first is None and last is None:
        _find_outsiders(findings)
    return Verification(
        events=walk.events,
        checkpoints=walk.checkpoints,
        ok=not findings.problems,
        first_bad=findings.first_bad,
        problems=findings.problems,
    )


def _bounds(first: int | None, last: int | None, size: int) -> tuple[int, int]:
    begin = 0 if first is None else first
    end = size if last is None else last + 1
    if (first is not None or last is not None) and not 0 <= begin < end <= size:
        raise ValidationFailedError(
            f"There is no such part of the log: it has {size} events, numbered from 0."
        )
    return begin, end


class _Walk:
    """Goes through the log once, from left to right."""

    def __init__(self, begin: int, findings: _Findings) -> None:
        self.events = 0
        self.checkpoints = 0
        self._findings = findings
        self._trusted = begin
        self._keys = {key.kid: key for key in published_keys(AuditKey)}
        self._frontier = _take_up(begin)
        self._nodes: dict[Place, bytes] = {}
        self._signed: dict[int, Checkpoint] = {}

    def check(self, first: int, end: int) -> None:
        """Check leaves ``first`` to ``end - 1``. Raises _EndOfLogError."""
        self._nodes = nodes_completed(first, end)
        checkpoints = Checkpoint.objects.filter(tree_size__gt=first, tree_size__lte=end)
        self._signed = {row.tree_size: row for row in checkpoints}
        for sequence, stored, event in sealed_events(first, end):
            self._pass_over(sequence)
            self.events += 1
            if leaf_hash(leaf_bytes(event)) != stored:
                self._findings.add(f"Event {sequence} is not what was sealed.", sequence)
            self._append(stored)
        self._pass_over(end)

    def _pass_over(self, sequence: int) -> None:
        """Up to ``sequence``, leaves whose events are gone. Raises _EndOfLogError."""
        while self._frontier.size < sequence:
            here = self._frontier.size
            stored = stored_leaf(here)
            if stored is None:
                self._findings.add(f"Event {here} of the log has no leaf.", here)
                raise _EndOfLogError
            self._findings.add(f"The event of leaf {here} is gone.", here)
            self._append(stored)

    def _append(self, stored: bytes) -> None:
        for place, computed in self._frontier.append(stored):
            if self._nodes.get(place) != computed:
                self._report_node(place)
        if self._frontier.size in self._signed:
            self._check_checkpoint(self._signed[self._frontier.size])

    def _report_node(self, place: Place) -> None:
        level, index = place
        first, last = index << level, (index + 1 << level) - 1
        text = f"The node over events {first} to {last} does not follow from them."
        self._findings.add(text, first)

    def _check_checkpoint(self, row: Checkpoint) -> None:
        self.checkpoints += 1
        name = f"The checkpoint of {row.tree_size} events"
        if bytes(row.root_hash) != self._frontier.root():
            self._findings.add(f"{name} has another root.", self._trusted)
        elif fault := _signature_fault(row, self._keys):
            self._findings.add(f"{name} is not to be trusted: {fault}.", row.tree_size - 1)
        else:
            self._trusted = row.tree_size


def _take_up(begin: int) -> Frontier:
    try:
        return load_frontier(begin)
    except LookupError as error:
        raise ValidationFailedError(
            f"The log cannot be taken up at {begin}: {error}. Verify it from 0."
        ) from error


def _signature_fault(row: Checkpoint, keys: dict[str, LoadedKey]) -> str:
    try:
        signed = read_statement(row.signature, keys=keys, kind=CHECKPOINT_TYPE)
    except BadStatementError as error:
        return str(error)
    stated = (signed.get("tree_size"), signed.get("root_hash"), signed.get("at"))
    if stated != (row.tree_size, bytes(row.root_hash).hex(), timestamp(row.at)):
        return "its signature is over something else"
    return ""


def _find_outsiders(findings: _Findings) -> None:
    """Events the log does not know and never will, and leaves outside its numbering."""
    if Leaf.objects.filter(sequence__lt=0).exists():
        findings.add("There are leaves with a negative number.", 0)
    lost = Event.objects.filter(leaf__isnull=True, pendingevent__isnull=True)
    for event in lost.order_by("id")[:MOST_FINDINGS]:
        findings.add(f"Event {event.public_id} is neither sealed nor waiting for it.")
