"""What the buyer notices of somebody is not in what they read of themselves, or their own trail
would tell which ids exist and what is suspected of them.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.audit.events import Action
from apps.audit.models import Event
from apps.audit.services import Subject, record
from apps.core.actor import Actor, ActorKind
from apps.partners.models import Role
from apps.webhooks.policy import OWN_SESSIONS
from apps.webhooks.selectors import own_trail
from tests.factories.gateway import ORDERS, Caller
from tests.factories.invoices import INVOICES, invoice_body, ready
from tests.factories.partners import account, machine_caller
from tests.factories.procurement import actor_for, buyer_caller, issued
from tests.factories.receipts import seal
from tests.factories.world import World
from tests.flows.matrix import VENDOR_SCOPES

pytestmark = pytest.mark.django_db
Ask = Callable[[World, Caller, bool], Any]
NOBODYS = "0" * 26


def by_address(world: World, acme: Caller, foreign: bool) -> Any:  # noqa: FBT001 -- what is named
    order = issued(world, vendor=world.globex.public_id)
    return acme.get(f"{ORDERS}/{order.public_id if foreign else f'po_{NOBODYS}'}")


def by_filter(world: World, acme: Caller, foreign: bool) -> Any:  # noqa: FBT001 -- as above
    order = issued(world, vendor=world.globex.public_id)
    named = order.public_id if foreign else f"po_{NOBODYS}"
    return acme.get("/api/v1/shipments", **{"filter[purchase_order]": named})


def by_body(world: World, acme: Caller, foreign: bool) -> Any:  # noqa: FBT001 -- as above
    named = account(world.globex).public_id if foreign else f"bnk_{NOBODYS}"
    return acme.post(INVOICES, invoice_body(ready(world), bank_account=named))


def by_cursor(world: World, acme: Caller, foreign: bool) -> Any:  # noqa: FBT001 -- as above
    globex = machine_caller(world.globex, Role.ADMIN, *VENDOR_SCOPES)
    for _ in range(2):
        issued(world, vendor=world.globex.public_id)
    cursor = globex.get(ORDERS, limit="1").json()["page"]["next"]
    return acme.get(ORDERS, limit="1", cursor=cursor if foreign else "made-up")


def by_vendor(world: World, acme: Caller, foreign: bool) -> Any:  # noqa: FBT001 -- as above
    named = world.globex.public_id if foreign else f"ptr_{NOBODYS}"
    return acme.post(INVOICES, {**invoice_body(ready(world)), "vendor": named})


def shown(caller: Caller) -> list[tuple[str, str | None, int | None]]:
    """Actions, codes and statuses of what the caller reads of its session."""
    seal()
    place = caller.get("/api/v1/me").json()["links"]["activity"]
    return [
        (one["action"], one["data"].get("code"), one["data"].get("status"))
        for one in caller.get(place).json()["data"]
    ]


@pytest.mark.parametrize("foreign", (False, True))
@pytest.mark.parametrize(
    ("ask", "status", "told"),
    (
        (by_address, 404, [("request.denied", "not-found", 404)]),
        (by_filter, 200, []),
        (by_body, 422, []),
        (by_cursor, 400, []),
        (by_vendor, 422, [("request.denied", "principal-mismatch", 422)]),
    ),
)
def test_own_trail_tells_the_same_of_anothers_and_of_nobodys(
    world: World,
    ask: Ask,
    status: int,
    told: list[tuple[str, str, int]],
    foreign: bool,  # noqa: FBT001 -- as above
) -> None:
    acme = machine_caller(world.acme, Role.ADMIN, *VENDOR_SCOPES, OWN_SESSIONS)

    assert ask(world, acme, foreign).status_code == status

    assert shown(acme) == [*told, ("token.issued", None, None)]
    admin = replace(actor_for(world.acme), scopes=frozenset({"audit.own:read"}))
    denials = own_trail(actor=admin, action="request.denied")
    assert [(one.action, one.data["code"], one.data["status"]) for one in denials] == told
    noticed = Event.objects.filter(action=Action.REQUEST_DENIED, partner_id=world.acme.pk).count()
    assert noticed == max(int(foreign), len(told))


def test_refusal_by_a_page_is_in_ones_own_trail(world: World) -> None:
    by = Actor(kind=ActorKind.USER, id=world.bo.public_id, label="Bo")
    record(
        action=Action.REQUEST_DENIED,
        actor=by,
        at=datetime.now(UTC),
        subject=Subject("client", "clt_x", "App"),
        data={"code": "project-closed"},
    )

    assert [one.data["code"] for one in own_trail(actor=by)] == ["project-closed"]


def test_suspected_splitting_is_not_told_to_who_is_suspected(world: World) -> None:
    erp = buyer_caller(world, "purchase_orders:read", OWN_SESSIONS)
    session = Event.objects.get(action=Action.TOKEN_ISSUED).session_id
    by = replace(actor_for(world.erp), session_id=session, scopes=frozenset({"audit.own:read"}))
    for action in (Action.ORDER_SUBMITTED, Action.ORDER_SPLITTING_SUSPECTED):
        record(
            action=action,
            actor=by,
            at=datetime.now(UTC),
            subject=Subject("purchase_order", "po_x", "PO-1"),
        )

    assert [action for action, *_ in shown(erp)] == ["purchase_order.submitted", "token.issued"]
    told = own_trail(actor=by).values_list("action", flat=True)
    assert "purchase_order.submitted" in told
    assert "purchase_order.splitting_suspected" not in told
