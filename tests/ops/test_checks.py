"""The system checks refuse an API view that says not who may call it."""

from typing import Any, ClassVar

import pytest
from django.core.checks import Error
from django.test import override_settings
from django.urls import include, path
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from apps.ops.checks import check_required_scopes, check_schedule
from config.celery import SCHEDULE


class Guarded(APIView):
    required_scopes: ClassVar[dict[str, tuple[str, ...]]] = {
        "GET": ("purchase_orders:read",),
        "POST": ("purchase_orders:create",),
    }

    def get(self, _request: Any) -> None: ...

    def post(self, _request: Any) -> None: ...


class Silent(APIView):
    def get(self, _request: Any) -> None: ...


class Half(Guarded):
    required_scopes: ClassVar[dict[str, tuple[str, ...]]] = {
        "GET": ("purchase_orders:read",),
        "POST": (),
    }


class Invented(Guarded):
    required_scopes: ClassVar[dict[str, tuple[str, ...]]] = {
        "GET": ("purchase_orders:read", "orders:peek"),
        "POST": ("purchase_orders:create",),
    }


class Unchecked(Guarded):
    permission_classes = (AllowAny,)


class Actions(ViewSet):
    required_scopes: ClassVar[dict[str, tuple[str, ...]]] = {"GET": ("purchase_orders:read",)}

    def list(self, _request: Any) -> None: ...

    def create(self, _request: Any) -> None: ...


urlpatterns: list[Any] = []


def faults(*views: Any, prefix: str = "api/v1/") -> list[tuple[str, str]]:
    urlpatterns[:] = [path(prefix, include([path(f"v{n}", view) for n, view in enumerate(views)]))]
    with override_settings(ROOT_URLCONF=__name__):
        found = check_required_scopes()
    assert all(isinstance(message, Error) for message in found)
    return [(str(message.id), message.msg) for message in found]


def test_the_products_own_views_pass() -> None:
    assert check_required_scopes() == []


def test_a_view_that_declares_all_it_handles_passes() -> None:
    assert faults(Guarded.as_view()) == []


def test_a_view_without_scopes_is_refused_and_named() -> None:
    text = "tests.ops.test_checks.Silent at /api/v1/v0 declares no required_scopes for GET."

    assert faults(Silent.as_view(), Guarded.as_view()) == [("ops.E001", text)]


def test_a_view_that_leaves_out_one_method_is_refused() -> None:
    text = "tests.ops.test_checks.Half at /api/v1/v0 declares no required_scopes for POST."

    assert faults(Half.as_view()) == [("ops.E001", text)]


def test_a_scope_that_does_not_exist_is_refused() -> None:
    text = "tests.ops.test_checks.Invented at /api/v1/v0 requires 'orders:peek', which no scope"

    assert faults(Invented.as_view()) == [("ops.E002", f"{text} is called.")]


def test_a_view_that_does_not_look_at_its_scopes_is_refused() -> None:
    text = "tests.ops.test_checks.Unchecked at /api/v1/v0 does not look at its required_scopes."

    assert faults(Unchecked.as_view()) == [("ops.E003", text)]


def test_a_view_set_declares_what_it_is_routed_for() -> None:
    assert faults(Actions.as_view({"get": "list"})) == []
    assert [name for name, _ in faults(Actions.as_view({"get": "list", "post": "create"}))] == [
        "ops.E001"
    ]


def test_pages_and_views_elsewhere_are_not_the_apis() -> None:
    assert faults(lambda _request: None) == []
    assert faults(Silent.as_view(), prefix="health/") == []


def test_every_task_stands_in_the_schedule() -> None:
    assert check_schedule() == []


@pytest.mark.parametrize("name", sorted(SCHEDULE))
def test_a_task_without_a_row_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delitem(SCHEDULE, name)

    (message,) = check_schedule()

    assert (message.id, message.msg) == (
        "ops.E004",
        f"The job {name!r} is not both a task and a row of the schedule.",
    )


def test_a_row_without_a_task_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SCHEDULE, "make_coffee", 60)

    assert [message.id for message in check_schedule()] == ["ops.E004"]
