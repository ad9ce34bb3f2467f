"""What was refused on an order: mostly why it was not submitted, approved or issued."""

from collections.abc import Sequence

from django.http import HttpRequest

from apps.audit.selectors import denials_at
from apps.identity.admin.cells import EMPTY, link, record_url, when
from apps.identity.admin.records import Table
from apps.procurement.formats.orders import order_path
from apps.procurement.models import PurchaseOrder

SHOWN = 10
HEAD = ("When", "What", "Why", "By")
ACTS = ("submit", "approve", "reject", "issue", "cancel", "close", "hold", "release")
PARTS = ("changes", "acknowledgements", "approvals", "authorization", "lines", "revisions")


def refusals_table(request: HttpRequest, order: PurchaseOrder) -> Sequence[Table]:
    """The newest refusals over the API, whoever met them. Nothing for somebody who may not read
    the trail, and no table where nothing was refused.
    """
    if not request.user.has_perm("audit.view_event"):
        return ()
    own = order_path(order.public_id)
    asked = {own: "read or change", **{f"{own}/{name}": name for name in (*ACTS, *PARTS)}}
    rows = [
        (
            when(event.at),
            asked[event.subject_id],
            link(event.data.get("code") or EMPTY, record_url(event)),
            event.private.get("actor_label") or event.actor_id,
        )
        for event in denials_at(asked).order_by("-id")[:SHOWN]
    ]
    return (Table("Refused", HEAD, rows, ""),) if rows else ()
