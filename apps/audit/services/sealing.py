"""The sealer: gives waiting events their place in the Merkle log and signs checkpoints of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from apps.audit.canonical import EventFacts, leaf_bytes, timestamp
from apps.audit.jose import CHECKPOINT_TYPE, sign_statement
from apps.audit.merkle import Frontier, leaf_hash
from apps.audit.models import AuditKey, Checkpoint, PendingEvent
from apps.audit.selectors.log import events_waiting, load_frontier, log_size
from apps.audit.services.locks import try_lock
from apps.core.keys import NoSigningKeyError, active_key, create_active_key

LOCK = "audit.seal"
BATCH = 5000
MOST_BATCHES = 20
CHECKPOINT_PERIOD = timedelta(minutes=1)
CHECKPOINT_EVENTS = 1000


class TrailDamagedError(RuntimeError):
    """The log's rows contradict one another; `verify_audit` names the place."""


@dataclass(frozen=True)
class SealResult:
    sealed: int
    tree_size: int


def seal_audit(
    *, at: datetime, force_checkpoint: bool = False, batch: int = BATCH
) -> dict[str, int]:
    """Seal all that waits, in bounded batches, and sign a checkpoint whenever one is due.

    A batch and the signature it makes due are one transaction, so that no moment shows a long
    unsigned tail: verification takes one for a forgery.
    """
    ensure_signing_key(at=at)
    sealed = checkpoints = 0
    for _ in range(MOST_BATCHES):
        with transaction.atomic():
            result = seal_pending(limit=batch)
            checkpoints += _sign(at, force=force_checkpoint) is not None
        sealed += result.sealed
        if result.sealed < batch:
            break
    return {"sealed": sealed, "checkpoints": checkpoints}


def seal_pending(*, limit: int = BATCH) -> SealResult:
    """Append the oldest waiting events to the log; nothing while another sealer runs.

    One transaction: killed at any moment, it leaves no trace. The place of an event is decided
    here and not when it was written, so writers never queue, and no place is ever skipped.
    Raises TrailDamagedError.
    """
    with transaction.atomic():
        if not try_lock(LOCK):
            return SealResult(sealed=0, tree_size=log_size())
        events = events_waiting(limit)
        if not events:
            return SealResult(sealed=0, tree_size=log_size())
        frontier = _stored_frontier()
        _append(events, frontier)
        return SealResult(sealed=len(events), tree_size=frontier.size)


def sign_checkpoint(*, at: datetime, force: bool = False) -> Checkpoint | None:
    """Sign the log's root when it has grown and a minute has passed or 1,000 events have come.

    The signature is a compact JWS of type `countersign-checkpoint+json`, ES256, over the
    canonical JSON of `origin` (PUBLIC_URL), `tree_size`, `root_hash` (hexadecimal) and `at`.
    ``force`` signs whenever the log has grown. None when nothing was signed. Raises
    TrailDamagedError.
    """
    ensure_signing_key(at=at)
    return _sign(at, force=force)


def _sign(at: datetime, *, force: bool) -> Checkpoint | None:
    with transaction.atomic():
        if not try_lock(LOCK) or not _is_due(at, force=force):
            return None
        frontier = _stored_frontier()
        root = frontier.root()
        statement = {
            "origin": settings.PUBLIC_URL,
            "tree_size": frontier.size,
            "root_hash": root.hex(),
            "at": timestamp(at),
        }
        return Checkpoint.objects.create(
            tree_size=frontier.size,
            root_hash=root,
            at=at,
            signature=sign_statement(statement, key=active_key(AuditKey), kind=CHECKPOINT_TYPE),
        )


def ensure_signing_key(*, at: datetime) -> None:
    """Make the first key. Not within a transaction: the key is remembered once it is read."""
    try:
        active_key(AuditKey)
    except NoSigningKeyError:
        create_active_key(model=AuditKey, at=at)


def _is_due(at: datetime, *, force: bool) -> bool:
    size, last = log_size(), Checkpoint.objects.first()
    grown = size - (last.tree_size if last else 0)
    if grown <= 0:
        return False
    if force or last is None:
        return True
    return grown >= CHECKPOINT_EVENTS or at - last.at >= CHECKPOINT_PERIOD


def _stored_frontier() -> Frontier:
    try:
        return load_frontier(log_size())
    except LookupError as error:
        raise TrailDamagedError(f"The trail cannot grow: {error}.") from error


def _append(events: list[EventFacts], frontier: Frontier) -> None:
    leaves: list[tuple[object, ...]] = []
    nodes: list[tuple[object, ...]] = []
    for event in events:
        hashed = leaf_hash(leaf_bytes(event))
        leaves.append((frontier.size, event.id, hashed))
        nodes.extend((*place, found) for place, found in frontier.append(hashed))
    _copy("COPY audit_leaf (sequence, event_id, leaf_hash) FROM STDIN", leaves)
    _copy("COPY audit_node (level, index, node_hash) FROM STDIN", nodes)
    PendingEvent.objects.filter(event_id__in=[event.id for event in events]).delete()


def _copy(statement: str, rows: list[tuple[object, ...]]) -> None:
    """PostgreSQL's bulk way in: a third of bulk_create's time for rows of hashes."""
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
