"""The shapes of an order's approvals."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.gateway.rest import Listing, PageBody

Shape = serializers.Serializer[Any]
WHOLE = {"next": None, "prev": None, "has_more": False}
APPROVAL: dict[str, Any] = {
    "id": "aps_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "purchase_order": "po_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "change": None,
    "revision": 2,
    "content_sha256": "0d4a1185a5cf1d9ad5e7f1dcd5bcbf1fe1b4d2b15a9a3a2b3c4e46eab1e8a6f6",
    "sequence": 1,
    "approver_role": "approver_admin",
    "min_approvers": 2,
    "missing": 1,
    "status": "waiting",
    "why": "Large orders asks for approval from EUR 10,000.00 on.",
    "rule": "apr_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "created_at": "2026-11-18T09:30:00Z",
    "ended_at": None,
    "given": [{"person": "usr_01J8Z3K4M5N6P7Q8R9S0T1V2W3", "at": "2026-11-18T10:00:00Z"}],
}


EXPECTED: dict[str, Any] = {
    "purchase_order": "po_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "change": "chg_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "status": "expected",
    "sequence": 1,
    "approver_role": "approver_admin",
    "min_approvers": 2,
    "missing": 2,
    "why": "Large orders asks for approval from EUR 10,000.00 on.",
    "rule": "apr_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
}


class WordBody(Shape):
    person = serializers.CharField()
    at = serializers.DateTimeField()


@extend_schema_serializer(examples=[OpenApiExample("One of two", value=APPROVAL)])
class ApprovalBody(Shape):
    """So many people of a role who are asked; those of a lower ``sequence`` come first. Who gave
    their word is shown with the scope `purchase_orders.cost:read` or `purchase_orders:approve`.
    ``_redacted`` names what is hidden.
    """

    id = serializers.CharField()
    purchase_order = serializers.CharField()
    change = serializers.CharField(
        allow_null=True, help_text="The proposal of change that it is of; null for the order"
    )
    revision = serializers.IntegerField(
        help_text="The submission's; of a change, the order's when it was asked for"
    )
    content_sha256 = serializers.CharField(
        help_text="Of what was submitted; of a change, of its diff and the hash of its base"
    )
    sequence = serializers.IntegerField()
    approver_role = serializers.CharField()
    min_approvers = serializers.IntegerField()
    missing = serializers.IntegerField(
        help_text="How many more are needed; 0 for a step that was dropped: nobody is, any more"
    )
    status = serializers.ChoiceField(
        choices=["waiting", "filled", "dropped"],
        help_text="dropped: rejected, refused or cancelled before it was filled",
    )
    why = serializers.CharField()
    rule = serializers.CharField(allow_null=True, help_text="None where a policy asks")
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    given = WordBody(many=True, required=False)


@extend_schema_serializer(examples=[OpenApiExample("Of a change", value=EXPECTED)])
class ExpectedBody(Shape):
    """Who would be asked to approve a change that nobody has approved yet. Nothing of it is bound:
    the rules that stand when the first of them approves are those that count. Where it cannot be
    told, such as without an exchange rate, the role and the numbers are null, and ``why`` says so.
    """

    purchase_order = serializers.CharField()
    change = serializers.CharField()
    status = serializers.ChoiceField(choices=["expected"])
    sequence = serializers.IntegerField(allow_null=True)
    approver_role = serializers.CharField(allow_null=True)
    min_approvers = serializers.IntegerField(allow_null=True)
    missing = serializers.IntegerField(allow_null=True)
    why = serializers.CharField()
    rule = serializers.CharField(allow_null=True, help_text="None where no rule asks")


@extend_schema_serializer(
    many=False,
    examples=[
        OpenApiExample(
            "One of two", value={"data": [APPROVAL], "expected": [EXPECTED], "page": WHOLE}
        )
    ],
)
class ApprovalListBody(Shape):
    data = ApprovalBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    expected = ExpectedBody(
        many=True, help_text="Of the order's open changes, on every page; no steps of the list"
    )
    page = PageBody()


APPROVALS = Listing(ApprovalBody, default_sort="id")
