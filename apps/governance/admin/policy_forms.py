"""What staff fill in about purchasing policies."""

from collections.abc import Mapping
from typing import Any

from django import forms

from apps.core.money import in_minor_units
from apps.governance.admin.policy_fields import TermsForm
from apps.oauth.models import Client
from apps.partners.models import Partner, PartnerKind
from apps.projects.models import BuyerEntity, Project, PurchasingPolicy
from apps.projects.policy import PolicyTerms, terms_of
from apps.projects.policy.applying import BUYING_ROLES
from apps.projects.policy.terms import AMOUNTS
from apps.projects.selectors import latest_version
from apps.projects.states import ProjectStatus

LISTS = ("categories_allowed", "categories_denied", "currencies", "ship_to")
REST = ("currency", *AMOUNTS, "period_days", "requires_contract")


class NewPolicyForm(TermsForm):
    """A policy with its first version."""

    buyer_entity = forms.ModelChoiceField(BuyerEntity.objects.order_by("name"))
    name = forms.CharField(max_length=200)
    client = forms.ModelChoiceField(
        Client.objects.order_by("name"),
        required=False,
        empty_label="Every client",
        to_field_name="client_id",
        help_text="Of client, partner, role and project, all that you choose must fit.",
    )
    partner = forms.ModelChoiceField(
        Partner.objects.filter(kind=PartnerKind.INTEGRATION).order_by("name"),
        required=False,
        empty_label="Everybody who buys",
        label="Integration partner",
    )
    role = forms.ChoiceField(
        choices=[("", "Every role"), *((role.value, role.label) for role in BUYING_ROLES)],
        required=False,
    )
    project = forms.ModelChoiceField(
        Project.objects.exclude(status=ProjectStatus.CLOSED),
        required=False,
        empty_label="Every project",
    )
    field_order = ("buyer_entity", "name", "client", "partner", "role", "project")


class NextVersionForm(TermsForm):
    """Filled in as the policy was written last; sending it as it stands changes nothing."""

    based_on = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        if not isinstance(self.record, PurchasingPolicy):
            return
        written = latest_version(self.record)
        terms = terms_of(written)
        for name in (*LISTS, *REST, "vendors"):
            self.fields[name].initial = getattr(terms, name)
        for name in AMOUNTS:
            if (amount := getattr(terms, name)) is not None:
                self.fields[name].initial = in_minor_units(amount, terms.currency)
        self.fields["based_on"].initial = written.version
        self.fields["currency"].disabled = True  # What was spent is counted in it.


def chosen_terms(given: Mapping[str, Any]) -> PolicyTerms:
    """What was filled in, as the services take it."""
    vendors = tuple(vendor.pk for vendor in given["vendors"])
    return PolicyTerms(vendors=vendors, **{name: given[name] for name in (*LISTS, *REST)})
