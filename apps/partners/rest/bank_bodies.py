"""Changes of a vendor's bank accounts, for the API's description."""

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema_serializer
from rest_framework import serializers

from apps.gateway.rest import PageBody
from apps.partners.models import ChangeKind
from apps.partners.rest.body_fields import Shape, maybe, moment, redacted, shown
from apps.partners.rest.examples import PROPOSED, WITHDRAWN
from apps.partners.states import EFFECTIVE, ChangeState

CHANGE_STATES = [*ChangeState.choices, (EFFECTIVE, EFFECTIVE)]


@shown(PROPOSED)
class BankChangeBody(Shape):
    """A change of bank account and what became of it; an `effective` one has cooled off. A write
    answers with the id and the revision alone if the token may not read.
    """

    id = serializers.CharField()
    revision = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=ChangeKind.choices, required=False)
    status = serializers.ChoiceField(choices=CHANGE_STATES, required=False)
    account = maybe(allow_null=True)
    new_account = maybe(allow_null=True)
    holder = maybe()
    number_kind = maybe()
    number = maybe(help_text="Masked")
    bic = maybe()
    bank_code = maybe()
    country = maybe()
    currency = maybe()
    reason = maybe()
    proposed_at = serializers.DateTimeField(required=False)
    verified_at = moment()
    effective_from = moment()
    stopped_at = moment()
    stop_reason = maybe()
    _redacted = redacted()


WITHDRAWN_CHANGE = OpenApiResponse(
    BankChangeBody,
    examples=[
        OpenApiExample(
            "Withdrawn",
            value={
                **PROPOSED,
                "revision": 2,
                "status": ChangeState.WITHDRAWN.value,
                "stopped_at": "2026-11-18T09:00:00Z",
                "stop_reason": WITHDRAWN["reason"],
            },
            response_only=True,
        )
    ],
)


@extend_schema_serializer(many=False)
class BankChangeListBody(Shape):
    data = BankChangeBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    page = PageBody()
