"""Whatever somebody with all rights changes in the trail is found, and its place is named."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from joserfc.jwk import ECKey

from apps.audit import selectors
from apps.audit.canonical import leaf_bytes, timestamp
from apps.audit.jose import CHECKPOINT_TYPE, sign_statement
from apps.audit.merkle import leaf_hash, node_hash
from apps.audit.models import AuditKey, Checkpoint, Event, Leaf, Node
from apps.audit.selectors import Verification
from apps.audit.selectors.log import facts_of
from apps.audit.services import seal_audit, seal_pending, sign_checkpoint
from apps.core.errors import ValidationFailedError
from apps.core.ids import new_id
from apps.core.keys import LoadedKey, active_key, forget_keys
from apps.core.models import SigningKeyBase
from tests.factories.audit import events, sealed_events, signed_log, triggers_off

pytestmark = pytest.mark.django_db

COLUMNS = {
    "at": "at + interval '1 microsecond'",
    "action": "'purchase_order.issued'",
    "outcome": "'denied'",
    "actor_kind": "'staff'",
    "actor_id": "'somebody else'",
    "session_id": "gen_random_uuid()",
    "client_id": "'other'",
    "partner_id": "NULL",
    "subject_kind": "'invoice'",
    "subject_id": "'po_other'",
    "subject_label": "'PO-2026-000002'",
    "request_id": "''",
    "data": """'{"revision": 2, "scopes": ["purchase_orders:create"], "largest": null}'""",
    "private": """private || '{"ip": "192.0.2.2"}'""",
    "salt": "repeat('0', 32)",
}


def tamper(statement: str, *parameters: object) -> None:
    with triggers_off() as cursor:
        cursor.execute(statement, parameters)
        assert cursor.rowcount


def verify_log(
    first: int | None = None, last: int | None = None, *, kept: str | None = None
) -> Verification:
    now = datetime.now(tz=UTC)
    return selectors.verify_log(at=now, first=first, last=last, kept=kept)


def found(verification: Verification) -> tuple[bool, int | None, str]:
    first = verification.problems[0] if verification.problems else ""
    return verification.ok, verification.first_bad, first


def test_an_empty_trail_is_good() -> None:
    assert verify_log() == Verification(
        events=0,
        checkpoints=0,
        signed_size=0,
        checkpoint=None,
        ok=True,
        first_bad=None,
        problems=[],
    )


def test_a_log_nobody_touched_is_good() -> None:
    signed_log(3, 1, 7)
    events(2)

    assert verify_log() == Verification(
        events=11,
        checkpoints=3,
        signed_size=11,
        checkpoint=Checkpoint.objects.get(tree_size=11).signature,
        ok=True,
        first_bad=None,
        problems=[],
    )


def test_a_log_of_several_chunks_is_good_and_its_last_event_is_looked_at() -> None:
    written = sealed_events(4200)
    sign_checkpoint(at=datetime.now(tz=UTC))

    assert found(verify_log()) == (True, None, "")
    assert verify_log().events == 4200

    tamper("UPDATE audit_event SET client_id = 'x' WHERE id = %s", written[-1].pk)
    assert found(verify_log()) == (False, 4199, "Event 4199 is not what was sealed.")


@pytest.mark.parametrize("column", COLUMNS)
def test_an_altered_column_is_found(column: str) -> None:
    written = signed_log(7)

    tamper(
        f"UPDATE audit_event SET {column} = {COLUMNS[column]} WHERE id = %s",  # noqa: S608 -- from the table above
        written[5].pk,
    )

    verification = verify_log()
    assert found(verification) == (False, 5, "Event 5 is not what was sealed.")
    assert verification.problems[1:] == []


def test_every_column_of_an_event_is_covered() -> None:
    fields = Event._meta.get_fields()  # noqa: SLF001 -- Django's documented name
    columns = {field.column for field in fields if field.concrete}

    assert columns - {"id"} == COLUMNS.keys()


def test_one_flipped_byte_is_found() -> None:
    written = signed_log(4)

    tamper(
        "UPDATE audit_event SET subject_label = overlay(subject_label placing '2' from 14)"
        " WHERE id = %s",
        written[2].pk,
    )

    assert found(verify_log()) == (False, 2, "Event 2 is not what was sealed.")


def test_two_events_that_changed_places_are_found() -> None:
    written = signed_log(4)
    with triggers_off() as cursor:
        cursor.execute("UPDATE audit_leaf SET event_id = %s WHERE sequence = 1", [new_id()])
        cursor.execute("UPDATE audit_leaf SET event_id = %s WHERE sequence = 2", [written[1].pk])
        cursor.execute("UPDATE audit_leaf SET event_id = %s WHERE sequence = 1", [written[2].pk])

    verification = verify_log()

    assert found(verification) == (False, 1, "Event 1 is not what was sealed.")


def test_a_deleted_event_is_found_and_the_rest_is_still_checked() -> None:
    written = signed_log(6)

    tamper("DELETE FROM audit_event WHERE id IN (%s, %s)", written[2].pk, written[5].pk)
    tamper("UPDATE audit_event SET client_id = 'x' WHERE id = %s", written[4].pk)

    verification = verify_log()
    assert verification.first_bad == 2
    assert verification.problems == [
        "The event of leaf 2 is gone.",
        "Event 4 is not what was sealed.",
        "The event of leaf 5 is gone.",
    ]


@pytest.mark.parametrize("gone", (0, 3, 5))
def test_a_deleted_leaf_ends_what_can_be_checked(gone: int) -> None:
    signed_log(6)

    tamper("DELETE FROM audit_leaf WHERE sequence = %s", gone)

    verification = verify_log()
    assert verification.first_bad == gone
    expected = f"Event {gone} of the log has no leaf."
    if gone == 5:
        expected = "A checkpoint covers 6 events, the log has 5."
    assert verification.problems[0] == expected


def test_a_cut_off_end_is_found_by_the_checkpoint_that_covered_it() -> None:
    written = signed_log(6)
    cut = [event.pk for event in written[4:]]
    tamper("DELETE FROM audit_leaf WHERE event_id = ANY(%s)", cut)
    tamper("DELETE FROM audit_event WHERE id = ANY(%s)", cut)
    tamper("DELETE FROM audit_node WHERE level = 1 AND index = 2")

    assert found(verify_log()) == (False, 4, "A checkpoint covers 6 events, the log has 4.")


def test_an_altered_leaf_hash_is_found() -> None:
    signed_log(6)

    tamper("UPDATE audit_leaf SET leaf_hash = sha256('x') WHERE sequence = 3")

    verification = verify_log()
    assert found(verification) == (False, 3, "Event 3 is not what was sealed.")
    assert verification.problems[1:] == [
        "The node over events 2 to 3 does not follow from them.",
        "The node over events 0 to 3 does not follow from them.",
        "The checkpoint of 6 events has another root.",
        "No good checkpoint covers any of the 6 events.",
    ]


@pytest.mark.parametrize(
    "statement",
    (
        "UPDATE audit_node SET node_hash = sha256('x') WHERE level = 1 AND index = 1",
        "DELETE FROM audit_node WHERE level = 1 AND index = 1",
    ),
)
def test_an_altered_or_missing_node_is_found(statement: str) -> None:
    signed_log(6)

    tamper(statement)

    verification = verify_log()
    expected = "The node over events 2 to 3 does not follow from them."
    assert found(verification) == (False, 2, expected)


def rewrite(event: Event, **changes: Any) -> bytes:
    """Change an event and its leaf hash with it."""
    for name, value in changes.items():
        setattr(event, name, value)
    hashed = leaf_hash(leaf_bytes(facts_of(event)))
    tamper("UPDATE audit_event SET client_id = %s WHERE id = %s", event.client_id, event.pk)
    tamper("UPDATE audit_leaf SET leaf_hash = %s WHERE event_id = %s", hashed, event.pk)
    return hashed


def test_an_event_rewritten_with_its_leaf_is_found_by_the_tree() -> None:
    written = signed_log(6)

    rewrite(written[3], client_id="other")

    expected = "The node over events 2 to 3 does not follow from them."
    assert found(verify_log()) == (False, 2, expected)


def test_a_rewritten_log_is_found_by_the_signed_checkpoint() -> None:
    written = signed_log(2, 2)

    hashed = rewrite(written[3], client_id="other")
    over_two = node_hash(bytes(Leaf.objects.get(sequence=2).leaf_hash), hashed)
    over_four = node_hash(bytes(Node.objects.get(level=1, index=0).node_hash), over_two)
    for level, index, value in ((1, 1, over_two), (2, 0, over_four)):
        tamper(
            "UPDATE audit_node SET node_hash = %s WHERE level = %s AND index = %s",
            value, level, index,
        )  # fmt: skip

    # The first two events stand under a checkpoint of their own, which still holds.
    expected = "The checkpoint of 4 events has another root."
    assert found(verify_log()) == (False, 2, expected)

    tamper("UPDATE audit_checkpoint SET root_hash = %s WHERE tree_size = 4", over_four)
    expected = (
        "The checkpoint of 4 events is not to be trusted: its signature is over something else."
    )
    assert found(verify_log()) == (False, 3, expected)


def foreign_key() -> LoadedKey:
    key = ECKey.generate_key("P-256", private=True)
    row = AuditKey(
        kid=key.thumbprint(),
        algorithm="ES256",
        private_jwk=json.dumps(key.as_dict(private=True)),
        public_jwk=key.as_dict(private=False),
        state=SigningKeyBase.State.RETIRED,
        created_at=datetime.now(tz=UTC),
    )
    return LoadedKey(row)


def statement_of(checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "origin": "https://buyer.example",
        "tree_size": checkpoint.tree_size,
        "root_hash": bytes(checkpoint.root_hash).hex(),
        "at": timestamp(checkpoint.at),
    }


def test_a_signature_that_is_none_of_ours_is_found() -> None:
    signed_log(3)
    checkpoint = Checkpoint.objects.get()
    own, foreign, statement = active_key(AuditKey), foreign_key(), statement_of(checkpoint)
    good = sign_statement(statement, key=own, kind=CHECKPOINT_TYPE)
    head, body, _ = good.split(".")
    other = sign_statement({**statement, "tree_size": 4}, key=own, kind=CHECKPOINT_TYPE)
    borrowed = f"{head}.{body}.{other.split('.')[2]}"

    faults = []
    for signature in (
        sign_statement(statement, key=foreign, kind=CHECKPOINT_TYPE),
        sign_statement(statement, key=own, kind="JWT"),
        borrowed,
        "",
        "a.b.c",
        good,
    ):
        tamper("UPDATE audit_checkpoint SET signature = %s", signature)
        faults.append(found(verify_log()))

    said = "The checkpoint of 3 events is not to be trusted: "
    assert faults == [
        (False, 2, f"{said}it names no key of ours."),
        (False, 2, f"{said}its type is 'JWT'."),
        (False, 2, f"{said}its signature does not verify."),
        (False, 2, f"{said}it is no signed statement."),
        (False, 2, f"{said}it is no signed statement."),
        (True, None, ""),
    ]


def test_a_public_key_swapped_in_the_database_does_not_help() -> None:
    signed_log(3)
    checkpoint, own, foreign = Checkpoint.objects.get(), active_key(AuditKey), foreign_key()
    foreign.kid = own.kid
    tamper("UPDATE audit_auditkey SET public_jwk = %s", json.dumps(foreign.public_jwk))
    tamper(
        "UPDATE audit_checkpoint SET signature = %s",
        sign_statement(statement_of(checkpoint), key=foreign, kind=CHECKPOINT_TYPE),
    )
    forget_keys()

    said = "The checkpoint of 3 events is not to be trusted: its signature does not verify."
    assert found(verify_log()) == (False, 2, said)


def test_an_event_smuggled_past_the_sealer_is_found() -> None:
    signed_log(2)
    (outsider,) = events(1)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_pendingevent")

    verification = verify_log()

    assert found(verification) == (
        False,
        None,
        f"Event {outsider.public_id} is neither sealed nor waiting for it.",
    )
    assert seal_pending().sealed == 0


def test_a_leaf_before_the_beginning_is_found() -> None:
    signed_log(2)
    (outsider,) = events(1)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_pendingevent")
        cursor.execute(
            "INSERT INTO audit_leaf (sequence, event_id, leaf_hash) VALUES (-1, %s, '')",
            [outsider.pk],
        )

    assert found(verify_log()) == (False, 0, "There are leaves with a negative number.")


def test_a_part_of_the_log_is_verified_alone() -> None:
    written = signed_log(5, 5)
    tamper("UPDATE audit_event SET client_id = 'x' WHERE id = %s", written[2].pk)

    later = verify_log(first=5, last=9)
    assert (later.events, later.checkpoints, later.signed_size) == (5, 1, 10)
    assert found(later) == (True, None, "")
    assert found(verify_log(first=0, last=1)) == (True, None, "")
    assert found(verify_log(last=2)) == (False, 2, "Event 2 is not what was sealed.")
    assert verify_log(first=2).first_bad == 2


@pytest.mark.parametrize(("first", "last"), ((4, None), (None, 4), (3, 1), (9, 12), (-1, 2)))
def test_a_part_the_log_does_not_have_is_refused(first: int | None, last: int | None) -> None:
    signed_log(4)

    with pytest.raises(ValidationFailedError, match="it has 4 events, numbered from 0"):
        verify_log(first=first, last=last)


def test_a_part_that_cannot_be_taken_up_is_refused() -> None:
    signed_log(4)
    tamper("DELETE FROM audit_node WHERE level = 1 AND index = 0")

    with pytest.raises(ValidationFailedError, match="Verify it from 0"):
        verify_log(first=2)


def test_only_the_first_hundred_faults_are_listed() -> None:
    signed_log(150)
    tamper("UPDATE audit_event SET client_id = 'x'")

    verification = verify_log()

    assert len(verification.problems) == 100
    assert (verification.events, verification.first_bad) == (150, 0)


# --- Signatures that are missing ------------------------------------------------------------------
def forge_anew(event: Event) -> None:
    """Everything short of a signature: other content, and the whole log computed over it."""
    with triggers_off() as cursor:
        cursor.execute("UPDATE audit_event SET client_id = 'x' WHERE id = %s", [event.pk])
        for table in ("checkpoint", "node", "leaf"):
            cursor.execute(f"DELETE FROM audit_{table}")  # noqa: S608 -- from the tuple above
        cursor.execute("INSERT INTO audit_pendingevent SELECT id FROM audit_event")
    while seal_pending().sealed:
        pass


def test_a_log_computed_anew_without_its_checkpoints_is_found() -> None:
    written = signed_log(3, 3)

    forge_anew(written[1])

    expected = "No good checkpoint covers any of the 6 events."
    assert found(verify_log()) == (False, 0, expected)
    assert (verify_log().signed_size, verify_log().checkpoint) == (0, None)


def signed_at(moment: datetime, size: int) -> Checkpoint:
    events(size)
    seal_audit(at=moment, force_checkpoint=True)
    return Checkpoint.objects.latest("tree_size")


@pytest.mark.parametrize(
    ("age", "tail", "good"),
    (
        (timedelta(seconds=120), 1, True),
        (timedelta(seconds=121), 1, False),
        (timedelta(hours=1), 0, True),
        (timedelta(0), 1000, True),
        (timedelta(0), 1001, False),
    ),
)
def test_only_a_short_and_young_tail_may_be_unsigned(
    age: timedelta, tail: int, *, good: bool
) -> None:
    at = datetime.now(tz=UTC)
    checkpoint = signed_at(at - age, 4)
    sealed_events(tail, at=at)

    verification = selectors.verify_log(at=at)

    text = f"The last good checkpoint covers 4 of {4 + tail} events and is of"
    expected = (True, None, "") if good else (False, 4, f"{text} {timestamp(at - age)}.")
    assert found(verification) == expected
    assert (verification.signed_size, verification.checkpoint) == (4, checkpoint.signature)


def test_times_of_the_events_do_not_excuse_a_missing_checkpoint() -> None:
    """An older checkpoint is left in place and the altered events say they are new."""
    at = datetime.now(tz=UTC)
    signed_at(at - timedelta(hours=1), 4)
    signed_at(at, 3)
    tamper("DELETE FROM audit_checkpoint WHERE tree_size = 7")

    assert found(selectors.verify_log(at=at))[:2] == (False, 4)


def test_a_bad_checkpoint_covers_nothing() -> None:
    signed_log(3)
    tamper("UPDATE audit_checkpoint SET signature = ''")

    verification = verify_log()

    assert verification.signed_size == 0
    assert verification.problems[1:] == ["No good checkpoint covers any of the 3 events."]


# --- A checkpoint kept outside --------------------------------------------------------------------
def test_a_log_that_grew_from_a_kept_checkpoint_is_good() -> None:
    signed_log(3)
    kept = verify_log().checkpoint
    signed_log(4)

    assert found(verify_log(kept=kept)) == (True, None, "")
    assert found(verify_log(kept=verify_log().checkpoint)) == (True, None, "")


def test_a_log_forged_and_signed_by_the_sealer_is_found_by_a_kept_checkpoint_alone() -> None:
    written = signed_log(3, 3)
    kept = verify_log().checkpoint

    forge_anew(written[4])
    seal_audit(at=datetime.now(tz=UTC), force_checkpoint=True)

    assert found(verify_log()) == (True, None, "")
    expected = "The kept checkpoint of 6 events has another root."
    assert found(verify_log(kept=kept)) == (False, 0, expected)


def test_a_log_shorter_than_a_kept_checkpoint_is_found() -> None:
    signed_log(2, 4)
    kept = verify_log().checkpoint
    tamper("DELETE FROM audit_checkpoint WHERE tree_size = 6")
    tamper("DELETE FROM audit_leaf WHERE sequence > 1")

    expected = "The kept checkpoint covers 6 events; what was looked at ends after 2."
    assert found(verify_log(kept=kept))[1:] == (2, expected)


def test_a_part_that_ends_before_a_kept_checkpoint_does_not_pass() -> None:
    signed_log(6)
    kept = verify_log().checkpoint

    expected = "The kept checkpoint covers 6 events; what was looked at ends after 5."
    assert found(verify_log(last=4, kept=kept)) == (False, 5, expected)
    assert found(verify_log(first=2, kept=kept)) == (True, None, "")


def test_a_kept_checkpoint_of_keys_that_are_gone_is_not_taken() -> None:
    signed_log(2)
    statement = statement_of(Checkpoint.objects.get())
    kept = sign_statement(statement, key=foreign_key(), kind=CHECKPOINT_TYPE)

    expected = "The kept checkpoint is not to be trusted: it names no key of ours."
    assert found(verify_log(kept=kept)) == (False, None, expected)
