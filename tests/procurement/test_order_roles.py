"""What each role may do to an order, with every scope that its machines are given."""

from datetime import UTC, datetime

import pytest

from apps.oauth.scopes import CATALOGUE, ROLE_SCOPES, Tier
from apps.partners.models import VENDOR_ROLES, Role
from tests.factories.gateway import ORDERS, Caller
from tests.factories.oauth import access_token, machine
from tests.factories.procurement import issued
from tests.factories.world import World

pytestmark = pytest.mark.django_db
READS = {"", "/lines", "/changes", "/revisions", "/acknowledgements"}
ACTS = {
    "submit", "approve", "reject", "issue", "cancel", "close", "hold", "release", "changes",
    "acknowledgements",
}  # fmt: skip
WRITES = {"patch", "submit", "issue"}
# Approving is for people: tests/procurement/test_order_api.py.
MAY: dict[Role, set[str]] = {
    Role.VIEWER: set(),
    Role.EDITOR: WRITES | {"hold", "release", "changes"},
    Role.APPROVER_ADMIN: WRITES | {"hold", "release", "changes", "cancel", "close"},
    Role.INTEGRATION: WRITES,
    Role.SALESPERSON: set(),
    Role.MANAGER: {"changes", "acknowledgements"},
    Role.ADMIN: {"changes", "acknowledgements", "hold", "release"},
}


def caller_of(world: World, role: Role) -> Caller:
    scopes = [
        name
        for name in ROLE_SCOPES[role]
        if name.startswith("purchase_orders")
        and CATALOGUE[name].tier != Tier.RESTRICTED
        and not CATALOGUE[name].people_only
    ]
    if role in VENDOR_ROLES:
        return Caller(access_token(machine(partner=world.acme, role=role, scopes=scopes)))
    return Caller(access_token(machine(role=role, scopes=scopes, projects=[world.office])))


@pytest.mark.parametrize("role", Role)
def test_role_reads_and_does_what_is_its_own(world: World, role: Role) -> None:
    """With a tag that is stale: 412 says that the act was the caller's to try."""
    path, caller = f"{ORDERS}/{issued(world).public_id}", caller_of(world, role)
    bodies = {"acknowledgements": {"response": "AP"}}

    read = {place for place in READS if caller.get(path + place).status_code == 200}
    tried = {
        name: caller.post(f"{path}/{name}", bodies.get(name), If_Match='"stale"').status_code
        for name in ACTS
    }
    tried["patch"] = caller.patch(path, {}, If_Match='"stale"').status_code

    assert read == READS
    assert set(tried.values()) <= {403, 412}
    assert {name for name, status in tried.items() if status == 412} == MAY[role]


def test_member_that_left_the_project_reads_nothing_of_its_orders(world: World) -> None:
    path, caller = f"{ORDERS}/{issued(world).public_id}", caller_of(world, Role.MANAGER)
    member = world.office.members.get(partner=world.acme)
    member.valid_until = datetime.now(tz=UTC)
    member.save()

    assert {caller.get(path + place).status_code for place in READS} <= {401, 403}
