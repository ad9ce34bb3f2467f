"""What staff fill in about clients and scopes."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from apps.identity.admin.acts import OnceForm, RecordForm
from apps.oauth.models.clients import GrantType
from apps.oauth.policy.bundles import default_scopes
from apps.oauth.policy.reasons import read_reasons
from apps.oauth.policy.registration import default_role
from apps.oauth.scopes import CATALOGUE, Tier
from apps.partners.models import Partner, Role

USUAL, CHOSEN = "usual", "chosen"
USUAL_REASON = "What its role usually needs."
Choice = tuple[str, str]


def role_choices(*withheld: Role) -> list[Choice]:
    offered = [(role.value, str(role.label)) for role in Role if role not in withheld]
    return [("", "The usual one for this kind"), *offered]


def scope_choices() -> list[tuple[str, list[Choice]]]:
    """The catalogue by tier, each scope with what it means and its name."""
    return [
        (
            tier.capitalize(),
            [(s.name, f"{s.title} ({s.name})") for s in CATALOGUE.values() if s.tier == tier],
        )
        for tier in Tier
    ]


def reasons_field() -> forms.CharField:
    return forms.CharField(
        label="Why it needs them",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One reason for all, or one per line such as “invoices:read: it books them”. "
        "Whoever approves a restricted scope reads it.",
    )


class ScopeFields(OnceForm):
    """A role, and the scopes: what the role usually needs, or those ticked."""

    role = forms.ChoiceField(
        required=False,
        choices=role_choices,
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
        help_text="A restricted one is given once a second member of staff has approved it.",
    )
    reasons = reasons_field()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("bundle") != CHOSEN:
            return given
        if not given.get("scopes"):
            self.add_error("scopes", "Tick at least one, or give what the role usually needs.")
        elif not given.get("reasons"):
            self.add_error("reasons", "Say why it needs these.")
        return given


def withhold_approver(form: forms.Form) -> None:
    """Do not offer what only administrators give, and nobody outside has."""
    offered = form.fields["role"]
    if isinstance(offered, forms.ChoiceField):
        offered.choices = role_choices(Role.APPROVER_ADMIN)


def chosen_scopes(
    given: dict[str, Any], *, partner: Partner | None, grants: Iterable[GrantType]
) -> list[str]:
    """The scopes that the form means."""
    if given["bundle"] == CHOSEN:
        return list(given["scopes"])
    return default_scopes(given["role"] or default_role(partner), grant_types=list(grants))


def chosen_reasons(given: dict[str, Any], scopes: Sequence[str]) -> dict[str, str]:
    """Why, by scope, as the form means it."""
    return read_reasons(given["reasons"] or USUAL_REASON, scopes)


class RotateForm(RecordForm):
    overlap_hours = forms.IntegerField(
        label="Hours for which the present secret still works",
        min_value=0,
        max_value=24 * 14,
        initial=24,
        help_text="0 ends it at once: do that when it may have leaked.",
    )
