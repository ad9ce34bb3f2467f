"""System checks: closed by default is looked at before the first request is served."""

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.settings import api_settings

from apps.gateway.rest.views import AnyScopes
from apps.oauth.scopes import CATALOGUE
from config.celery import SCHEDULE, app

API = "api/"
# Answered by DRF itself, or by the handler of GET.
UNGUARDED_METHODS = {"options", "head"}
Patterns = Iterable[URLPattern | URLResolver]


@register(Tags.urls)
def check_required_scopes(**_given: object) -> list[CheckMessage]:
    """Every API view says per method which scopes it takes, of those there are."""
    return [
        message
        for route, view, methods in api_views(get_resolver().url_patterns)
        for message in _faults(route, view, methods)
    ]


@register(Tags.compatibility)
def check_schedule(**_given: object) -> list[CheckMessage]:
    """Every task stands in the schedule, and every row of it has its task."""
    for module in app.conf.include:
        import_module(module)
    tasks = {name.removeprefix("ops.") for name in app.tasks if name.startswith("ops.")}
    return [
        Error(
            f"The job {name!r} is not both a task and a row of the schedule.",
            hint="Add what is missing to apps/ops/tasks.py or config/celery.py.",
            id="ops.E004",
        )
        for name in sorted(tasks ^ SCHEDULE.keys())
    ]


def api_views(patterns: Patterns, prefix: str = "") -> Iterator[tuple[str, type, list[str]]]:
    """The DRF views below /api/: route, class and the methods they handle, in lower case."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from api_views(pattern.url_patterns, route)
            continue
        view = getattr(pattern.callback, "cls", None)
        if route.startswith(API) and isinstance(view, type):
            yield route, view, _methods(view, getattr(pattern.callback, "actions", None))


def _methods(view: type, actions: dict[str, str] | None) -> list[str]:
    names: list[str] = getattr(view, "http_method_names", [])
    handled = actions or [name for name in names if hasattr(view, name)]
    return [name for name in handled if name not in UNGUARDED_METHODS]


def _faults(route: str, view: type, methods: list[str]) -> Iterator[CheckMessage]:
    declared: dict[str, Any] = getattr(view, "required_scopes", {})
    name = f"{view.__module__}.{view.__qualname__}"
    for method in methods:
        scopes = declared.get(method.upper())
        more = getattr(view, "optional_scopes", {}).get(method.upper(), ())
        if not scopes and not isinstance(scopes, AnyScopes):
            text = f"{name} at /{route} declares no required_scopes for {method.upper()}."
            yield Error(text, hint="Nothing is open by default.", id="ops.E001")
        for scope in sorted({*(scopes or ()), *more} - CATALOGUE.keys()):
            text = f"{name} at /{route} requires {scope!r}, which no scope is called."
            yield Error(text, hint="The catalogue is apps/oauth/scopes.py.", id="ops.E002")
    permissions = set(getattr(view, "permission_classes", ()))
    if not permissions.issuperset(api_settings.DEFAULT_PERMISSION_CLASSES):
        text = f"{name} at /{route} does not look at its required_scopes."
        yield Error(text, hint="Keep the default permission_classes.", id="ops.E003")
