"""The sealer: gap-free order, complete subtrees, signed roots; one at a time, at any moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event as Flag

import pytest
from django.db import DatabaseError, connection, transaction
from joserfc import jws
from joserfc.jwk import KeySet

from apps.audit.canonical import leaf_bytes
from apps.audit.merkle import EMPTY_ROOT, leaf_hash
from apps.audit.models import AuditKey, Checkpoint, Event, Leaf, Node, PendingEvent
from apps.audit.selectors import log_size, unsealed_count, verify_log
from apps.audit.selectors.log import facts_of
from apps.audit.services import (
    SealResult,
    TrailDamagedError,
    ensure_signing_key,
    seal_audit,
    seal_pending,
    sign_checkpoint,
)
from apps.core.keys import public_jwks
from tests.audit.test_merkle import naive_root
from tests.factories.audit import events, sealed_events, signed_log, triggers_off


def in_thread(work: Callable[[], object]) -> object:
    try:
        return work()
    finally:
        connection.close()


@pytest.mark.django_db
def test_sealing_gives_events_their_places_in_the_order_of_their_ids() -> None:
    written = events(5)

    result = seal_pending()

    assert result == SealResult(sealed=5, tree_size=5)
    assert list(Leaf.objects.values_list("sequence", "event_id")) == [
        (place, event.pk) for place, event in enumerate(sorted(written, key=lambda row: row.pk))
    ]
    assert unsealed_count() == 0


@pytest.mark.django_db
def test_sealing_keeps_the_leaf_hash_and_each_complete_subtree() -> None:
    written = events(5)

    seal_pending()

    hashes = [leaf_hash(leaf_bytes(facts_of(event))) for event in written]
    assert [bytes(leaf.leaf_hash) for leaf in Leaf.objects.all()] == hashes
    assert {(row.level, row.index): bytes(row.node_hash) for row in Node.objects.all()} == {
        (1, 0): naive_root(hashes[:2]),
        (1, 1): naive_root(hashes[2:4]),
        (2, 0): naive_root(hashes[:4]),
    }
    assert str(Node.objects.get(level=2)) == "2/0"


@pytest.mark.django_db
def test_sealing_takes_the_oldest_first_and_goes_on_where_it_stopped() -> None:
    written = events(7)

    results = [seal_pending(limit=3) for _ in range(4)]

    assert [(result.sealed, result.tree_size) for result in results] == [
        (3, 3),
        (3, 6),
        (1, 7),
        (0, 7),
    ]
    assert list(Leaf.objects.values_list("event_id", flat=True)) == [row.pk for row in written]


@pytest.mark.django_db
def test_the_job_seals_all_that_waits_in_batches(at: datetime) -> None:
    events(5001)

    assert seal_audit(at=at) == {"sealed": 5001, "checkpoints": 1}
    assert seal_audit(at=at) == {"sealed": 0, "checkpoints": 0}
    assert verify_log(at=at).ok


@pytest.mark.django_db
def test_the_job_leaves_a_very_long_queue_for_its_next_run(at: datetime) -> None:
    events(30)

    assert seal_audit(at=at, batch=1) == {"sealed": 20, "checkpoints": 1}
    assert unsealed_count() == 10


@pytest.mark.django_db
def test_the_job_signs_each_batch_that_makes_a_checkpoint_due(at: datetime) -> None:
    events(2500)

    assert seal_audit(at=at, batch=1000) == {"sealed": 2500, "checkpoints": 2}
    sizes = list(Checkpoint.objects.values_list("tree_size", flat=True))
    assert sizes == [2000, 1000]


@pytest.mark.django_db
def test_a_batch_that_cannot_be_signed_is_not_sealed(at: datetime) -> None:
    """Else a moment, or a crash, would leave a long unsigned tail."""
    events(3)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_checkpoint ADD CONSTRAINT never CHECK (tree_size < 0)")

    with pytest.raises(DatabaseError):
        seal_audit(at=at)

    assert (log_size(), unsealed_count()) == (0, 3)


@pytest.mark.django_db
def test_sealing_refuses_to_build_on_a_damaged_log() -> None:
    sealed_events(2)
    with triggers_off() as cursor:
        cursor.execute("DELETE FROM audit_node")
    events(1)

    with pytest.raises(TrailDamagedError, match="the log has no hash at level 1, index 0"):
        seal_pending()


@pytest.mark.django_db
def test_checkpoint_is_a_signature_anybody_can_verify(at: datetime) -> None:
    written = sealed_events(3)

    checkpoint = sign_checkpoint(at=at)

    assert checkpoint is not None
    root = naive_root([leaf_hash(leaf_bytes(facts_of(event))) for event in written])
    signed = jws.deserialize_compact(
        checkpoint.signature, KeySet.import_key_set(public_jwks(AuditKey)), algorithms=["ES256"]
    )
    kid = AuditKey.objects.get().kid
    assert signed.headers() == {
        "alg": "ES256",
        "kid": kid,
        "typ": "countersign-checkpoint+json",
    }
    moment = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert (
        signed.payload
        == (
            f'{{"at":"{moment}","origin":"https://buyer.example","root_hash":"{root.hex()}",'
            f'"tree_size":3}}'
        ).encode()
    )
    assert (bytes(checkpoint.root_hash), checkpoint.at) == (root, at)
    assert str(checkpoint) == "checkpoint 3"


@pytest.mark.django_db
def test_no_checkpoint_of_an_empty_log(at: datetime) -> None:
    assert sign_checkpoint(at=at, force=True) is None
    assert EMPTY_ROOT not in set(Checkpoint.objects.values_list("root_hash", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("more", "later", "force", "signed"),
    (
        (1, timedelta(seconds=59), False, False),
        (1, timedelta(seconds=60), False, True),
        (0, timedelta(hours=1), False, False),
        (0, timedelta(hours=1), True, False),
        (999, timedelta(0), False, False),
        (1000, timedelta(0), False, True),
        (1, timedelta(0), True, True),
    ),
)
def test_checkpoint_after_a_minute_or_a_thousand_events(
    at: datetime, more: int, later: timedelta, *, force: bool, signed: bool
) -> None:
    sealed_events(2)
    sign_checkpoint(at=at)
    sealed_events(more)

    again = sign_checkpoint(at=at + later, force=force)

    assert (again is not None) is signed
    assert Checkpoint.objects.count() == 1 + signed


@pytest.mark.django_db
def test_the_signing_key_is_made_once(at: datetime) -> None:
    ensure_signing_key(at=at)
    ensure_signing_key(at=at)

    assert [key.state for key in AuditKey.objects.all()] == ["active"]


@pytest.mark.django_db(transaction=True)
def test_a_second_sealer_leaves_the_work_to_the_first(at: datetime) -> None:
    signed_log(2)
    events(3)
    sealing, go_on = Flag(), Flag()

    def first() -> SealResult:
        with transaction.atomic():
            result = seal_pending()
            sealing.set()
            go_on.wait(10)
        return result

    with ThreadPoolExecutor() as pool:
        running = pool.submit(in_thread, first)
        assert sealing.wait(10)
        second = seal_pending()
        checkpoint = sign_checkpoint(at=at, force=True)
        go_on.set()

        assert second == SealResult(sealed=0, tree_size=2)
        assert checkpoint is None
        assert running.result() == SealResult(sealed=3, tree_size=5)


@pytest.mark.django_db(transaction=True)
def test_writers_and_four_sealers_at_once_lose_and_double_nothing() -> None:
    writing = Flag()
    writing.set()

    def write() -> None:
        for _ in range(20):
            events(5)

    def seal() -> int:
        sealed = 0
        while writing.is_set() or PendingEvent.objects.exists():
            sealed += seal_pending(limit=30).sealed
        return sealed

    with ThreadPoolExecutor(max_workers=7) as pool:
        sealers = [pool.submit(in_thread, seal) for _ in range(4)]
        for writer in [pool.submit(in_thread, write) for _ in range(3)]:
            writer.result()
        writing.clear()
        sealed = [sealer.result() for sealer in sealers]

    assert sum(sealed) == 300
    assert list(Leaf.objects.values_list("sequence", flat=True)) == list(range(300))
    assert set(Leaf.objects.values_list("event_id", flat=True)) == set(
        Event.objects.values_list("id", flat=True)
    )
    sign_checkpoint(at=datetime.now(tz=UTC))
    assert verify_log(at=datetime.now(tz=UTC)).ok


@pytest.mark.django_db(transaction=True)
def test_a_sealer_killed_before_its_commit_leaves_no_trace() -> None:
    events(5)

    def sealer_whose_connection_dies() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            assert seal_pending().sealed == 5
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with ThreadPoolExecutor() as pool, pytest.raises(DatabaseError):
        pool.submit(in_thread, sealer_whose_connection_dies).result()

    assert (log_size(), Node.objects.count(), unsealed_count()) == (0, 0, 5)
    assert seal_pending() == SealResult(sealed=5, tree_size=5)
    sign_checkpoint(at=datetime.now(tz=UTC))
    assert verify_log(at=datetime.now(tz=UTC)).ok
