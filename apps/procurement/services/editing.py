"""Changing a draft."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Unpack

from django.db import transaction

from apps.core.errors import FieldError, InvalidTransitionError, ValidationFailedError
from apps.procurement.models import PurchaseOrder, RevisionAct
from apps.procurement.policy.contents import draft_of_content
from apps.procurement.policy.costs import sees_costs
from apps.procurement.policy.drafts import OrderDraft
from apps.procurement.policy.parties import own_project
from apps.procurement.policy.purchasing.drafted import purchase_of_draft
from apps.procurement.selectors.documents import content_with_costs, order_content
from apps.procurement.selectors.orders import visible_order
from apps.procurement.services.asking import Asked, begin_for_buyer, circumstances
from apps.procurement.services.drafting import reckon, vendor_of
from apps.procurement.services.revisions import keep_revision
from apps.procurement.services.rewriting import rewrite_order
from apps.procurement.services.spending import require_orderable
from apps.procurement.services.writes import count_write
from apps.procurement.states import OrderStatus


@transaction.atomic
def update_order(
    *, redraft: Callable[[dict[str, Any]], OrderDraft], **asked: Unpack[Asked]
) -> PurchaseOrder:
    """The draft says what ``redraft`` makes of its content, which has no totals, for they follow,
    and costs for who may know them. Of who may not, lines keep their costs by their numbers. What
    changes nothing writes nothing.

    Raises NotFoundError, ProjectClosedError, ForbiddenError, InvalidTransitionError,
    PrincipalMismatchError, ValidationFailedError, TotalsMismatchError, what require_orderable,
    precondition and redraft raise.
    """
    order, session_id = begin_for_buyer(asked, "create")
    _require_draft(order)
    content = content_with_costs(order) if sees_costs(asked["actor"]) else order_content(order)
    draft = redraft({name: said for name, said in content.items() if name != "totals"})
    if draft.project != content["project"]:
        own_project(asked["actor"], draft.project)
        fault = FieldError("/project", "fixed", "An order stays in its project.")
        raise ValidationFailedError("Draft another order for it.", errors=[fault])
    totals = reckon(draft)
    before = draft_of_content(content)
    if replace(draft, totals=None) == before:
        return order
    moves = draft.vendor != before.vendor
    vendor = vendor_of(order.project, draft.vendor, asked["at"]) if moves else None
    purchase = purchase_of_draft(
        draft,
        totals,
        project=order.project_id,
        vendor=vendor.pk if vendor else order.vendor_id,
        points_at_lines=True,
    )
    decision = require_orderable(
        purchase=purchase, actor=asked["actor"], action="create", at=asked["at"]
    )
    changed = rewrite_order(order, draft, totals, vendor=vendor)
    count_write(order=order, at=asked["at"], also=changed)
    kept = visible_order(actor=asked["actor"], order_id=asked["order_id"])
    how = circumstances(asked, session_id)
    keep_revision(order=kept, act=RevisionAct.UPDATE, decision=decision, **how)
    return kept


def _require_draft(order: PurchaseOrder) -> None:
    if order.status != OrderStatus.DRAFT:
        raise InvalidTransitionError(
            "Only a draft is written anew. To an issued order, propose a change.",
            extra={"from": str(order.status), "to": OrderStatus.DRAFT.value, "allowed": []},
        )
