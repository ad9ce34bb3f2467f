"""Changing a partner's own row: how it presents itself, and what the buyer keeps to itself."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest

from apps.identity.admin.acts import Act, RecordForm, actor_of, clock
from apps.identity.models import User
from apps.partners.models import Partner, RiskTier, Role
from apps.partners.policy import claims_of_role
from apps.partners.selectors import rules_of
from apps.partners.services.records import edit_partner, is_kept
from apps.partners.states import ClaimGroup


class FilledForm(RecordForm):
    """Filled in as the partner is; sending it as it stands changes nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        if isinstance(self.record, Partner):
            for name, field in self.fields.items():
                value = getattr(self.record, name, field.initial)
                field.initial = ", ".join(value) if isinstance(value, list) else value


class ProfileForm(FilledForm):
    name = forms.CharField(max_length=200)
    legal_name = forms.CharField(max_length=200, required=False)
    trading_name = forms.CharField(max_length=200, required=False)
    website = forms.CharField(max_length=300, required=False)
    description = forms.CharField(
        max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    default_currency = forms.CharField(max_length=3, required=False, label="Currency")
    payment_terms = forms.CharField(max_length=200, required=False)
    categories = forms.CharField(
        required=False, max_length=4000, help_text="The buyer's codes, separated by commas."
    )

    def clean_categories(self) -> list[str]:
        said = str(self.cleaned_data["categories"]).split(",")
        return [one.strip() for one in said if one.strip()]


class AssessForm(FilledForm):
    """Only administrators open it, so what their role does not see is not in it."""

    risk_tier = forms.ChoiceField(
        choices=[("", "Not judged"), *RiskTier.choices], required=False, label="Risk"
    )
    owner = forms.ModelChoiceField(
        User.objects.filter(is_staff=True, is_active=True).order_by("email"),
        required=False,
        label="Looked after by",
    )
    internal_note = forms.CharField(
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="No partner ever sees it.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        claims = claims_of_role(rules_of(Role.APPROVER_ADMIN), buyer_side=True)
        for name in ("risk_tier", "owner", "internal_note"):
            if name not in claims.fields(ClaimGroup.INTERNAL):
                del self.fields[name]


def _edit(request: HttpRequest, partner: Partner, given: dict[str, Any]) -> str:
    edit_partner(actor=actor_of(request), at=clock(), partner=partner, changes=given)
    return f"{partner}'s record is changed."


def _explain_profile(_request: HttpRequest, _partner: Partner) -> Sequence[object]:
    return ("Everybody who may see the partner's profile sees this.",)


def _explain_assess(_request: HttpRequest, partner: Partner) -> Sequence[object]:
    return (f"For the buyer's own eyes: {partner} never sees it.",)


EDIT = Act[Partner](
    name="edit",
    label="Edit profile",
    permission="partners.edit_partner",
    explain=_explain_profile,
    perform=_edit,
    form=ProfileForm,
    applies=is_kept,
)
ASSESS = Act[Partner](
    name="assess",
    label="Assess",
    permission="partners.assess_partner",
    explain=_explain_assess,
    perform=_edit,
    form=AssessForm,
    applies=is_kept,
)
