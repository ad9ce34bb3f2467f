"""The queue of what does not match, and deciding on it."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.identity.admin.acts import Act, actor_of, clock
from apps.identity.admin.cells import EMPTY, code, day, tag, to, when
from apps.identity.admin.records import Facts, Table
from apps.identity.admin.trail import part_trail
from apps.oauth.admin.who import who
from apps.procurement.admin.adjustments import adjustments
from apps.procurement.admin.invoice_acts import DECIDES
from apps.procurement.admin.seen_with_orders import SeenWithOrders
from apps.procurement.models import MatchException
from apps.procurement.services import resolve_exception
from apps.procurement.states import InvoiceStatus, Resolution

OPEN = "open"


class WhatWasSaid(admin.SimpleListFilter):
    """Open ones are those without a resolution."""

    title = "resolution"
    parameter_name = "resolution"

    def lookups(self, _request: HttpRequest, _admin: object) -> list[tuple[Any, str]]:
        return [(OPEN, "Open"), *Resolution.choices]

    def queryset(
        self, _request: HttpRequest, rows: QuerySet[MatchException]
    ) -> QuerySet[MatchException]:
        said = self.value()
        return rows.filter(resolution="" if said == OPEN else said) if said else rows


def _resolve(
    request: HttpRequest, exception: MatchException, given: dict[str, Any], word: Resolution
) -> None:
    resolve_exception(
        actor=actor_of(request),
        at=clock(),
        invoice_id=exception.invoice.public_id,
        exception_id=exception.public_id,
        resolution=word,
        precondition=given["precondition"],
        note=given["reason"],
    )


def _accept(request: HttpRequest, exception: MatchException, given: dict[str, Any]) -> str:
    _resolve(request, exception, given, Resolution.ACCEPTED)
    return f"Accepted. {exception.invoice} can be approved once nothing else is open."


def _refuse(request: HttpRequest, exception: MatchException, given: dict[str, Any]) -> str:
    _resolve(request, exception, given, Resolution.REJECTED)
    return f"Not accepted. Turn {exception.invoice} down, or wait for it to be corrected."


def _explain(_request: HttpRequest, exception: MatchException) -> Sequence[object]:
    expected = exception.expected or "nothing like it"
    return (
        f"{exception}: expected {expected}, claimed {exception.actual}.",
        "The vendor sees what you decide, not why.",
    )


def part_of(exception: MatchException) -> str:
    """Of what in the invoice it is."""
    line = exception.line
    return f"line {line.line.line_no}" if line else exception.get_part_display().lower()


def _is_open(exception: MatchException) -> bool:
    return not exception.resolution and exception.invoice.status == InvoiceStatus.EXCEPTION


@admin.register(MatchException)
class MatchExceptionAdmin(SeenWithOrders[MatchException]):
    list_display = ("what", "vendor", "invoice", "order", "expected", "actual", "said", "found")
    list_filter = (WhatWasSaid, "kind", "invoice__buyer_entity")
    list_select_related = ("invoice__vendor", "invoice__order", "line__line")
    ordering = ("resolution", "-created_at")
    search_fields = (
        "invoice__number",
        "invoice__vendor_number",
        "invoice__order__number",
        "invoice__vendor__name",
    )
    date_hierarchy = "created_at"
    empty_hint = "Every invoice matches so far."
    acts: ClassVar[Sequence[Act[MatchException]]] = (
        Act(
            name="accept",
            label="Accept",
            permission=DECIDES,
            decides=True,
            explain=_explain,
            perform=_accept,
            step_up=True,
            applies=_is_open,
        ),
        Act(
            name="refuse",
            label="Do not accept",
            permission=DECIDES,
            decides=True,
            explain=_explain,
            perform=_refuse,
            takes_away=True,
            applies=_is_open,
        ),
    )

    @admin.display(description="Resolution", ordering="resolution")
    def said(self, exception: MatchException) -> SafeString:
        return tag(exception.resolution or OPEN)

    @admin.display(description="Found", ordering="created_at")
    def found(self, exception: MatchException) -> SafeString | str:
        return day(exception.created_at)

    @admin.display(description="What", ordering="kind")
    def what(self, exception: MatchException) -> str:
        return f"{exception.get_kind_display()}, {part_of(exception)}"

    @admin.display(description="Vendor", ordering="invoice__vendor__name")
    def vendor(self, exception: MatchException) -> str:
        return exception.invoice.vendor.name

    @admin.display(description="Order", ordering="invoice__order__number")
    def order(self, exception: MatchException) -> str:
        return exception.invoice.order.number

    def facts(self, _request: HttpRequest, exception: MatchException) -> Facts:
        return (
            ("Resolution", tag(exception.resolution or OPEN)),
            ("What", exception.get_kind_display()),
            ("Invoice", to(exception.invoice)),
            ("Order", to(exception.invoice.order)),
            ("Vendor", to(exception.invoice.vendor)),
            ("Part", part_of(exception)),
            ("Expected", exception.expected or EMPTY),
            ("With the tolerance", exception.allowed or EMPTY),
            ("Claimed", exception.actual),
            ("Found", when(exception.created_at)),
            ("Resolved", when(exception.resolved_at)),
            ("Resolved by", who(exception.resolved_by_session)),
            ("Why", exception.note or EMPTY),
            ("Id", code(exception.public_id)),
        )

    def tables(self, request: HttpRequest, exception: MatchException) -> Sequence[Table]:
        """With what the vendor added and took off, where the difference is not of a line."""
        invoice = exception.invoice
        beside = () if exception.line_id else (adjustments(invoice),)
        return (
            *beside,
            *part_trail(request, "exception", exception.public_id, of=invoice.public_id),
        )
