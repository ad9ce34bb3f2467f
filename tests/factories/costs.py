"""Where a line's cost goes, and the callers who may or may not know it."""

from typing import Any

from apps.oauth.models import AccessToken
from apps.partners.models import Partner, Role
from apps.procurement.models import PurchaseOrder
from apps.procurement.policy.costs import COST_SCOPE
from apps.procurement.services import issue_order, submit_order
from tests.factories.gateway import ORDERS, Caller
from tests.factories.oauth import access_token, machine
from tests.factories.procurement import (
    actor_for,
    answered,
    asking,
    order_of,
    order_payload,
    proposed,
)
from tests.factories.world import World

ALL = ("purchase_orders:read", "purchase_orders:create", "purchase_orders:issue", COST_SCOPE)
CENTER, ACCOUNT = "CC-4100-SECRET", "ACC-6300-SECRET"


def allocation(share: str = "100.00", **said: str) -> dict[str, str]:
    return {"cost_center": CENTER, "account": ACCOUNT, "share": share, **said}


SPLIT = [allocation("60.00"), allocation("40.00", cost_center="CC-4200-SECRET")]


def allocated_payload(world: World, allocations: Any = SPLIT, **changes: Any) -> dict[str, Any]:
    """The contract's example with a place for the cost of its line."""
    payload = order_payload(world, **changes)
    lines = [{**payload["lines"][0], "cost_allocations": allocations}]
    return {**payload, "lines": lines}


def of_buyers(world: World, *scopes: str) -> Caller:
    """A program of the buyer's own; with the right to costs unless told otherwise."""
    new = machine(role=Role.APPROVER_ADMIN, scopes=scopes or ALL, projects=[world.office])
    return Caller(access_token(new))


def overreaching(vendor: Partner, *scopes: str) -> Caller:
    """A vendor's token as no grant would make it: it names scopes of the buyer's side."""
    caller = Caller(access_token(machine(partner=vendor, scopes=["purchase_orders:read"])))
    newest = AccessToken.objects.latest("created")
    newest.scope = " ".join(("purchase_orders:read", COST_SCOPE, *scopes))
    newest.save(update_fields=["scope"])
    return caller


def created(caller: Caller, world: World, allocations: Any = SPLIT, **headers: str) -> Any:
    """The answer to a good draft."""
    answer = caller.post(ORDERS, allocated_payload(world, allocations), **headers)
    assert answer.status_code == 201, answer.content
    return answer


def with_costs(world: World) -> PurchaseOrder:
    """Issued, answered with a proposal, with a place for its cost."""
    found = order_of(created(of_buyers(world), world))
    actor, vendor = (actor_for(partner, world.office) for partner in (world.erp, world.acme))
    submit_order(**asking(found, actor))
    issue_order(**asking(found, actor))
    answered(found, vendor, "AB")
    proposed(found, vendor)
    return found


def kept(order: PurchaseOrder) -> Any:
    return order.lines.get(line_no=1).cost_allocations
