"""Searching the trail and proving that an event is in it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.audit.merkle import verify_inclusion
from apps.audit.models import Event
from apps.audit.selectors import events_naming, inclusion_proof, search_trail
from apps.core.ids import encode_id
from tests.factories.audit import events, new_event, sealed_events, signed_log, triggers_off

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_every_event_of_a_log_is_proved_against_its_checkpoint() -> None:
    written = signed_log(3, 1, 9)

    for sequence, event in enumerate(written):
        proof = inclusion_proof(event)
        assert proof is not None
        assert proof.sequence == sequence
        assert proof.tree_size == proof.checkpoint.tree_size == (3, 3, 3, 4, *[13] * 9)[sequence]
        assert verify_inclusion(
            leaf=bytes.fromhex(proof.leaf_hash),
            index=proof.sequence,
            size=proof.tree_size,
            path=[bytes.fromhex(part) for part in proof.path],
            root=bytes(proof.checkpoint.root_hash),
        )


def test_a_proof_does_not_change_while_the_log_grows() -> None:
    written = signed_log(3)
    before = inclusion_proof(written[1])

    signed_log(5)

    assert inclusion_proof(written[1]) == before


def test_a_proof_as_a_document() -> None:
    (event,) = signed_log(1)
    proof = inclusion_proof(event)

    assert proof is not None
    assert proof.document() == {
        "leaf_index": 0,
        "tree_size": 1,
        "leaf_hash": bytes(event.leaf.leaf_hash).hex(),
        "path": [],
        "checkpoint": proof.checkpoint.signature,
    }


def test_no_proof_before_the_seal_nor_before_the_checkpoint() -> None:
    (waiting,) = events(1)
    assert inclusion_proof(waiting) is None

    (sealed,) = sealed_events(1)
    assert inclusion_proof(sealed) is None


def test_a_proof_from_a_damaged_log_is_refused() -> None:
    written = signed_log(4)
    with triggers_off() as cursor:
        cursor.execute("DELETE FROM audit_node WHERE level = 1 AND index = 1")

    with pytest.raises(LookupError, match="no hash at level 1, index 1"):
        inclusion_proof(written[0])


@pytest.mark.parametrize("size", (2, 300))
def test_a_proof_reads_a_few_rows_however_long_the_log(
    size: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    written = signed_log(size)

    with django_assert_max_num_queries(4):
        inclusion_proof(written[0])


@pytest.mark.parametrize(
    "column",
    (
        "subject_id",
        "actor_id",
        "client_id",
        "session_id",
        "partner_id",
        "request_id",
        "action",
        "outcome",
    ),
)
def test_the_trail_is_searched_by_each_column(column: str) -> None:
    wanted = new_event(actor_id="a", client_id="c", action="user.created", outcome="denied")
    wanted.save()
    events(2)
    by: dict[str, Any] = {column: getattr(wanted, column)}

    assert [event.pk for event in search_trail(**by)] == [wanted.pk]


def test_the_trail_is_searched_by_all_that_is_given_newest_first() -> None:
    rows = events(3, client_id="c", action="user.created")
    events(1, client_id="c")
    events(1, action="user.created")

    found = search_trail(client_id="c", action="user.created")

    assert [event.pk for event in found] == [event.pk for event in reversed(rows)]


def test_the_trail_is_searched_by_time_with_the_end_left_out() -> None:
    for minutes in range(4):
        new_event(at=NOW + timedelta(minutes=minutes), subject_label=str(minutes)).save()

    found = search_trail(since=NOW + timedelta(minutes=1), until=NOW + timedelta(minutes=3))

    assert {event.subject_label for event in found} == {"1", "2"}


def test_events_are_found_by_whatever_names_them() -> None:
    wanted = new_event(subject_label="PO-7", actor_id="a", client_id="c")
    wanted.save()
    events(2)

    for term in (
        wanted.subject_id,
        "PO-7",
        "a",
        "c",
        wanted.request_id,
        wanted.public_id,
        encode_id("ses", wanted.session_id),
        encode_id("ptr", wanted.partner_id),
    ):
        assert list(events_naming(term)) == [wanted]


@pytest.mark.parametrize("term", ("PO-", "po_", "evt_0", "nothing"))
def test_part_of_a_name_finds_nothing(term: str) -> None:
    events(2)

    assert list(events_naming(term)) == []
    assert Event.objects.count() == 2
