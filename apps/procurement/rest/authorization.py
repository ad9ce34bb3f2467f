"""The shape of an order's receipt, and what its query may hold."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.gateway.rest.parameters import Parameter
from apps.procurement.models import RevisionAct
from apps.procurement.rest.authorization_example import AUTHORIZED
from apps.procurement.rest.decisions import DecisionKeptBody, PolicyBody
from apps.procurement.states import OrderStatus

Shape = serializers.Serializer[Any]
REVISION_NUMBER = {"type": "integer", "minimum": 1}
AUTHORIZATION_QUERY = {
    "revision": Parameter("Only this revision.", REVISION_NUMBER),
    "before": Parameter(
        "Only older revisions than this one; for those that `has_more` tells of.", REVISION_NUMBER
    ),
    "format": Parameter(
        "`jws`: the receipt as a compact JWS, as with `Accept: application/jose`.",
        {"type": "string", "enum": ["json", "jws"]},
    ),
}


class ProofBody(Shape):
    """From the event's leaf to a signed root of the log (RFC 6962). Hashes are in hexadecimal."""

    leaf_index = serializers.IntegerField(min_value=0)
    tree_size = serializers.IntegerField(min_value=1)
    leaf_hash = serializers.CharField()
    path = serializers.ListField(
        child=serializers.CharField(), help_text="From the leaf's sibling upwards"
    )
    checkpoint = serializers.CharField(
        help_text="Compact JWS of type `countersign-checkpoint+json`: "
        "`origin`, `tree_size`, `root_hash`, `at`"
    )


class CommittedPrivateBody(Shape):
    salt = serializers.CharField()
    document = serializers.DictField()


class CommittedBody(Shape):
    """What the leaf commits to. ``private`` is shown to the buyer's side only, and where a decision
    was made by a project's budget only with `purchase_orders.cost:read`.
    """

    public = serializers.DictField(help_text="The leaf is its canonical JSON (RFC 8785)")
    private = CommittedPrivateBody(
        required=False,
        help_text="`public.private_hash` is SHA-256 over salt and canonical document",
    )
    _redacted = serializers.ListField(child=serializers.CharField(), required=False)


class ContextBody(Shape):
    """By what right the revision was made: `session` is the grant. ``_redacted`` names the
    buyer's part, and `budget` where the decision tells nothing of what one comes to.
    """

    session = serializers.CharField()
    client_id = serializers.CharField(allow_blank=True)
    scopes_exercised = serializers.ListField(child=serializers.CharField())
    request_id = serializers.CharField(allow_blank=True)
    subject = serializers.CharField(required=False)
    role = serializers.CharField(required=False, allow_blank=True)
    ip = serializers.CharField(required=False, allow_null=True)
    reason = serializers.CharField(required=False, allow_blank=True)
    scopes_granted = serializers.ListField(child=serializers.CharField(), required=False)
    authorization_details_sha256 = serializers.CharField(required=False, allow_blank=True)
    access_token_sha256 = serializers.CharField(required=False, allow_blank=True)
    idempotency_key_sha256 = serializers.CharField(required=False, allow_blank=True)
    decision_id = serializers.CharField(
        required=False, allow_null=True, help_text="Of `decision`; events name it too"
    )
    policies = PolicyBody(
        many=True, required=False, help_text="The policies that were asked, each in its version"
    )
    policy_version = serializers.IntegerField(
        required=False, allow_null=True, help_text="The newest of them"
    )
    decision = DecisionKeptBody(
        required=False,
        allow_null=True,
        help_text="Of acts that rules decided: why the purchase could be",
    )
    _redacted = serializers.ListField(child=serializers.CharField(), required=False)


class AuthorizedRevisionBody(Shape):
    """``proof`` is null until the event is sealed and a checkpoint signed: a minute or two."""

    id = serializers.CharField()
    revision = serializers.IntegerField()
    act = serializers.ChoiceField(choices=RevisionAct.choices)
    status = serializers.ChoiceField(choices=OrderStatus.choices, help_text="After the act")
    at = serializers.DateTimeField()
    effective_at = serializers.DateTimeField(
        allow_null=True, help_text="When the act took effect outside, as was said"
    )
    content_sha256 = serializers.CharField(
        help_text="Of the revision's `content` as canonical JSON (RFC 8785)"
    )
    context = ContextBody()  # type: ignore[assignment]  # DRF takes it out of the class
    event = CommittedBody()
    proof = ProofBody(allow_null=True)


@extend_schema_serializer(
    examples=[OpenApiExample("As the vendor sees it", value=AUTHORIZED, response_only=True)]
)
class AuthorizationBody(Shape):
    """What authorised an order, newest revision first; a vendor's begins with the issue."""

    purchase_order = serializers.CharField()
    number = serializers.CharField()
    revisions = AuthorizedRevisionBody(many=True)
    has_more = serializers.BooleanField()
    links = serializers.DictField(child=serializers.CharField())
