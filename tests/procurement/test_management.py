"""`trace_order` as the operator calls it."""

import json
import re
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.core.ids import encode_id
from tests.factories.procurement import issued
from tests.factories.world import World

pytestmark = pytest.mark.django_db


def test_trace_order_prints_one_list(world: World) -> None:
    order, out = issued(world), StringIO()

    call_command("trace_order", order.number, "--json", stdout=out)

    traced = json.loads(out.getvalue())
    assert [(t["order"], t["number"], t["revision"], t["act"], t["status"]) for t in traced] == [
        (order.public_id, order.number, 1, "create", "draft"),
        (order.public_id, order.number, 2, "submit", "approved"),
        (order.public_id, order.number, 3, "issue", "issued"),
    ]
    session = order.created_by_session
    assert session.client is not None
    assert traced[0]["client_id"] == session.client.client_id
    assert traced[0]["session"] == {
        "id": session.public_id,
        "kind": "client",
        "client_id": session.client.client_id,
        "client": "Machine",
        "subject": None,
        "scopes": [],
        "opened_at": session.created_at.isoformat().replace("+00:00", "Z"),
        "ended_at": None,
        "end_reason": "",
    }
    assert traced[0]["event"].startswith("evt_")
    assert traced[0]["proof"] is None


def test_trace_order_of_an_unknown_number_ends_with_1(world: World) -> None:
    issued(world)
    out = StringIO()

    with pytest.raises(CommandError) as refused:
        call_command("trace_order", "PO-1999-000001", "--json", stdout=out)

    assert refused.value.returncode == 1
    assert json.loads(out.getvalue())["error"] == "not-found"


def test_trace_order_takes_the_orders_id_too(world: World) -> None:
    order, by_id, by_number = issued(world), StringIO(), StringIO()

    call_command("trace_order", order.public_id, "--json", stdout=by_id)
    call_command("trace_order", order.number, "--json", stdout=by_number)

    assert json.loads(by_id.getvalue()) == json.loads(by_number.getvalue())


@pytest.mark.parametrize(
    ("reference", "said"),
    (
        ("PO-1999-000001", "There is no order with the number PO-1999-000001."),
        (encode_id("po", UUID(int=1)), f"order with the id {encode_id('po', UUID(int=1))}."),
    ),
)
def test_trace_order_says_what_it_looked_for(world: World, reference: str, said: str) -> None:
    issued(world)

    with pytest.raises(CommandError, match=re.escape(said)):
        call_command("trace_order", reference, stdout=StringIO())


def test_trace_order_begins_with_who_did_what(world: World) -> None:
    order, out = issued(world), StringIO()

    call_command("trace_order", order.number, stdout=out)

    assert out.getvalue().splitlines()[0] == (
        f"{order.number} is issued: drafted by Machine, submitted by Machine, issued by Machine; "
        "3 revisions, 0 proved, the others not signed yet"
    )
