"""What staff fill in about projects."""

from typing import Any

from django import forms

from apps.core.money import in_minor_units
from apps.identity.admin.acts import OnceForm, ReasonForm
from apps.identity.models import User
from apps.projects.models import BuyerEntity, Project

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class CodesField(forms.CharField):
    """Codes between commas or blanks."""

    def prepare_value(self, value: object) -> object:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: object) -> list[str]:  # type: ignore[override]  # a list of them
        text = super().to_python(value) or ""
        return list(dict.fromkeys(text.replace(",", " ").split()))


class ProjectFields(OnceForm):
    title = forms.CharField(max_length=200)
    starts_on = forms.DateField(widget=DAY)
    ends_on = forms.DateField(
        widget=DAY, help_text="Access in the project ends with this day, where the buyer is."
    )
    owner = forms.ModelChoiceField(
        User.objects.filter(is_staff=True, is_active=True).order_by("email"),
        required=False,
        help_text="Who answers for it, and is told before it ends.",
    )
    budget_amount = forms.DecimalField(
        required=False,
        max_digits=19,
        decimal_places=4,
        help_text="What all its orders together may come to, without tax. Empty: no limit.",
    )
    budget_currency = forms.CharField(required=False, max_length=3, help_text="Such as EUR")
    categories = CodesField(
        required=False,
        help_text="Codes that may be bought, each with all that begin with it: 14, 4411. "
        "Empty: any.",
    )

    def clean_budget_currency(self) -> str:
        return str(self.cleaned_data["budget_currency"]).upper()


class NewProjectForm(ProjectFields):
    number = forms.CharField(max_length=40)
    buyer_entity = forms.ModelChoiceField(BuyerEntity.objects.order_by("name"))
    draft = forms.BooleanField(
        required=False, help_text="Keep it a draft: nobody acts in it before it is opened."
    )
    field_order = ("number", "title", "buyer_entity", "starts_on", "ends_on")


class EditProjectForm(ProjectFields, ReasonForm):
    """Filled in as the project is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        for name in ProjectFields.base_fields.keys() & self.fields.keys():
            if name != "once":
                self.fields[name].initial = getattr(self.record, name, None)
        if isinstance(self.record, Project) and self.record.budget_amount is not None:
            shown = in_minor_units(self.record.budget_amount, self.record.budget_currency)
            self.fields["budget_amount"].initial = shown
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])
