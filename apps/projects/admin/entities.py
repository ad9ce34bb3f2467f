"""The buyer's own companies."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from apps.identity.admin.acts import Act, OnceForm, actor_of, clock
from apps.identity.admin.adding import AddableAdmin
from apps.identity.admin.cells import EMPTY, code, when
from apps.identity.admin.records import Facts, Table
from apps.identity.admin.trail import trail_table
from apps.projects.admin.entity_acts import ACTS, without_policy
from apps.projects.models import BuyerEntity
from apps.projects.services import create_buyer_entity


class EntityForm(OnceForm):
    name = forms.CharField(max_length=200)
    country = forms.CharField(max_length=2, help_text="Two letters (ISO 3166-1), such as SE.")
    tax_id = forms.CharField(
        label="Tax id", required=False, max_length=40, help_text="Its VAT number, for invoices."
    )
    base_currency = forms.CharField(max_length=3, help_text="Three letters (ISO 4217), as EUR.")
    timezone = forms.CharField(
        label="Time zone",
        initial="UTC",
        max_length=60,
        help_text="Such as Europe/Stockholm: a project's last day ends there.",
    )
    field_order = ["name", "country", "tax_id", "base_currency", "timezone"]


@admin.register(BuyerEntity)
class BuyerEntityAdmin(AddableAdmin[BuyerEntity]):
    list_display = ("name", "country", "base_currency", "timezone")
    search_fields = ("name",)
    ordering = ("name",)
    empty_hint = "No buyer entity yet. Add the company that buys; projects belong to one."
    add_form = EntityForm
    add_title = "Add a buyer entity"
    add_button = "Add"
    add_intro = "A company of the buyer's, in whose name orders are placed."

    acts: ClassVar[Sequence[Act[BuyerEntity]]] = ACTS

    def tables(self, request: HttpRequest, entity: BuyerEntity) -> Sequence[Table]:
        rows = [
            (category.scheme, code(category.code), category.name, when(category.retired_at))
            for category in entity.categories.order_by("scheme", "code")[:200]
        ]
        empty = "No category yet. Lines may carry any code until policies say otherwise."
        return (
            Table("Categories", ("Scheme", "Code", "Name", "Retired"), rows, empty),
            *trail_table(request, entity.public_id),
        )

    def facts(self, _request: HttpRequest, entity: BuyerEntity) -> Facts:
        return (
            ("Name", entity.name),
            ("Id", code(entity.public_id)),
            ("Country", entity.country),
            ("Tax id", entity.tax_id or EMPTY),
            ("Currency", entity.base_currency),
            ("Time zone", entity.timezone),
            ("Orders without a policy", without_policy(required=entity.requires_policy)),
        )

    def add(self, request: HttpRequest, given: dict[str, Any]) -> str:
        entity = create_buyer_entity(actor=actor_of(request), at=clock(), **given)
        return f"{entity} is added. Next: a project for it."
