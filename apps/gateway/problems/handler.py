"""From an exception in an API view to its problem, and from a denial to its event."""

import logging
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from apps.core.actor import Actor
from apps.core.errors import DomainError
from apps.gateway.errors import CATALOGUE, PROBLEM_TYPE, BusyError, is_busy
from apps.gateway.problems.documents import Problem, problem_document
from apps.gateway.services import is_denial, record_denial

logger = logging.getLogger(__name__)
# DRF's names for what ours are.
CODES = {
    "parse_error": "malformed-request",
    "not_authenticated": "token-missing",
    "authentication_failed": "token-invalid",
    "permission_denied": "role-not-permitted",
    "not_found": "not-found",
    "method_not_allowed": "method-not-allowed",
    "not_acceptable": "not-acceptable",
    "unsupported_media_type": "unsupported-media-type",
    "throttled": "quota-exceeded",
}


def problem_response(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. None for what nobody foresaw: Django logs it and answers 500.

    A denial is recorded in a transaction of its own, for that of the request is rolled back.
    """
    problem = _problem_of(exc)
    if problem is None:
        return None
    if problem.status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE:
        problem = _naming(problem, [str(one.media_type) for one in context["view"].get_parsers()])
    request = context["request"]
    told = is_denial(code=problem.code, status=problem.status) or problem.private
    if told and isinstance(request.user, Actor):
        record_denial(
            actor=request.user,
            at=timezone.now(),  # noqa: TID251 -- where a surface's exceptions end
            code=problem.code,
            status=problem.status,
            method=str(request.method),
            path=request.path,
            private=problem.private,
        )
    return ProblemResponse(problem, request)


class ProblemResponse(Response):
    """``private`` is what the trail was told of the refusal beside its code, for a batch that is
    rolled back has to tell it again.
    """

    def __init__(self, problem: Problem, request: Any) -> None:  # noqa: ANN401 -- DRF's or Django's
        super().__init__(
            problem_document(problem, request),
            status=problem.status,
            headers=problem.headers,
            content_type=PROBLEM_TYPE,
        )
        self.private = problem.private


def _naming(problem: Problem, taken: list[str]) -> Problem:
    """With the media types that are taken, in Accept too (RFC 9110 section 15.5.16)."""
    detail = f"{problem.detail} Send {' or '.join(taken)}."
    return replace(problem, detail=detail, headers={**problem.headers, "Accept": ", ".join(taken)})


def _problem_of(exc: Exception) -> Problem | None:
    if isinstance(exc, DomainError):
        return _of_domain(exc)
    if is_busy(exc):
        logger.warning("The database gave up: %s", exc)
        return _of_domain(BusyError())
    if isinstance(exc, Http404):
        return Problem.of_kind("not-found")
    if isinstance(exc, PermissionDenied):
        return Problem.of_kind("role-not-permitted")
    return _of_framework(exc) if isinstance(exc, APIException) else None


def _of_domain(error: DomainError) -> Problem:
    if error.hint:
        logger.info("%s: %s", error.code, error.hint)
    return Problem(
        code=error.code,
        status=error.status,
        title=error.title,
        detail=error.detail,
        errors=error.errors,
        extra=error.extra,
        private=error.private,
        headers=getattr(error, "headers", {}),
    )


def _of_framework(error: APIException) -> Problem | None:
    """A refusal that DRF or our authentication raised; None when it stands for a fault of ours."""
    named = error.get_codes()
    code = CODES.get(named, named) if isinstance(named, str) else ""
    if code not in CATALOGUE:
        return None
    return Problem.of_kind(
        code,
        detail=str(error.detail),
        extra=getattr(error, "extra", {}),
        headers=_headers(error),
    )


def _headers(error: APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", ""):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return headers
