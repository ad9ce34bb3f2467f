"""What staff do to the buyer's companies: their categories, and whether a policy is needed."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest

from apps.identity.admin.acts import Act, ReasonForm, RecordForm, actor_of, clock
from apps.projects.models import BuyerEntity, Category
from apps.projects.services import add_category, retire_category, set_policy_required, set_tax_id


class CategoryForm(RecordForm):
    scheme = forms.CharField(max_length=40, help_text="Whose codes these are, such as UNSPSC.")
    code = forms.CharField(max_length=40)
    name = forms.CharField(max_length=200)


class TaxIdForm(ReasonForm):
    tax_id = forms.CharField(label="Tax id", required=False, max_length=40)
    field_order = ["tax_id", "reason"]


class RetireForm(RecordForm):
    """Categories that are listed now."""

    category = forms.ModelChoiceField(Category.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        listed = Category.objects.filter(retired_at__isnull=True)
        if isinstance(self.record, BuyerEntity):
            listed = listed.filter(buyer_entity=self.record)
        self.fields["category"] = forms.ModelChoiceField(listed)


def _add_category(request: HttpRequest, entity: BuyerEntity, given: dict[str, Any]) -> str:
    category = add_category(actor=actor_of(request), at=clock(), buyer_entity=entity, **given)
    return f"{category} is listed."


def _retire_category(request: HttpRequest, _entity: BuyerEntity, given: dict[str, Any]) -> str:
    retire_category(actor=actor_of(request), at=clock(), category=given["category"])
    return f"{given['category']} is listed no more."


def _set_tax_id(request: HttpRequest, entity: BuyerEntity, given: dict[str, Any]) -> str:
    set_tax_id(actor=actor_of(request), at=clock(), buyer_entity=entity, **given)
    return f"The tax id of {entity} is changed."


def _require_policy(request: HttpRequest, entity: BuyerEntity, given: dict[str, Any]) -> str:
    required = not entity.requires_policy
    set_policy_required(
        actor=actor_of(request), at=clock(), buyer_entity=entity, required=required, **given
    )
    return f"{entity}: orders without a policy are {without_policy(required=required)}."


def without_policy(*, required: bool) -> str:
    return "refused" if required else "not limited"


def _explain_requiring(_request: HttpRequest, _entity: BuyerEntity) -> Sequence[object]:
    return ("Orders that no purchasing policy speaks of are refused from the next request on.",)


def _explain_freeing(_request: HttpRequest, _entity: BuyerEntity) -> Sequence[object]:
    return ("Orders that no purchasing policy speaks of are limited by budgets only.",)


def _explain_tax_id(_request: HttpRequest, entity: BuyerEntity) -> Sequence[object]:
    known = f"It is {entity.tax_id} now." if entity.tax_id else "It has none now."
    return (known, f"Partners in projects of {entity} are shown it, to name it on invoices.")


def _explain_adding(_request: HttpRequest, entity: BuyerEntity) -> Sequence[object]:
    return (f"Partners in projects of {entity} see it among the codes lines may carry.",)


def _explain_retiring(_request: HttpRequest, _entity: BuyerEntity) -> Sequence[object]:
    return ("Partners are shown it no more. Orders that name it stay as they are.",)


ACTS: Sequence[Act[BuyerEntity]] = (
    Act(
        name="add-category",
        label="Add a category",
        permission="projects.add_buyerentity",
        explain=_explain_adding,
        perform=_add_category,
        form=CategoryForm,
    ),
    Act(
        name="retire-category",
        label="Retire a category",
        permission="projects.add_buyerentity",
        explain=_explain_retiring,
        perform=_retire_category,
        form=RetireForm,
    ),
    Act(
        name="set-tax-id",
        label="Change the tax id",
        permission="projects.add_buyerentity",
        explain=_explain_tax_id,
        perform=_set_tax_id,
        form=TaxIdForm,
    ),
    Act(
        name="require-policy",
        step_up=True,
        label="Refuse orders without a policy",
        permission="projects.change_purchasingpolicy",
        explain=_explain_requiring,
        perform=_require_policy,
        applies=lambda entity: not entity.requires_policy,
    ),
    Act(
        name="free-from-policy",
        step_up=True,
        label="Let orders pass without a policy",
        permission="projects.change_purchasingpolicy",
        explain=_explain_freeing,
        perform=_require_policy,
        applies=lambda entity: entity.requires_policy,
    ),
)
