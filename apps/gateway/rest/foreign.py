"""A vendor that asks in a list for what is another's finds nothing, and the trail hears of it (spec
4, cross-partner).
"""

from collections.abc import Mapping

from django.utils import timezone
from rest_framework.request import Request

from apps.gateway.rest.filters import Filter
from apps.gateway.rest.origin import actor_of
from apps.gateway.services import named_anothers, record_denial

FOUND_NOTHING = 200


def tell_of_foreign_ids(request: Request, conditions: Mapping[str, tuple[Filter, str]]) -> None:
    """Record the filters of an empty answer that name what exists and is not the vendor's to know
    of, as the address of it would have said 404. One query for each filter by id, and none for
    others; who finds something costs nothing. The buyer's side misuses nothing by looking for what
    another of the buyer's projects has.
    """
    if not actor_of(request).acts_for_vendor:
        return
    found = [
        name
        for name in sorted(conditions.keys() & request.query_params.keys())
        if _names_anothers(request, name, *conditions[name])
    ]
    if found:
        record_denial(
            actor=actor_of(request),
            at=timezone.now(),
            code="not-found",
            status=FOUND_NOTHING,
            method=str(request.method),
            path=request.path,
            private=named_anothers({name: request.query_params[name] for name in found}),
        )


def _names_anothers(request: Request, name: str, kind: Filter, operator: str) -> bool:
    if kind.gate is None:
        return False
    wanted = kind.wanted(operator, request.query_params[name])
    if not wanted:
        return False
    known = kind.gate(actor_of(request)).filter(pk__in=wanted)
    there = known.model._base_manager.filter(pk__in=wanted)  # noqa: SLF001 -- Django's documented name
    return bool(there.exclude(pk__in=known.order_by().values("pk")).exists())
