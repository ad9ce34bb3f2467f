"""Proposals of change, and staff's decisions on the vendors'."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.identity.admin.acts import Act, actor_of, clock
from apps.identity.admin.cells import EMPTY, code, day, tag, to, when
from apps.identity.admin.records import Facts, Table
from apps.identity.admin.trail import part_trail
from apps.oauth.admin.who import who
from apps.procurement.admin.approvals import asked_of_change
from apps.procurement.admin.change_rows import change_table
from apps.procurement.admin.change_totals import beyond_in_words, totals_table
from apps.procurement.admin.queues import ChangesWaiting
from apps.procurement.admin.seen_with_orders import SeenWithOrders
from apps.procurement.admin.turns import KEPT, in_words, why_not_change
from apps.procurement.models import OrderChange
from apps.procurement.services import accept_change, approve_change, refuse_change
from apps.procurement.states import ChangeStatus, Side
from apps.projects.admin.filters import ProjectFilter

DECIDES = "procurement.change_purchaseorder"
APPROVES = "procurement.delete_purchaseorder"
Given = dict[str, Any]


def _done(
    service: Callable[..., OrderChange], request: HttpRequest, change: OrderChange, given: Given
) -> OrderChange:
    return service(
        actor=actor_of(request),
        at=clock(),
        order_id=change.order.public_id,
        change_id=change.public_id,
        **given,
    )


def _accept(request: HttpRequest, change: OrderChange, given: Given) -> str:
    _done(accept_change, request, change, given)
    return f"{change.order} says from now on what was proposed."


def _refuse(request: HttpRequest, change: OrderChange, given: Given) -> str:
    _done(refuse_change, request, change, given)
    return f"The proposal was refused. {change.order} stays as it is."


def _approve(request: HttpRequest, change: OrderChange, given: Given) -> str:
    if _done(approve_change, request, change, given).approved_at is None:
        return KEPT
    if change.proposed_by == Side.VENDOR:
        return "Approved. It changes nothing yet: accept it, or refuse it."
    return f"Approved. {change.order.vendor} still decides."


def _explain(_request: HttpRequest, change: OrderChange) -> Sequence[object]:
    beyond = f"It goes beyond what was approved: {beyond_in_words(change.exceeds)}."
    return (
        f"{change.order}: {change.note or 'no note was given.'}",
        beyond if change.exceeds else "It stays within what was approved.",
    )


def _looked_at(_request: HttpRequest, change: OrderChange) -> Sequence[Table]:
    """What whoever decides has before them."""
    return totals_table(change), change_table(change), asked_of_change(change, at=clock())


def _is_open(change: OrderChange) -> bool:
    return change.status == ChangeStatus.PROPOSED


def _is_vendors(change: OrderChange) -> bool:
    """And so the buyer's to decide on."""
    return _is_open(change) and change.proposed_by == Side.VENDOR


def _waits(change: OrderChange) -> bool:
    """For an approver."""
    return _is_open(change) and bool(change.exceeds) and change.approved_at is None


def _wants_approval(_request: HttpRequest, change: OrderChange) -> str:
    if not _waits(change):
        return ""
    beyond = ", ".join(change.exceeds)
    return f"it goes beyond what was approved ({beyond}), so an approver approves it first."


class OfOrdersProject(ProjectFilter):
    column = "order__project"


@admin.register(OrderChange)
class OrderChangeAdmin(SeenWithOrders[OrderChange]):
    list_display = ("order", "vendor", "proposed_by", "state", "waits", "created")
    list_filter = (ChangesWaiting, "status", "proposed_by", OfOrdersProject)
    list_select_related = ("order__vendor",)
    search_fields = ("order__number", "order__vendor__name", "note")
    date_hierarchy = "created_at"
    empty_hint = "Nobody has proposed a change to an order yet."
    acts: ClassVar[Sequence[Act[OrderChange]]] = (
        Act(
            name="approve",
            step_up=True,
            label="Approve",
            permission=APPROVES,
            decides=True,
            explain=_explain,
            perform=_approve,
            applies=_waits,
            why_not=why_not_change,
            tables=_looked_at,
        ),
        Act(
            name="accept",
            label="Accept",
            permission=DECIDES,
            decides=True,
            explain=_explain,
            tables=_looked_at,
            perform=_accept,
            applies=_is_vendors,
            why_not=_wants_approval,
        ),
        Act(
            name="refuse",
            label="Refuse",
            permission=DECIDES,
            decides=True,
            explain=_explain,
            tables=_looked_at,
            perform=_refuse,
            takes_away=True,
            applies=_is_vendors,
        ),
    )

    @admin.display(description="Vendor", ordering="order__vendor__name")
    def vendor(self, change: OrderChange) -> str:
        return change.order.vendor.name

    @admin.display(description="Waits for")
    def waits(self, change: OrderChange) -> str:
        """Who does something about it next."""
        if not _is_open(change):
            return EMPTY
        return (
            "an approver"
            if _waits(change)
            else "the buyer"
            if change.proposed_by == Side.VENDOR
            else "the vendor"
        )

    def waits_for(self, request: HttpRequest, change: OrderChange) -> str:
        """With whose approval it is."""
        return in_words(why_not_change(request, change)) if _waits(change) else self.waits(change)

    @admin.display(description="Status", ordering="status")
    def state(self, change: OrderChange) -> SafeString:
        return tag(change.status)

    @admin.display(description="Proposed", ordering="created_at")
    def created(self, change: OrderChange) -> SafeString | str:
        return day(change.created_at)

    def facts(self, request: HttpRequest, change: OrderChange) -> Facts:
        return (
            ("Status", tag(change.status)),
            ("Waits for", self.waits_for(request, change)),
            ("Order", to(change.order)),
            ("Proposed by the", change.get_proposed_by_display()),
            ("Note", change.note or EMPTY),
            ("Made against revision", change.base_revision),
            ("Made revision", change.resulting_revision or EMPTY),
            ("Beyond the approval", ", ".join(change.exceeds) or EMPTY),
            ("Approved", when(change.approved_at)),
            ("Approved by", who(change.approved_by_session)),
            ("Proposed", when(change.created_at)),
            ("Proposed by", who(change.created_by_session)),
            ("Decided", when(change.decided_at)),
            ("Decided by", who(change.decided_by_session)),
            ("Reason", change.decision_reason or EMPTY),
            ("Came with answer", to(change.acknowledgement)),
            ("Id", code(change.public_id)),
        )

    def tables(self, request: HttpRequest, change: OrderChange) -> Sequence[Table]:
        order_id = change.order.public_id
        return (
            *_looked_at(request, change),
            *part_trail(request, "change", change.public_id, of=order_id),
        )
