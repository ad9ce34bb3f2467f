"""A refusal and the document that tells of it."""

from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from apps.core.errors import FieldError
from apps.gateway.errors import CATALOGUE


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What the caller may know of a refusal. ``extra`` are further members of the document;
    ``private`` is none of it, but the buyer's part of what the trail is told.
    """

    code: str
    status: int
    title: str
    detail: str = ""
    errors: list[FieldError] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    private: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of_kind(cls, code: str, **members: Any) -> "Problem":  # noqa: ANN401 -- members of the class
        kind = CATALOGUE[code]
        return cls(code=code, status=kind.status, title=kind.title, **members)


def request_id_of(request: HttpRequest) -> str:
    return str(request.META.get("countersign.request_id", ""))


def problem_document(problem: Problem, request: HttpRequest) -> dict[str, Any]:
    """The members of RFC 9457 section 3.1 and ours; extras never replace any of them."""
    request_id = request_id_of(request)
    return {
        **problem.extra,
        "type": f"{settings.PUBLIC_URL}/problems/{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail or problem.title,
        "instance": f"urn:countersign:request:{request_id}",
        "code": problem.code,
        "errors": [asdict(fault) for fault in problem.errors],
        "request_id": request_id,
    }
