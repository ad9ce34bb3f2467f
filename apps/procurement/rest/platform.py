"""The shapes of what the API says of the caller, and of code lists."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema_serializer
from rest_framework import serializers

from apps.procurement.rest.limits import LIMIT, RULE, OwnLimitBody, OwnRuleBody

Shape = serializers.Serializer[Any]

ME: dict[str, Any] = {
    "client": "clt_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "person": None,
    "partner": {"id": "ptr_01J8Z3K4M5N6P7Q8R9S0T1V2W3", "kind": "vendor"},
    "role": "manager",
    "session": "ses_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "scopes": ["purchase_orders:acknowledge", "purchase_orders:read", "sessions.own:read"],
    "projects": ["prj_01J8Z3K4M5N6P7Q8R9S0T1V2W3"],
    "authorization_details": [],
    "limits": [],
    "rules": [],
    "_redacted": ["budget"],
    "credential": "bearer",
    "expires_at": "2026-11-20T09:10:00Z",
    "links": {"activity": "/api/v1/sessions/ses_01J8Z3K4M5N6P7Q8R9S0T1V2W3/activity"},
}
CATEGORIES: dict[str, Any] = {
    "source": "The buyer",
    "data": [
        {
            "code": "14111507",
            "name": "Printer or copier paper",
            "scheme": "UNSPSC",
            "buyer_entity": "ent_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
        }
    ],
}
BUYERS: dict[str, Any] = {
    **ME,
    "partner": {"id": "ptr_01J8Z3K4M5N6P7Q8R9S0T1V2W4", "kind": "integration"},
    "role": "integration",
    "scopes": ["purchase_orders:create", "purchase_orders:read"],
    "links": {},
    "limits": [LIMIT],
    "rules": [RULE],
}
UNITS: dict[str, Any] = {
    "source": "UN/ECE recommendations 20 and 21, as EN 16931 takes them",
    "data": [
        {"code": "EA", "name": "each", "decimals": 0},
        {"code": "KGM", "name": "kilogram", "decimals": 3},
    ],
}


class OwnPartnerBody(Shape):
    id = serializers.CharField()
    kind = serializers.CharField()


@extend_schema_serializer(
    examples=[
        OpenApiExample("A vendor's", value=ME, response_only=True),
        OpenApiExample("The buyer's", value=BUYERS, response_only=True),
    ]
)
class MeBody(Shape):
    """Who calls, and what they may do now: scopes, and projects that are open to them."""

    client = serializers.CharField(allow_null=True, help_text="Null for an API key")
    person = serializers.CharField(allow_null=True, help_text="Null for a client of its own")
    partner = OwnPartnerBody(allow_null=True, help_text="Null for the buyer's own people")
    role = serializers.CharField(allow_blank=True)
    session = serializers.CharField(allow_null=True)
    scopes = serializers.ListField(child=serializers.CharField())
    projects = serializers.ListField(child=serializers.CharField())
    authorization_details = serializers.ListField(
        child=serializers.DictField(), help_text="The limits the token was granted with (RFC 9396)"
    )
    limits = OwnLimitBody(
        many=True,
        help_text="What may still be spent in the open projects. Empty for who orders nothing",
    )
    rules = OwnRuleBody(
        many=True,
        help_text="What orders may be of, from whom, in what and to where in the open projects. "
        "Empty for who orders nothing",
    )
    _redacted = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="`budget` without the scope `purchase_orders.cost:read`: no project's is told",
    )
    credential = serializers.ChoiceField(choices=("bearer", "dpop", "api_key"))
    expires_at = serializers.DateTimeField()
    links = serializers.DictField(
        child=serializers.CharField(),
        help_text="`activity`: what the session did, for `sessions.own:read` or `audit:read`",
    )


class CodeBody(Shape):
    """A code, with what there is to know of it; which members there are follows from the list."""

    code = serializers.CharField()
    name = serializers.CharField(allow_null=True)
    number = serializers.CharField(required=False, help_text="Of a currency")
    minor_units = serializers.IntegerField(required=False, help_text="Of a currency")
    decimals = serializers.IntegerField(required=False, help_text="Of a quantity in this unit")
    scheme = serializers.CharField(required=False, help_text="Of a category, such as UNSPSC")
    buyer_entity = serializers.CharField(required=False, help_text="Whose category it is")
    taxed = serializers.BooleanField(required=False, help_text="Whether a rate may stand with it")


@extend_schema_serializer(
    many=False, examples=[OpenApiExample("Units", value=UNITS, response_only=True)]
)
class CodelistBody(Shape):
    source = serializers.CharField()  # type: ignore[assignment]  # DRF takes it out of the class
    data = CodeBody(many=True)  # type: ignore[assignment]  # as above


LISTED_CATEGORIES = OpenApiResponse(
    CodelistBody,
    examples=[OpenApiExample("Categories", value=CATEGORIES, response_only=True)],
)
