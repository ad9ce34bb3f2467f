"""What the database itself refuses, whoever asks."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from apps.audit.events import Action, Outcome
from apps.audit.models import Checkpoint, Event, Leaf, Node, PendingEvent
from apps.audit.services import Subject, record
from apps.core.actor import Actor, ActorKind, Origin
from apps.core.ids import new_id
from tests.factories.audit import events, new_event, signed_log

pytestmark = pytest.mark.django_db

GUARDED = ["audit_event", "audit_leaf", "audit_node", "audit_checkpoint"]
CHANGES = {
    "audit_event": "UPDATE audit_event SET action = 'x'",
    "audit_leaf": "UPDATE audit_leaf SET sequence = 9",
    "audit_node": "UPDATE audit_node SET node_hash = ''",
    "audit_checkpoint": "UPDATE audit_checkpoint SET signature = ''",
}


def refused(statement: str) -> str:
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        connection.cursor().execute(statement)
    return str(caught.value).splitlines()[0]


@pytest.mark.parametrize("table", GUARDED)
def test_update_is_refused(table: str) -> None:
    signed_log(2)

    said = refused(CHANGES[table])

    assert said == f"UPDATE on {table} is refused: the trail is append-only"


@pytest.mark.parametrize("table", GUARDED)
def test_delete_is_refused(table: str) -> None:
    signed_log(2)

    said = refused(f"DELETE FROM {table}")  # noqa: S608 -- one of the four names above

    assert said == f"DELETE on {table} is refused: the trail is append-only"


@pytest.mark.parametrize("table", GUARDED)
def test_truncate_is_refused(table: str) -> None:
    said = refused(f"TRUNCATE {table} CASCADE")

    assert said == f"TRUNCATE on {table} is refused: the trail is append-only"


@pytest.mark.parametrize(
    "change",
    (
        lambda row: row.save(),
        lambda row: row.delete(),
    ),
)
@pytest.mark.parametrize("model", (Event, Leaf, Node, Checkpoint))
def test_the_models_say_so_before_the_database(
    model: type[Any], change: Callable[[Any], None]
) -> None:
    signed_log(2)
    row = model.objects.first()

    with pytest.raises(TypeError, match=f"{model.__name__} rows are append-only"):
        change(row)


def test_every_event_waits_for_its_seal_however_it_was_written() -> None:
    saved = new_event()
    saved.save()
    written = {saved.pk, *(event.pk for event in events(3))}

    assert set(PendingEvent.objects.values_list("event_id", flat=True)) == written


@pytest.mark.parametrize("value", (0.5, 2**53, -(2**53), {"deep": [{"n": 0.1}]}), ids=str)
@pytest.mark.parametrize("part", ("data", "private"))
def test_a_number_canonical_json_cannot_say_is_refused(part: str, value: object) -> None:
    with (
        pytest.raises(IntegrityError, match="audit_event_whole_numbers"),
        transaction.atomic(),
    ):
        new_event(**{part: {"n": value}}).save()


def test_texts_that_look_like_numbers_are_accepted() -> None:
    event = new_event(data={"amount": "0.5", "count": 2**53 - 1})
    event.save()

    assert Event.objects.get(pk=event.pk).data == {"amount": "0.5", "count": 2**53 - 1}


def test_record_keeps_the_actor_and_its_origin_apart_from_what_a_partner_may_see(
    at: datetime,
) -> None:
    actor = Actor(
        kind=ActorKind.USER,
        id="usr_1",
        label="ana@acme.example",
        session_id=new_id(),
        client_id="acme",
        partner_id=new_id(),
        origin=Origin(request_id="req-1", ip="192.0.2.7", user_agent="curl"),
    )

    event = record(
        action=Action.ORDER_ACKNOWLEDGED,
        actor=actor,
        at=at,
        subject=Subject("purchase_order", "po_1", "PO-1"),
        data={"revision": 3},
        private={"policy": "none"},
        outcome=Outcome.DENIED,
    )

    kept = Event.objects.get(pk=event.pk)
    assert kept.data == {"revision": 3}
    assert kept.private == {
        "actor_label": "ana@acme.example",
        "ip": "192.0.2.7",
        "user_agent": "curl",
        "policy": "none",
    }
    assert (kept.actor_kind, kept.actor_id, kept.client_id) == ("user", "usr_1", "acme")
    assert (kept.session_id, kept.partner_id) == (actor.session_id, actor.partner_id)
    assert (kept.request_id, kept.outcome, kept.at) == ("req-1", "denied", at)
    assert str(kept) == "purchase_order.acknowledged PO-1"
    assert len(kept.salt) == 32
