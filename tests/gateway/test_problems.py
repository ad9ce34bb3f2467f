"""Every refusal in one form, wherever it comes from."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404
from django.test import Client as Browser
from django.urls import include, path
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.audit.models import Event
from apps.core.actor import Actor, system_actor
from apps.core.errors import DomainError, FieldError, NotFoundError, ValidationFailedError
from apps.gateway.errors import CATALOGUE, IdempotencyInProgressError
from tests.factories.gateway import problem

RAISED: dict[str, Exception] = {
    "domain": ValidationFailedError(
        "See errors.",
        errors=[FieldError("/a", "bad", "It is bad.")],
        extra={"known": ["a"], "status": 200, "code": "ok"},
        hint="the log may know",
    ),
    "headers": IdempotencyInProgressError("Wait."),
    "hidden": NotFoundError("There is no such thing."),
    "http404": Http404("secret"),
    "denied": PermissionDenied("secret"),
    "not_found": exceptions.NotFound(),
    "parse": exceptions.ParseError(),
    "throttled": exceptions.Throttled(wait=7.5),
    "suspicious": SuspiciousOperation("secret"),
    "bug": ZeroDivisionError("secret"),
    "odd": exceptions.APIException("secret"),
}


class Raising(APIView):
    """Raises what it is told to, for a caller that is known or not."""

    authentication_classes = ()
    permission_classes = ()
    actor: Actor | None = None

    def get(self, request: Request, name: str) -> Response:
        request.user = self.actor
        raise RAISED[name]


class RaisingForSomebody(Raising):
    actor = system_actor("somebody")


def refuse(request: Any) -> None:
    raise RAISED[request.GET["name"]]


urlpatterns = [
    path("api/raise/<str:name>", Raising.as_view()),
    path("api/known/<str:name>", RaisingForSomebody.as_view()),
    path("api/page", refuse),
    path("page", refuse),
    path("", include("config.urls")),  # Pages link to the rest of the product.
]
handler400 = "apps.gateway.views.bad_request"
handler403 = "apps.gateway.views.permission_denied"
handler404 = "apps.gateway.views.not_found"
handler500 = "apps.gateway.views.server_error"


@pytest.fixture
def browser(settings: Any) -> Iterator[Browser]:
    settings.ROOT_URLCONF = __name__
    return Browser(raise_request_exception=False)


@pytest.mark.parametrize(
    ("name", "status", "code"),
    (
        ("domain", 422, "validation-error"),
        ("headers", 409, "idempotency-in-progress"),
        ("hidden", 404, "not-found"),
        ("http404", 404, "not-found"),
        ("denied", 403, "role-not-permitted"),
        ("not_found", 404, "not-found"),
        ("parse", 400, "malformed-request"),
        ("throttled", 429, "quota-exceeded"),
        ("suspicious", 400, "malformed-request"),
        ("bug", 500, "internal-error"),
        ("odd", 500, "internal-error"),
    ),
)
def test_exception_becomes_its_problem(browser: Browser, name: str, status: int, code: str) -> None:
    answer = browser.get(f"/api/raise/{name}")

    assert problem(answer) == (status, code)
    assert b"secret" not in answer.content
    assert b"the log may know" not in answer.content


def test_problem_has_its_members_and_extras_replace_none(browser: Browser, settings: Any) -> None:
    answer = browser.get("/api/raise/domain", headers={"X-Request-Id": "request-77"})

    assert json.loads(answer.content) == {
        "type": f"{settings.PUBLIC_URL}/problems/validation-error",
        "title": "Some values are not acceptable",
        "status": 422,
        "detail": "See errors.",
        "instance": "urn:countersign:request:request-77",
        "code": "validation-error",
        "errors": [{"pointer": "/a", "code": "bad", "detail": "It is bad."}],
        "request_id": "request-77",
        "known": ["a"],
    }


def test_problem_keeps_the_headers_of_its_exception(browser: Browser) -> None:
    assert browser.get("/api/raise/headers")["Retry-After"] == "1"
    assert browser.get("/api/raise/throttled")["Retry-After"] == "8"


def test_hint_goes_to_the_log_only(browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="apps.gateway.problems.handler"):
        browser.get("/api/raise/domain")

    assert "validation-error: the log may know" in caplog.messages


def test_fault_of_ours_is_logged_with_its_traceback(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    browser.get("/api/raise/bug")

    assert [r.exc_info[0] for r in caplog.records if r.exc_info] == [ZeroDivisionError]


@pytest.mark.parametrize(
    ("name", "status", "code"),
    (
        ("bug", 500, "internal-error"),
        ("suspicious", 400, "malformed-request"),
        ("denied", 403, "role-not-permitted"),
    ),
)
def test_plain_view_below_the_api_answers_with_a_problem(
    browser: Browser, name: str, status: int, code: str
) -> None:
    answer = browser.get(f"/api/page?name={name}")

    assert problem(answer) == (status, code)
    assert b"secret" not in answer.content


@pytest.mark.django_db
@pytest.mark.parametrize("name", ("hidden", "http404", "denied"))
def test_denial_of_somebody_known_is_recorded(browser: Browser, name: str) -> None:
    browser.get(f"/api/known/{name}")

    assert Event.objects.get().data["path"] == f"/api/known/{name}"


@pytest.mark.django_db
@pytest.mark.parametrize("address", ("known/domain", "known/headers", "raise/hidden"))
def test_other_refusals_and_strangers_are_not_recorded(browser: Browser, address: str) -> None:
    browser.get(f"/api/{address}")

    assert Event.objects.count() == 0


@pytest.mark.parametrize("address", ("/api/nothing", "/api/", "/api/v2/purchase-orders"))
def test_unknown_address_of_the_api_is_a_problem(browser: Browser, address: str) -> None:
    answer = browser.get(address)

    assert problem(answer) == (404, "not-found")
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status"),
    (
        ("/nothing", 404),
        ("/page?name=bug", 500),
        ("/page?name=suspicious", 400),
        ("/page?name=denied", 403),
    ),
)
def test_pages_outside_the_api_stay_pages(browser: Browser, address: str, status: int) -> None:
    answer = browser.get(address)

    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/html")
    assert b"secret" not in answer.content


def subclasses(base: type[DomainError]) -> Iterator[type[DomainError]]:
    for found in base.__subclasses__():
        yield found
        yield from subclasses(found)


def test_every_error_of_the_api_is_in_the_catalogue() -> None:
    shown = {
        (error.code, error.status)
        for error in subclasses(DomainError)
        if error.__module__.split(".")[1] in {"core", "gateway", "procurement", "webhooks"}
        and error.__name__ != "ReplayedRefusalError"
    }

    assert shown - {(kind.code, kind.status) for kind in CATALOGUE.values()} == set()
