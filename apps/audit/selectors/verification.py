"""Recomputing the log from its events: whether the trail is what was once sealed and signed."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

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
# The sealer signs in the transaction it seals in, whenever 1,000 events have come since its last
# signature or a minute has passed. What it leaves unsigned is therefore less than this.
MOST_UNSIGNED = 1000
LONGEST_UNSIGNED = timedelta(minutes=2)


@dataclass(frozen=True)
class Verification:
    """What was looked at and what is wrong. Everything before sequence ``first_bad`` is good;
    it is None when all is, or when the fault has no place in the log.

    ``checkpoint`` is the largest good one that was met, as its compact JWS, and ``signed_size``
    how many events it covers; None and 0 when there was none.
    """

    events: int
    checkpoints: int
    signed_size: int
    checkpoint: str | None
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


def verify_log(
    *, at: datetime, first: int | None = None, last: int | None = None, kept: str | None = None
) -> Verification:
    """Recompute every leaf, node and checkpoint from ``first`` to ``last``, both included.

    ``kept`` is a checkpoint (compact JWS) that was kept outside: the log must have its root at
    its size. In a part of the log, what lies before it is taken as stored; the checkpoints that
    follow judge it. Only a whole run demands that all but a short tail is signed, and looks for
    events that are neither sealed nor waiting. Memory use does not grow with the log. Raises
    ValidationFailedError for a position the log has not.
    """
    checkpoints_beyond = list(Checkpoint.objects.values_list("tree_size", flat=True)[:1])
    size = log_size()
    begin, end = _bounds(first, last, size)
    findings = _Findings()
    walk = _Walk(begin, findings, kept)
    walk.go(begin, end)
    if end == size and checkpoints_beyond and checkpoints_beyond[0] > size:
        text = f"A checkpoint covers {checkpoints_beyond[0]} events, the log has {size}."
        findings.add(text, size)
    if first is None and last is None:
        _find_unsigned(walk.signed, size, at, findings)
        _find_outsiders(findings)
    return Verification(
        events=walk.events,
        checkpoints=walk.checkpoints,
        signed_size=walk.signed.tree_size if walk.signed else 0,
        checkpoint=walk.signed.signature if walk.signed else None,
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

    def __init__(self, begin: int, findings: _Findings, kept: str | None) -> None:
        self.events = 0
        self.checkpoints = 0
        self.signed: Checkpoint | None = None
        self._findings = findings
        self._begin = self._trusted = begin
        self._keys = {key.kid: key for key in published_keys(AuditKey)}
        self._frontier = _take_up(begin)
        self._nodes: dict[Place, bytes] = {}
        self._signed: dict[int, Checkpoint] = {}
        self._kept = _read_kept(kept, self._keys, findings)

    def go(self, begin: int, end: int) -> None:
        try:
            for start in range(begin, end, CHUNK):
                self.check(start, min(start + CHUNK, end))
        except _EndOfLogError:
            self._findings.add("What follows cannot be recomputed.")
        if self._kept:
            self._findings.add(
                f"The kept checkpoint covers {self._kept[0]} events; what was looked at"
                f" ends after {self._frontier.size}.",
                self._frontier.size,
            )

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
        if self._kept and self._kept[0] == self._frontier.size:
            self._check_kept(*self._kept)

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
            self.signed, self._trusted = row, row.tree_size

    def _check_kept(self, size: int, root: str) -> None:
        self._kept = None
        if root != self._frontier.root().hex():
            self._findings.add(f"The kept checkpoint of {size} events has another root.")
            # The log was signed anew since, so no checkpoint in it says from where on.
            self._findings.first_bad = self._begin


def _take_up(begin: int) -> Frontier:
    try:
        return load_frontier(begin)
    except LookupError as error:
        raise ValidationFailedError(
            f"The log cannot be taken up at {begin}: {error}. Verify it from 0."
        ) from error


def _read_kept(
    kept: str | None, keys: dict[str, LoadedKey], findings: _Findings
) -> tuple[int, str] | None:
    """Its size and its root in hexadecimal; None when there is none that can be trusted."""
    if kept is None:
        return None
    try:
        signed = read_statement(kept, keys=keys, kind=CHECKPOINT_TYPE)
    except BadStatementError as error:
        findings.add(f"The kept checkpoint is not to be trusted: {error}.")
        return None
    return int(signed["tree_size"]), str(signed["root_hash"])


def _signature_fault(row: Checkpoint, keys: dict[str, LoadedKey]) -> str:
    try:
        signed = read_statement(row.signature, keys=keys, kind=CHECKPOINT_TYPE)
    except BadStatementError as error:
        return str(error)
    stated = (signed.get("tree_size"), signed.get("root_hash"), signed.get("at"))
    if stated != (row.tree_size, bytes(row.root_hash).hex(), timestamp(row.at)):
        return "its signature is over something else"
    return ""


def _find_unsigned(signed: Checkpoint | None, size: int, at: datetime, findings: _Findings) -> None:
    """A log without its signatures proves nothing: whoever rewrites all rows leaves none behind.

    The tail is measured by the time in the last good checkpoint, which is signed, and not by the
    times of the events in it, which whoever altered those events chose.
    """
    covered = signed.tree_size if signed else 0
    if covered == size:
        return
    if signed is None:
        findings.add(f"No good checkpoint covers any of the {size} events.", 0)
    elif size - covered > MOST_UNSIGNED or at - signed.at > LONGEST_UNSIGNED:
        when = timestamp(signed.at)
        text = f"The last good checkpoint covers {covered} of {size} events and is of {when}."
        findings.add(text, covered)


def _find_outsiders(findings: _Findings) -> None:
    """Events the log does not know and never will, and leaves outside its numbering."""
    if Leaf.objects.filter(sequence__lt=0).exists():
        findings.add("There are leaves with a negative number.", 0)
    lost = Event.objects.filter(leaf__isnull=True, pendingevent__isnull=True)
    for event in lost.order_by("id")[:MOST_FINDINGS]:
        findings.add(f"Event {event.public_id} is neither sealed nor waiting for it.")
