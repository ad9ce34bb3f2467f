"""What staff fill in about clients and scopes."""

from collections.abc import Iterable
from typing import Any

from django import forms

from apps.identity.admin.acts import OnceForm, RecordForm
from apps.oauth.models.clients import AuthMethod, GrantType
from apps.oauth.policy.bundles import default_scopes
from apps.oauth.policy.registration import default_role
from apps.oauth.scopes import CATALOGUE, Tier
from apps.partners.models import Partner, Role
from apps.partners.states import PartnerStatus
from apps.projects.models import Project
from apps.projects.states import ProjectStatus

USUAL, CHOSEN = "usual", "chosen"
Choice = tuple[str, str]


def scope_choices() -> list[tuple[str, list[Choice]]]:
    """The catalogue by tier, each scope with what it means and its name."""
    return [
        (
            tier.capitalize(),
            [(s.name, f"{s.title} ({s.name})") for s in CATALOGUE.values() if s.tier == tier],
        )
        for tier in Tier
    ]


class ScopeFields(OnceForm):
    """A role, and the scopes: what the role usually needs, or those ticked."""

    role = forms.ChoiceField(
        required=False,
        choices=[("", "The usual one for this kind"), *Role.choices],
        help_text="What somebody may be for a company; the scopes follow from it.",
    )
    bundle = forms.ChoiceField(
        label="Scopes",
        choices=[
            (USUAL, "What the role usually needs, nothing restricted"),
            (CHOSEN, "Only those ticked below"),
        ],
        initial=USUAL,
        widget=forms.RadioSelect,
    )
    scopes = forms.MultipleChoiceField(
        label="Scopes to give",
        required=False,
        choices=scope_choices,
        widget=forms.CheckboxSelectMultiple,
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("bundle") == CHOSEN and not given.get("scopes"):
            self.add_error("scopes", "Tick at least one, or give what the role usually needs.")
        return given


def chosen_scopes(
    given: dict[str, Any], *, partner: Partner | None, grants: Iterable[GrantType]
) -> list[str]:
    """The scopes that the form means."""
    if given["bundle"] == CHOSEN:
        return list(given["scopes"])
    return default_scopes(given["role"] or default_role(partner), grant_types=list(grants))


class ClientForm(ScopeFields):
    name = forms.CharField(
        max_length=255, help_text="People see it when they are asked to consent."
    )
    partner = forms.ModelChoiceField(
        Partner.objects.filter(status=PartnerStatus.ACTIVE),
        required=False,
        empty_label="Nobody: it is the buyer's own",
    )
    grant_types = forms.MultipleChoiceField(
        label="Grants",
        choices=GrantType.choices,
        initial=[GrantType.CLIENT_CREDENTIALS.value],
        widget=forms.CheckboxSelectMultiple,
    )
    auth_method = forms.ChoiceField(
        label="Client authentication",
        choices=AuthMethod.choices,
        help_text="“none” is for an app on people's own devices, which can keep no secret.",
    )
    redirect_uris = forms.CharField(
        label="Redirect URIs",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One per line, exact; needed for authorization_code, and only then.",
    )
    projects = forms.ModelMultipleChoiceField(
        Project.objects.filter(status=ProjectStatus.OPEN),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: every project of the partner's. The buyer's own needs some.",
    )
    is_resource_server = forms.BooleanField(
        label="It is a resource server and may introspect tokens", required=False
    )
    field_order = [
        "name", "partner", "grant_types", "auth_method", "redirect_uris", "projects", "role",
        "bundle", "scopes", "is_resource_server",
    ]  # fmt: skip


class RotateForm(RecordForm):
    overlap_hours = forms.IntegerField(
        label="Hours for which the present secret still works",
        min_value=0,
        max_value=24 * 14,
        initial=24,
        help_text="0 ends it at once: do that when it may have leaked.",
    )
