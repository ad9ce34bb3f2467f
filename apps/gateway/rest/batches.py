"""Many requests in one: each goes to its own address, with the same checks it has alone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.db import transaction
from django.urls import resolve
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.actor import Actor
from apps.gateway.errors import BusyError
from apps.gateway.rest.origin import actor_of, origin_of


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a POST of its own would send."""

    path: str
    key: str
    if_match: str
    body: dict[str, Any]


class AlreadyKnown(BaseAuthentication):
    """The batch has shown its credential; its calls are that caller's, each with its own key."""

    def __init__(self, batch: Request) -> None:
        self._batch = batch

    def authenticate(self, request: Request) -> tuple[Any, Any]:
        return replace(actor_of(self._batch), origin=origin_of(request)), self._batch.auth

    def authenticate_header(self, _request: Request) -> str:
        known_by: Any = self._batch.successful_authenticator
        return str(known_by.authenticate_header(self._batch))


def view_at(path: str) -> Any:  # noqa: ANN401 -- a view's class, as DRF leaves it at its address
    return resolve(path).func.cls  # type: ignore[attr-defined]  # DRF's own mark


def perform(batch: Request, call: Call) -> Response:
    """What the call's address answers to the batch's caller; a refusal is an answer too."""
    actor_of(batch)
    match = resolve(call.path)
    view = view_at(call.path).as_view(authentication_classes=(lambda: AlreadyKnown(batch),))
    answer: Response = view(_request(batch, call), *match.args, **match.kwargs)
    return answer


def perform_all_or_none(batch: Request, calls: Sequence[Call]) -> list[Response]:
    """The answers as far as it came: when the last is a refusal, nothing was done.

    Raises BusyError when others were in the way of one, which lets go of what the batch holds.
    """
    answers: list[Response] = []
    with transaction.atomic():
        for call in calls:
            answers.append(perform(batch, call))
            if answers[-1].status_code == BusyError.status:
                raise BusyError
            if refused(answers[-1]):
                transaction.set_rollback(True)
                break
    return answers


def caller_of(answer: Response) -> Actor:
    """Of one call, with its own key and the scopes that it took."""
    context: dict[str, Any] = answer.renderer_context  # type: ignore[attr-defined]  # set by DRF
    return actor_of(context["request"])


def refused(answer: Response) -> bool:
    return answer.status_code >= 400  # noqa: PLR2004 -- RFC 9110 section 15


def _request(batch: Request, call: Call) -> WSGIRequest:
    """From the same caller and place, with the same request id."""
    raw = json.dumps(call.body).encode()
    return WSGIRequest(
        {
            **batch.META,
            "REQUEST_METHOD": "POST",
            "PATH_INFO": call.path,
            "SCRIPT_NAME": "",
            "QUERY_STRING": "",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(raw)),
            "wsgi.input": BytesIO(raw),
            "HTTP_IDEMPOTENCY_KEY": call.key,
            "HTTP_IF_MATCH": call.if_match,
        }
    )
