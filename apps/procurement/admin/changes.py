"""Proposals of change, and staff's decisions on the vendors'."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.gateway.policy import Precondition, entity_tag
from apps.identity.admin.acts import Act, actor_of, clock
from apps.identity.admin.cells import EMPTY, code, tag, to, when
from apps.identity.admin.records import Facts, Table
from apps.procurement.admin.seen_with_orders import SeenWithOrders
from apps.procurement.models import OrderChange
from apps.procurement.services import accept_change, approve_change, refuse_change
from apps.procurement.states import ChangeStatus, Side

DECIDES = "procurement.change_purchaseorder"
APPROVES = "procurement.delete_purchaseorder"
HEAD = ("Line", "What would change")
Given = dict[str, Any]


def _done(
    service: Callable[..., OrderChange], request: HttpRequest, change: OrderChange, given: Given
) -> None:
    seen = Precondition(tags=frozenset({entity_tag(change.public_id, change.revision)}))
    service(
        actor=actor_of(request),
        at=clock(),
        order_id=change.order.public_id,
        change_id=change.public_id,
        precondition=seen,
        reason=given["reason"],
    )


def _accept(request: HttpRequest, change: OrderChange, given: Given) -> str:
    _done(accept_change, request, change, given)
    return f"{change.order} says from now on what was proposed."


def _refuse(request: HttpRequest, change: OrderChange, given: Given) -> str:
    _done(refuse_change, request, change, given)
    return f"The proposal was refused. {change.order} stays as it is."


def _approve(request: HttpRequest, change: OrderChange, given: Given) -> str:
    _done(approve_change, request, change, given)
    return "The change is approved. The other side still decides."


def _explain(_request: HttpRequest, change: OrderChange) -> Sequence[object]:
    beyond = f"It goes beyond what was approved: {', '.join(change.exceeds)}."
    return (
        f"{change.order}: {change.note or 'no note was given.'}",
        beyond if change.exceeds else "It stays within what was approved.",
    )


def _is_open(change: OrderChange) -> bool:
    return change.status == ChangeStatus.PROPOSED


def _waits(change: OrderChange) -> bool:
    """For an approver."""
    return _is_open(change) and bool(change.exceeds) and change.approved_at is None


@admin.register(OrderChange)
class OrderChangeAdmin(SeenWithOrders[OrderChange]):
    list_display = ("public_id", "order", "proposed_by", "state", "created")
    list_filter = ("status", "proposed_by")
    list_select_related = ("order",)
    search_fields = ("order__number", "order__vendor__name", "note")
    date_hierarchy = "created_at"
    empty_hint = "Nobody has proposed a change to an order yet."
    acts: ClassVar[Sequence[Act[OrderChange]]] = (
        Act(
            name="approve",
            step_up=True,
            label="Approve",
            permission=APPROVES,
            explain=_explain,
            perform=_approve,
            applies=_waits,
        ),
        Act(
            name="accept",
            label="Accept",
            permission=DECIDES,
            explain=_explain,
            perform=_accept,
            applies=lambda change: (
                _is_open(change) and not _waits(change) and change.proposed_by == Side.VENDOR
            ),
        ),
        Act(
            name="refuse",
            label="Refuse",
            permission=DECIDES,
            explain=_explain,
            perform=_refuse,
            takes_away=True,
            applies=lambda change: _is_open(change) and change.proposed_by == Side.VENDOR,
        ),
    )

    @admin.display(description="Status", ordering="status")
    def state(self, change: OrderChange) -> SafeString:
        return tag(change.status)

    @admin.display(description="Proposed", ordering="created_at")
    def created(self, change: OrderChange) -> SafeString | str:
        return when(change.created_at)

    def facts(self, _request: HttpRequest, change: OrderChange) -> Facts:
        return (
            ("Status", tag(change.status)),
            ("Order", to(change.order)),
            ("Proposed by", change.get_proposed_by_display()),
            ("Note", change.note or EMPTY),
            ("Made against revision", change.base_revision),
            ("Made revision", change.resulting_revision or EMPTY),
            ("Beyond the approval", ", ".join(change.exceeds) or EMPTY),
            ("Approved", when(change.approved_at)),
            ("Approved in session", to(change.approved_by_session)),
            ("Proposed", when(change.created_at)),
            ("Proposed in session", to(change.created_by_session)),
            ("Decided", when(change.decided_at)),
            ("Decided in session", to(change.decided_by_session)),
            ("Reason", change.decision_reason or EMPTY),
            ("Came with answer", to(change.acknowledgement)),
            ("Id", code(change.public_id)),
        )

    def tables(self, _request: HttpRequest, change: OrderChange) -> Sequence[Table]:
        empty = "No line would change."
        return (Table("What was proposed", HEAD, [*_rows(change.diff)], empty),)


def _rows(diff: dict[str, Any]) -> Sequence[tuple[object, str]]:
    lines = [(line["line_no"], _said(line)) for line in diff.get("lines", ())]
    new = [
        (line["line_no"], f"new: {line['quantity']} {line['uom']} {line['description']}")
        for line in diff.get("new_lines", ())
    ]
    return [*lines, *new, *(("Order", said) for said in _of_the_whole(diff))]


def _said(line: dict[str, Any]) -> str:
    if line.get("remove"):
        return "removed"
    named = ((name.replace("_", " "), value) for name, value in line.items() if name != "line_no")
    return "; ".join(f"{name}: {EMPTY if value is None else value}" for name, value in named)


def _of_the_whole(diff: dict[str, Any]) -> Iterator[str]:
    if "requested_delivery" in diff:
        yield f"delivery: {diff['requested_delivery'] or EMPTY}"
    if "ship_to" in diff:
        place = diff["ship_to"]
        named = [place["name"], *place["lines"], place["city"], place["country"]] if place else []
        yield f"ship to: {', '.join(named) or EMPTY}"
