"""The Merkle log: signed roots and proofs, so that anybody can see that the trail only grows.

Whatever its scopes, a credential that counts will do: these are hashes, salted where they cover
what not everybody may read.
"""

from typing import ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.audit.models import Checkpoint
from apps.gateway.errors import MalformedRequestError
from apps.gateway.rest import actor_of, list_response
from apps.gateway.rest.numbers import read_whole, whole_number
from apps.gateway.rest.representations import tagged_response
from apps.gateway.rest.views import ANY_SCOPES, ApiView
from apps.webhooks.formats import checkpoint_body, consistency_body
from apps.webhooks.rest.log import (
    CHECKPOINTS,
    CONSISTENCY_QUERY,
    INCLUSION_QUERY,
    CheckpointBody,
    CheckpointListBody,
    ConsistencyProofBody,
    InclusionProofBody,
)
from apps.webhooks.selectors import (
    checkpoint_of,
    consistency_between,
    latest_checkpoint,
    leaf_at,
    leaf_of,
    proof_of,
)

LATEST = "latest"
TREE_SIZE = OpenApiParameter(
    "tree_size", str, OpenApiParameter.PATH, description="A size, or `latest`."
)


class CheckpointList(ApiView):
    required_scopes: ClassVar = {"GET": ANY_SCOPES}
    listing = CHECKPOINTS

    @extend_schema(
        responses=CheckpointListBody,
        operation_id="list_checkpoints",
        summary="List the log's signed roots, newest first",
    )
    def get(self, request: Request) -> Response:
        return list_response(request, self.listing, Checkpoint.objects.all(), checkpoint_body)


class CheckpointDetail(ApiView):
    required_scopes: ClassVar = {"GET": ANY_SCOPES}
    revalidated = True

    @extend_schema(
        responses=CheckpointBody,
        operation_id="get_checkpoint",
        parameters=[TREE_SIZE],
        summary="Read the root of one size, or the latest",
    )
    def get(self, request: Request, tree_size: str) -> Response:
        found = latest_checkpoint() if tree_size == LATEST else checkpoint_of(read_whole(tree_size))
        return tagged_response(request, f'"checkpoint.{found.tree_size}"', checkpoint_body(found))


class InclusionProof(ApiView):
    required_scopes: ClassVar = {"GET": ANY_SCOPES}
    query_parameters = INCLUSION_QUERY
    problem_codes: ClassVar = {"GET": ("not-found",)}

    @extend_schema(
        responses=InclusionProofBody,
        operation_id="get_inclusion_proof",
        summary="Prove that an event stands in the log",
    )
    def get(self, request: Request) -> Response:
        event, index = request.query_params.get("event"), whole_number(request, "index")
        tree_size = whole_number(request, "tree_size")
        if index is not None and event is None:
            leaf = leaf_at(index)
        elif index is None and event is not None:
            leaf = leaf_of(actor=actor_of(request), event_id=event)
        else:
            raise MalformedRequestError("Name an event or an index, and only one of them.")
        return Response(proof_of(leaf, tree_size).document())


class ConsistencyProof(ApiView):
    required_scopes: ClassVar = {"GET": ANY_SCOPES}
    query_parameters = CONSISTENCY_QUERY
    problem_codes: ClassVar = {"GET": ("not-found",)}

    @extend_schema(
        responses=ConsistencyProofBody,
        operation_id="get_consistency_proof",
        summary="Prove that a later log begins with an earlier one",
    )
    def get(self, request: Request) -> Response:
        first, second = whole_number(request, "first"), whole_number(request, "second")
        if first is None or second is None or first > second:
            raise MalformedRequestError("Name a first size and a second, the first not greater.")
        return Response(consistency_body(consistency_between(first, second)))
