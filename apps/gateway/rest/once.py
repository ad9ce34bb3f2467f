"""Writes that are done once, and what is shown of them: whole to who did it just now, and no more
than the caller may read when the request is only sent again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.policy import entity_tag
from apps.gateway.rest.answers import mark_answer
from apps.gateway.rest.details import Revised
from apps.gateway.rest.fieldsets import REDACTED, Body
from apps.gateway.rest.origin import actor_of
from apps.gateway.services import Repeatable, answer_once

# What it takes to go on after a write, and so is told without the scope to read.
ALWAYS = ("id", "number", "status", "revision", "links")
Resource = TypeVar("Resource", bound=Revised)
Written = TypeVar("Written")


def nowhere(_resource: object) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Write(Generic[Written]):
    """One write and its answer. ``work`` is told the hash of the request's key; ``gate`` raises
    when the caller may not see what the request is about; ``again`` reads what was made, named by
    its public id, by the caller's present rights; ``reads`` is the scope that shows the whole.
    """

    work: Callable[[str], Written]
    gate: Callable[[], object]
    again: Callable[[str], Written]
    render: Callable[[Written], Body]
    reads: str
    place: Callable[[Written], str] = nowhere


def answer_write(
    request: Request,
    once: Repeatable,
    write: Write[Resource],
    *,
    at: datetime,
    status: int = 200,
) -> Response:
    """Do the work, or tell again what became of it. Raises what answer_once raises."""
    answer = answer_once(
        request=once,
        at=at,
        status=status,
        work=lambda: write.work(once.key_sha256),
        gate=write.gate,
    )
    resource = answer.resource
    if resource is None:
        resource = write.again(answer.resource_id)
        body = as_far_as_read(request, write.reads, write.render(resource))
    else:
        body = write.render(resource)
    response = Response(body, headers={"ETag": entity_tag(resource.public_id, resource.revision)})
    if place := write.place(resource):
        response["Location"] = place
    return mark_answer(response, answer)


def as_far_as_read(request: Request, reads: str, body: Body) -> Body:
    """The whole for a token with the scope ``reads``; for another what it takes to go on."""
    if reads in actor_of(request).scopes:
        return body
    kept = {name: value for name, value in body.items() if name in ALWAYS}
    left_out = [name for name in body if name not in (*ALWAYS, REDACTED)]
    return {**kept, REDACTED: [*left_out, *body.get(REDACTED, ())]}
