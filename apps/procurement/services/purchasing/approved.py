"""What orders may be raised to again, for whoever asks what else counts with a purchase."""

from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from apps.procurement.models import OrderChange, OrderRevision
from apps.procurement.policy.contents import draft_of_content
from apps.procurement.policy.totals import order_totals
from apps.procurement.services.purchasing.proposed import Proposed
from apps.procurement.states import ChangeStatus


def approved_in_orders() -> Subquery:
    """For an annotation of orders: what each said when it was last approved, which it may be raised
    to without a further word; null for those that were never changed within that.
    """
    within = OrderChange.objects.filter(
        order=OuterRef("order"), status=ChangeStatus.ACCEPTED, exceeds=[]
    )
    approved = OrderRevision.objects.filter(
        Exists(within), order=OuterRef("pk"), content_sha256=OuterRef("approved_hash")
    )
    return Subquery(approved.order_by("revision").values("content")[:1])


def said_in(content: dict[str, Any]) -> Proposed:
    """A revision's content, as a proposal of it would be."""
    draft = draft_of_content(content)
    return Proposed(draft, order_totals(draft))
