"""Answers of single resources, and of requests that may be sent again."""

from typing import Any

from rest_framework.response import Response

from apps.core.models import Identified
from apps.gateway.policy import entity_tag
from apps.gateway.services import Answer


def resource_response(
    resource: Identified, body: dict[str, Any], *, revision: int, location: str = ""
) -> Response:
    """A single resource with its ETag."""
    response = Response(body)
    response["ETag"] = entity_tag(resource.public_id, revision)
    if location:
        response["Location"] = location
    return response


def mark_answer(response: Response, answer: Answer[Any]) -> Response:
    """The status of a request that may be sent again, and whether it was."""
    response.status_code = answer.status
    if answer.replayed:
        response["Idempotency-Replayed"] = "true"
    return response
