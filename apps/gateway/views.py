"""Pages of the edge: what went wrong, what each problem means, and the API's description."""

import sys
from functools import cache

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views import defaults
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from apps.gateway.errors import CATALOGUE, PROBLEM_TYPE
from apps.gateway.problems import Problem, problem_document

RETRY_AFTER = 5  # Seconds: about what a restart of the database takes.


def _problem(request: HttpRequest, code: str) -> HttpResponse:
    problem = Problem.of_kind(code)
    response = JsonResponse(
        problem_document(problem, request), status=problem.status, content_type=PROBLEM_TYPE
    )
    response["Cache-Control"] = "private, no-store"
    return response


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return _problem(request, "malformed-request")
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return _problem(request, "role-not-permitted")
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return _problem(request, "not-found")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django has logged the exception; the caller gets the request id to ask about it.

    A database that is away is no fault of ours in the code: it will be back (spec 6).
    """
    away = isinstance(sys.exc_info()[1], (OperationalError, InterfaceError))
    if _is_api(request):
        response = _problem(request, "temporarily-unavailable" if away else "internal-error")
    else:
        response = defaults.server_error(request, "503.html" if away else "500.html")
    if away:
        response.status_code = 503
        response["Retry-After"] = str(RETRY_AFTER)
    return response


@require_safe
def problem_kinds(request: HttpRequest) -> HttpResponse:
    return render(request, "gateway/problems.html", {"kinds": CATALOGUE.values()})


@require_safe
def problem_kind(request: HttpRequest, code: str) -> HttpResponse:
    if code not in CATALOGUE:
        raise Http404
    return render(request, "gateway/problem.html", {"kind": CATALOGUE[code]})


@cache
def _description() -> dict[str, object]:
    """The OpenAPI document is the same for everybody until the next start."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]  # the library's
    description: dict[str, object] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # the library's
    description["servers"] = [{"url": settings.PUBLIC_URL}]
    return description


@require_safe
def openapi(_request: HttpRequest) -> JsonResponse:
    response = JsonResponse(_description())
    response["Cache-Control"] = "public, max-age=300"
    return response


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The rendered reference; every asset is served from here, no script stands in the page."""
    return render(request, "gateway/docs.html")
