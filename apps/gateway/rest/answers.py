"""Answers of single resources, and of requests that may be sent again."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.models import Identified
from apps.gateway.policy import entity_tag
from apps.gateway.services import Answer

SAID = "countersign.answer_headers"


def resource_response(
    resource: Identified, body: dict[str, Any], *, revision: int, location: str = ""
) -> Response:
    """A single resource with its ETag."""
    response = Response(body)
    response["ETag"] = entity_tag(resource.public_id, revision)
    if location:
        response["Location"] = location
    return response


def say_in_answer(request: Request, headers: dict[str, str]) -> None:
    """Headers that the answer carries whatever it is, a refusal too."""
    request.META.setdefault(SAID, {}).update(headers)


def add_what_was_said(request: Request, response: Response) -> None:
    """A Link joins those that the answer has already (RFC 8288 section 3)."""
    for name, value in request.META.get(SAID, {}).items():
        present = response.get(name) if name == "Link" else None
        response[name] = f"{present}, {value}" if present else value


def mark_answer(response: Response, answer: Answer[Any]) -> Response:
    """The status of a request that may be sent again, and whether it was."""
    response.status_code = answer.status
    if answer.replayed:
        response["Idempotency-Replayed"] = "true"
    return response
