"""What open proposals would have orders say, for whoever asks what else counts with a purchase."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject

from apps.procurement.models import ApprovalStep, OrderChange, OrderRevision
from apps.procurement.policy.change_documents import change_of
from apps.procurement.policy.changes import apply_change
from apps.procurement.policy.contents import draft_of_content
from apps.procurement.policy.drafts import OrderDraft
from apps.procurement.policy.totals import Totals, order_totals
from apps.procurement.states import ChangeStatus, Side


class Proposed(NamedTuple):
    """An order as an open proposal would have it."""

    draft: OrderDraft
    totals: Totals


def proposals_in_orders() -> ArraySubquery:
    """For an annotation of orders: their open proposals, each with what it was made against, as
    proposed_in reads them. What a vendor wants beyond the approval counts from the buyer's first
    word for it on, and what was made against another content than the order's never.
    """
    changes = OrderChange.objects.filter(order=OuterRef("pk"), status=ChangeStatus.PROPOSED)
    said = OrderRevision.objects.filter(
        order=OuterRef("order"),
        revision=OuterRef("order__context_revision"),
        content_sha256=OuterRef("base_sha256"),
    )
    word = Q(approved_at__isnull=False) | Exists(ApprovalStep.objects.filter(change=OuterRef("pk")))
    counted = changes.filter(Q(proposed_by=Side.BUYER) | Q(exceeds=[]) | word)
    standing = counted.annotate(said=Subquery(said.values("content"))).exclude(said=None)
    document = JSONObject(content=F("said"), diff=F("diff"))
    return ArraySubquery(standing.order_by("pk").values_list(document))


def proposed_in(proposals: Iterable[dict[str, Any]]) -> Iterator[Proposed]:
    for one in proposals:
        yield would_be(one["content"], one["diff"])


def would_be(content: dict[str, Any], diff: dict[str, Any]) -> Proposed:
    """What an order that says this would say by the difference."""
    after = apply_change(draft_of_content(content), change_of(diff))
    return Proposed(after, order_totals(after))
