"""`trace_order` as the operator calls it."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

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
