"""The shapes of a question whether something may be ordered, and of its answer."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.gateway.rest import StrictSerializer, Text
from apps.procurement.policy.checks import MAX_LINES
from apps.procurement.policy.purchasing import LimitKind, Outcome
from apps.procurement.policy.purchasing.questions import Question
from apps.procurement.rest.decision_examples import ANSWERED, ASKED
from apps.procurement.rest.fields import Country, Money
from apps.procurement.rest.limits import ALL_SOURCES

Shape = serializers.Serializer[Any]
OUTCOMES = [str(one) for one in Outcome]
KINDS = [str(kind) for kind in LimitKind]


class PlaceShape(StrictSerializer):
    """As much of an address as rules speak of; empty for an order that says none."""

    country = Country(required=False)
    postcode = Text(max_length=20, required=False, allow_blank=True)


@extend_schema_serializer(examples=[OpenApiExample("A laptop", value=ASKED, request_only=True)])
class QuestionShape(StrictSerializer):
    """What would be ordered. What is left out is left open: `left_open` names it."""

    project = Text(max_length=40)
    currency = Text(max_length=3, help_text="ISO 4217")
    amount = Money(help_text="Of the whole order, without tax")
    vendor = Text(max_length=40, required=False)
    categories = serializers.ListField(
        child=Text(max_length=40, allow_blank=True),
        required=False,
        max_length=MAX_LINES,
        help_text="Of the order's lines; empty text for a line without one",
    )
    ship_to = PlaceShape(required=False)
    contract_ref = Text(
        max_length=200,
        required=False,
        allow_blank=True,
        help_text="Of the contract it is under; empty text for an order under none",
    )


def question_of(said: dict[str, Any]) -> Question:
    """The question that a validated body stands for."""
    return Question(**{**said, "categories": frozenset(said.get("categories", ()))})


class SourceBody(Shape):
    kind = serializers.ChoiceField(choices=ALL_SOURCES)
    id = serializers.CharField(
        allow_blank=True, help_text="Of the policy, session, project or approval rule"
    )
    name = serializers.CharField()
    version = serializers.IntegerField(allow_null=True, help_text="Of a policy")


class LimitBody(Shape):
    kind = serializers.ChoiceField(
        choices=KINDS,
        help_text="`approval_from` is no limit but where approval begins",
    )
    amount = serializers.CharField(allow_null=True, help_text="Null of a budget that is not told")
    currency = serializers.CharField()
    days = serializers.IntegerField(allow_null=True, help_text="Of a limit per period")


class ConvertedBody(Shape):
    """What an amount in another currency was before, and by which rate."""

    amount = serializers.CharField()
    currency = serializers.CharField()
    rate = serializers.CharField(help_text="What one unit of it is worth in the limit's currency")
    rate_date = serializers.DateField()


class ReasonBody(Shape):
    """One thing that was looked at. Amounts are in the limit's currency."""

    code = serializers.CharField(
        help_text="The problem's code where it denies; else `within-limit`, `approval-needed`, "
        "`order-splitting` or, where no exchange rate tells what other orders come to, "
        "`earlier-orders-unknown`"
    )
    denies = serializers.BooleanField()
    detail = serializers.CharField()
    source = SourceBody(allow_null=True)  # type: ignore[assignment]  # DRF takes it out of the class
    limit = LimitBody(allow_null=True)
    requested = serializers.CharField(allow_null=True)
    remaining = serializers.CharField(allow_null=True)
    converted = ConvertedBody(required=False, help_text="Only where it is another currency")


class NeededBody(Shape):
    """So many people of a role who would be asked; those of a lower ``sequence`` come first."""

    sequence = serializers.IntegerField()
    approver_role = serializers.CharField()
    min_approvers = serializers.IntegerField()
    why = serializers.CharField()
    rule = serializers.CharField(allow_null=True, help_text="None where a policy asks")


class PolicyBody(Shape):
    id = serializers.CharField()
    version = serializers.IntegerField()


class DecisionKeptBody(Shape):
    """A decision as a revision keeps it. Older ones have no ``id`` and name no ``policies``."""

    id = serializers.CharField(required=False)
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    policy_version = serializers.IntegerField(allow_null=True)
    policies = PolicyBody(many=True, required=False)
    reasons = ReasonBody(many=True)
    approvals = NeededBody(many=True)


class AskedBody(Shape):
    project = serializers.CharField()
    vendor = serializers.CharField(allow_null=True)
    currency = serializers.CharField()
    amount = serializers.CharField()
    categories = serializers.ListField(child=serializers.CharField(allow_blank=True))
    ship_to = serializers.DictField(allow_null=True)
    contract_ref = serializers.CharField(allow_null=True, allow_blank=True)


@extend_schema_serializer(examples=[OpenApiExample("Too dear", value=ANSWERED, response_only=True)])
class DecisionBody(Shape):
    """What would become of such an order now, and everything that was looked at."""

    decision = serializers.ChoiceField(choices=OUTCOMES)
    code = serializers.CharField(allow_null=True, help_text="What it would be refused with")
    policy_version = serializers.IntegerField(
        allow_null=True, help_text="The newest that was taken into account"
    )
    reasons = ReasonBody(many=True)
    approvals = NeededBody(many=True)
    left_open = serializers.ListField(
        child=serializers.ChoiceField(choices=["categories", "vendor", "ship_to", "contract_ref"]),
        help_text="Not said, so no rule was asked about it. An order says it.",
    )
    asked = AskedBody()
    _redacted = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="`budget` without the scope `purchase_orders.cost:read`: of the project's it is "
        "told only whether it is kept",
    )
