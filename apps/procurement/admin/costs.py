"""Where the cost of an order's lines goes, for staff whose role sees costs."""

from collections.abc import Sequence

from django.http import HttpRequest

from apps.identity.admin.acts import actor_of
from apps.identity.admin.records import Table
from apps.oauth.scopes import ROLE_SCOPES
from apps.procurement.models import PurchaseOrder
from apps.procurement.policy.costs import COST_SCOPE

HEAD = ("Line", "Cost centre", "Account", "Share")


def cost_tables(request: HttpRequest, order: PurchaseOrder) -> Sequence[Table]:
    """Staff act without scopes: what their buyer role could be granted counts."""
    if COST_SCOPE not in ROLE_SCOPES.get(actor_of(request).role, ()):
        return ()
    rows = [
        (line.line_no, one["cost_center"], one["account"], f"{one['share']} %")
        for line in order.lines.all()
        for one in line.cost_allocations
    ]
    return (Table("Where the cost goes", HEAD, rows, "No cost centre is named."),)
