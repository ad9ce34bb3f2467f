"""The shape of what a caller may still spend."""

from typing import Any

from rest_framework import serializers

from apps.procurement.policy.purchasing import LimitKind, SourceKind

Shape = serializers.Serializer[Any]
ALL_SOURCES = [str(kind) for kind in SourceKind]
SOURCES = [str(kind) for kind in SourceKind if kind != SourceKind.APPROVAL_RULE]
SPENDING = [str(kind) for kind in LimitKind if kind != LimitKind.APPROVAL_FROM]
LIMIT: dict[str, Any] = {
    "project": "prj_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "kind": "per_period",
    "amount": "10000.00",
    "currency": "EUR",
    "days": 30,
    "remaining": "590.00",
    "valid_until": None,
    "policy_version": 14,
    "source": {
        "kind": "policy",
        "id": "pol_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
        "name": "IT equipment",
    },
}


RULE: dict[str, Any] = {
    "project": LIMIT["project"],
    "categories_allowed": ["43", "44"],
    "categories_denied": ["4321"],
    "vendors": [],
    "currencies": ["EUR", "SEK"],
    "ship_to": ["NO", "SE-11"],
    "requires_contract": False,
    "policy_version": 14,
    "source": LIMIT["source"],
}


class LimitSourceBody(Shape):
    kind = serializers.ChoiceField(choices=SOURCES)
    id = serializers.CharField(allow_blank=True, help_text="Of the policy, session or project")
    name = serializers.CharField()


class OwnRuleBody(Shape):
    """What one rule lets through. All rules of a project hold together; an empty list restricts
    nothing.
    """

    project = serializers.CharField()
    categories_allowed = serializers.ListField(
        child=serializers.CharField(), help_text="Codes, each with all that begin with it"
    )
    categories_denied = serializers.ListField(
        child=serializers.CharField(), help_text="Denied though they be allowed"
    )
    vendors = serializers.ListField(child=serializers.CharField())
    currencies = serializers.ListField(child=serializers.CharField())
    ship_to = serializers.ListField(
        child=serializers.CharField(),
        help_text="Countries, or a country and the beginning of a postal code: `SE`, `SE-11`",
    )
    requires_contract = serializers.BooleanField(help_text="Whether orders name a `contract_ref`")
    policy_version = serializers.IntegerField(allow_null=True)
    source = LimitSourceBody()  # type: ignore[assignment]  # DRF takes it out of the class


class OwnLimitBody(Shape):
    """At most ``amount`` without tax. All limits of a project hold together."""

    project = serializers.CharField()
    kind = serializers.ChoiceField(choices=SPENDING)
    amount = serializers.CharField()
    currency = serializers.CharField()
    days = serializers.IntegerField(allow_null=True, help_text="Of a limit per period")
    remaining = serializers.CharField(
        allow_null=True,
        help_text="What nobody has taken yet of what may be shared; null where no exchange rate "
        "tells",
    )
    valid_until = serializers.DateTimeField(allow_null=True, help_text="Of the token's own")
    policy_version = serializers.IntegerField(allow_null=True)
    source = LimitSourceBody()  # type: ignore[assignment]  # DRF takes it out of the class
