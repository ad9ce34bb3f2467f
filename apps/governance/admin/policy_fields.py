"""The fields of what a purchasing policy says."""

import re
from typing import Any

from django import forms

from apps.identity.admin.acts import RecordForm
from apps.partners.models import Partner, PartnerKind

MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class CodesField(forms.CharField):
    """Several codes, separated by commas or one per line."""

    def __init__(self, label: str, help_text: str) -> None:
        rows = forms.Textarea(attrs={"rows": 2})
        super().__init__(
            label=label, required=False, max_length=8000, widget=rows, help_text=help_text
        )

    def clean(self, value: Any) -> tuple[str, ...]:  # noqa: ANN401 -- Django's signature
        entries = re.split(r"[,\n]", super().clean(value))
        return tuple(entry.strip() for entry in entries if entry.strip())

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 -- Django's signature
        return ", ".join(value) if isinstance(value, tuple) else value


def _amount(label: str, help_text: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=False, max_digits=19, decimal_places=4, help_text=help_text
    )


class TermsForm(RecordForm):
    """What a policy says: what is left empty restricts nothing."""

    categories_allowed = CodesField(
        "Categories allowed", "Codes such as 4321, each with all that begin with it. Empty: any."
    )
    categories_denied = CodesField(
        "Categories denied", "Refused, though they begin with one that is allowed."
    )
    vendors = forms.ModelMultipleChoiceField(
        Partner.objects.filter(kind=PartnerKind.VENDOR).order_by("name"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Who may be bought from. None ticked: anybody.",
    )
    currencies = CodesField("Currencies", "What orders may be in, such as EUR, SEK. Empty: any.")
    ship_to = CodesField(
        "Shipped to",
        "Countries (SE), or with the beginning of a postal code (SE-11). Empty: anywhere.",
    )
    requires_contract = forms.BooleanField(
        label="Only under a contract",
        required=False,
        help_text="An order that names none is refused. What it says is not looked at.",
    )
    currency = forms.CharField(
        max_length=3, label="Currency of the amounts below", help_text="Three letters, such as EUR."
    )
    per_order_max = _amount("One order, at most", "Without tax, as all amounts here. Empty: any.")
    per_period_max = _amount("Within a period, at most", "All orders of the last days together.")
    period_days = forms.IntegerField(
        label="The period, in days", required=False, min_value=1, max_value=366
    )
    cumulative_max = _amount("Altogether, at most", "All orders that the policy ever bound.")
    auto_approve_below = _amount(
        "Approved by a person from",
        "Smaller orders are approved as they are submitted, unless an approval rule asks.",
    )
    effective_from = forms.DateTimeField(
        label="In effect from", required=False, widget=MOMENT, help_text="In UTC. Empty: from now."
    )
    reason = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It stays in the version and in the trail, with your name.",
    )
