"""What buyers let pass: staff set it here."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from apps.identity.admin.acts import Act, ReasonForm, actor_of, clock, tell
from apps.identity.admin.adding import AddableAdmin
from apps.identity.admin.cells import code, list_url, to, when
from apps.identity.admin.records import Facts, Table
from apps.identity.admin.trail import trail_table
from apps.procurement.models import Tolerance
from apps.procurement.money import plain
from apps.procurement.services import remove_tolerance, set_tolerance
from apps.projects.models import BuyerEntity

NEXT = "It counts from the next receipt and invoice on; what is posted stays."


class Terms(ReasonForm):
    over_receipt_percent = forms.DecimalField(
        min_value=0,
        max_value=100,
        max_digits=7,
        decimal_places=4,
        label="More received",
        help_text="Percent of the quantity ordered that may be received beyond it.",
    )
    price_percent = forms.DecimalField(
        min_value=0,
        max_value=100,
        max_digits=7,
        decimal_places=4,
        label="Dearer",
        help_text="Percent of the line's amount that may be invoiced beyond it.",
    )
    two_way = forms.BooleanField(
        required=False,
        label="Invoiced without a receipt",
        help_text="Invoices are compared with the order only, for services and the like.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        for name in ("over_receipt_percent", "price_percent", "two_way"):
            self.fields[name].initial = getattr(self.record or Tolerance(), name)
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])


class NewTolerance(Terms):
    buyer_entity = forms.ModelChoiceField(queryset=BuyerEntity.objects.order_by("name"))
    category = forms.CharField(
        max_length=40,
        required=False,
        help_text="The beginning of a category, such as 4321; empty for everything.",
    )
    field_order = ("buyer_entity", "category")


def _edit(request: HttpRequest, tolerance: Tolerance, given: dict[str, Any]) -> str:
    set_tolerance(
        actor=actor_of(request),
        at=clock(),
        buyer_entity=tolerance.buyer_entity,
        category=tolerance.category,
        **given,
    )
    return f"{tolerance} is changed. {NEXT}"


def _remove(request: HttpRequest, tolerance: Tolerance, given: dict[str, Any]) -> HttpResponseBase:
    remove_tolerance(
        actor=actor_of(request), at=clock(), tolerance=tolerance, reason=given["reason"]
    )
    tell(request, f"{tolerance} is removed. {NEXT}")
    return redirect(list_url(Tolerance))


def _explain(_request: HttpRequest, tolerance: Tolerance) -> Sequence[object]:
    return (f"What passes for {tolerance}. {NEXT}",)


def _explain_removal(_request: HttpRequest, tolerance: Tolerance) -> Sequence[object]:
    return (f"For {tolerance}, a wider tolerance counts if there is one, else nothing. {NEXT}",)


@admin.register(Tolerance)
class ToleranceAdmin(AddableAdmin[Tolerance]):
    list_display = ("buyer_entity", "covers", "received", "price", "compared")
    list_filter = ("buyer_entity", "two_way")
    list_select_related = ("buyer_entity",)
    search_fields = ("category", "buyer_entity__name")
    empty_hint = "No tolerance: nothing beyond what was ordered passes."
    add_form = NewTolerance
    add_title = "Set a tolerance"
    add_button = "Set"
    add_intro = f"The longest beginning of a line's category counts. {NEXT}"
    step_up = True
    acts: ClassVar[Sequence[Act[Tolerance]]] = (
        Act(
            name="edit",
            step_up=True,
            label="Change",
            permission="procurement.change_tolerance",
            explain=_explain,
            perform=_edit,
            form=Terms,
        ),
        Act(
            name="remove",
            step_up=True,
            label="Remove",
            permission="procurement.change_tolerance",
            explain=_explain_removal,
            perform=_remove,
            takes_away=True,
        ),
    )

    @admin.display(description="Category", ordering="category")
    def covers(self, tolerance: Tolerance) -> str:
        return tolerance.category or "everything"

    @admin.display(description="More received", ordering="over_receipt_percent")
    def received(self, tolerance: Tolerance) -> str:
        return f"{plain(tolerance.over_receipt_percent)} %"

    @admin.display(description="Dearer", ordering="price_percent")
    def price(self, tolerance: Tolerance) -> str:
        return f"{plain(tolerance.price_percent)} %"

    @admin.display(description="Invoiced without a receipt", ordering="two_way")
    def compared(self, tolerance: Tolerance) -> str:
        return "yes" if tolerance.two_way else "no"

    def facts(self, _request: HttpRequest, tolerance: Tolerance) -> Facts:
        return (
            ("Buyer entity", to(tolerance.buyer_entity)),
            ("Category begins with", self.covers(tolerance)),
            ("More received", self.received(tolerance)),
            ("Dearer", self.price(tolerance)),
            ("Invoiced without a receipt", self.compared(tolerance)),
            ("Set", when(tolerance.created_at)),
            ("Changed", when(tolerance.updated_at)),
            ("Id", code(tolerance.public_id)),
        )

    def tables(self, request: HttpRequest, tolerance: Tolerance) -> Sequence[Table]:
        return (*trail_table(request, tolerance.public_id),)

    def add(self, request: HttpRequest, given: dict[str, Any]) -> str:
        tolerance = set_tolerance(actor=actor_of(request), at=clock(), **given)
        return f"{tolerance} is set. {NEXT}"
