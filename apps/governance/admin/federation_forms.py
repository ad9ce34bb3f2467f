"""What staff fill in about a provider upstream; a rule is a line that reads as it works."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.identity.admin.acts import OnceForm, RecordForm
from apps.identity.models import Federation, FederationPreset

_RULE = re.compile(r"(?P<claim>[^=\s]+)\s*=\s*(?P<value>.+?)\s*->\s*(?P<who>\S+)\s+(?P<role>\w+)")
STAFF = "staff"
HELP = (
    "One rule per line; the first that fits decides, and nobody is let in without one: "
    "“groups = buyers -> staff viewer”, or “email_domain = acme.example -> ptr_… manager”. "
    "email_domain is the domain of the proven address."
)


def rule_line(rule: dict[str, str]) -> str:
    who = STAFF if rule.get("staff_role") else rule.get("partner", "")
    return f"{rule['claim']} = {rule['value']} -> {who} {rule.get('staff_role') or rule['role']}"


class RulesField(forms.CharField):
    """Lines, as rules."""

    widget = forms.Textarea(attrs={"rows": 5})

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 -- Django's signature
        return "\n".join(map(rule_line, value)) if isinstance(value, list) else value

    def clean(self, value: str) -> list[dict[str, str]]:
        lines = [line.strip() for line in super().clean(value).splitlines()]
        return [_read(number, line) for number, line in enumerate(filter(None, lines), 1)]


def _read(number: int, line: str) -> dict[str, str]:
    found = _RULE.fullmatch(line)
    if found is None:
        detail = "write “claim = value -> staff role”, or “claim = value -> ptr_… role”."
        raise ValidationError(f"Rule {number}: {detail}")
    said = {"claim": found["claim"], "value": found["value"]}
    if found["who"] == STAFF:
        return {**said, "staff_role": found["role"]}
    return {**said, "partner": found["who"], "role": found["role"]}


class FederationFields(OnceForm):
    """What can be changed about it later."""

    name = forms.CharField(max_length=100, help_text="What people read on the sign-in page.")
    client_id = forms.CharField(label="Client id", max_length=255, help_text="As it knows us.")
    client_secret = forms.CharField(
        label="Client secret",
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="It is kept encrypted and shown on no page.",
    )
    allowed_domains = forms.CharField(
        label="E-mail domains it may vouch for",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One per line. An address of another domain is refused.",
    )
    rules = RulesField(label="Who becomes what", help_text=HELP)

    def given(self) -> dict[str, Any]:
        given = super().given()
        return {**given, "allowed_domains": given["allowed_domains"].split()}


class AddFederationForm(FederationFields):
    preset = forms.ChoiceField(
        label="Provider",
        choices=FederationPreset.choices,
        initial=FederationPreset.GENERIC,
        widget=forms.RadioSelect,
    )
    issuer = forms.CharField(
        required=False,
        max_length=500,
        help_text="Its issuer identifier. Nothing for Google; for Microsoft the tenant's id.",
    )
    field_order = ["name", "preset", "issuer", "client_id", "client_secret"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("preset") != FederationPreset.GOOGLE and not given.get("issuer"):
            self.add_error("issuer", "Say which issuer it is; it stays so.")
        return given


class ChangeFederationForm(RecordForm, FederationFields):
    """The issuer is not among it: whom it vouched for is known by its word."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        self.fields["client_secret"].required = False
        self.fields["client_secret"].help_text = "Leave it empty to keep the present one."
        if isinstance(self.record, Federation):
            now = self.record
            self.initial = {
                "name": now.name,
                "client_id": now.client_id,
                "allowed_domains": "\n".join(now.allowed_domains),
                "rules": now.rules,
            }
