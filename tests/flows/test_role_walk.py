"""Every address with every role: a machine that has all the scopes of its role may try what they
are for, and is told which scope it lacks for the rest.
"""

import re

import pytest
from django.db import transaction

from apps.oauth.scopes import CATALOGUE, OFFLINE_ACCESS, ROLE_SCOPES
from apps.partners.models import VENDOR_ROLES, Role
from apps.procurement.models import PurchaseOrder
from tests.factories.gateway import Caller
from tests.factories.partners import buyer_machine, machine_caller
from tests.factories.procurement import issued
from tests.factories.world import World
from tests.flows.intruder import asks, filled_in
from tests.flows.matrix import ORDER, rows
from tests.flows.needs import needed

pytestmark = pytest.mark.django_db
ALLOWED = {200, 201, 400, 409, 412, 422}  # 400: a proof of nothing in particular was asked for.
# Whatever a vendor's scopes are: who approves an order is the buyer's business.
NOT_A_VENDORS = {("GET", f"{ORDER}/approvals"): 403}


def scopes_of(role: Role) -> set[str]:
    """All that a machine of the role may have."""
    return {
        name for name in ROLE_SCOPES[role] - {OFFLINE_ACCESS} if not CATALOGUE[name].people_only
    }


def caller_of(world: World, role: Role) -> Caller:
    scopes = sorted(scopes_of(role))
    if role in VENDOR_ROLES:
        return machine_caller(world.acme, role, *scopes)
    return buyer_machine(world, role, *scopes)


def tried(caller: Caller, method: str, route: str, world: World) -> int:
    """The status for what is the vendor's own, or the caller's own session; nothing of it stays.
    With a tag that is stale: 412 says that the act was the caller's to try.
    """
    if "<str:session_id>" in route:
        route = route.replace("<str:session_id>", caller.get("/api/v1/me").json()["session"])
    with transaction.atomic():
        order = issued(world)
        path = filled_in(route.replace("<str:name>", "units"), order)
        answer = asks(caller, method, path, order, if_match='"stale"')
        transaction.set_rollback(True)
    return int(answer.status_code)


def refused(caller: Caller, method: str, route: str, order: PurchaseOrder) -> list[str]:
    """The scopes that a refusal says are needed, in the body and in the challenge. Whether there is
    such a resource is not looked at.
    """
    path = f"/api/v1/{re.sub('<str:[a-z_]+>', 'x', route)}"
    answer = asks(caller, method, path, order)
    if answer.status_code != 403 or answer.json()["code"] != "insufficient-scope":
        return []
    challenge = answer["WWW-Authenticate"]
    return [scope for scope in answer.json()["required"] if scope in challenge]


@pytest.mark.parametrize("role", Role)
def test_role_tries_what_its_scopes_are_for(world: World, role: Role) -> None:
    caller, scopes = caller_of(world, role), scopes_of(role)

    order = issued(world)
    lacking, refusals, statuses = {}, {}, {}
    for method, route in rows():
        scope = needed(method, route)
        if scope and scope not in scopes:
            lacking[method, route] = scope
            told = refused(caller, method, route, order)
            refusals[method, route] = scope if scope in told else " ".join(told)
        elif route != "audit-log/checkpoints/<str:tree_size>":  # Nothing is sealed.
            statuses[method, route] = tried(caller, method, route, world)

    assert refusals == lacking
    odd = {row: status for row, status in statuses.items() if status not in ALLOWED}
    assert odd == (NOT_A_VENDORS if role in VENDOR_ROLES else {})
