"""Domain errors: a machine code and what the caller may know, apart from what the log may know."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class FieldError:
    """One fault in the input. ``pointer`` is a JSON pointer (RFC 6901) into the body."""

    pointer: str
    code: str
    detail: str


@dataclass(eq=False)
class DomainError(Exception):
    """A refusal. ``status`` is the HTTP status a surface answers with (spec 4, reference 4e).

    ``detail`` is safe to show; ``hint`` is for our log only; ``extra`` are further members of the
    problem document, safe to show. ``private`` is for the trail, which then hears of the refusal
    whatever its status.
    """

    detail: str = ""
    errors: list[FieldError] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    private: dict[str, Any] = field(default_factory=dict)
    hint: str = ""
    code: str = "error"
    title: str = "The request was refused"
    status: int = 400

    def __str__(self) -> str:
        return self.detail or self.title


@dataclass(eq=False)
class NotFoundError(DomainError):
    code: str = "not-found"
    title: str = "Not found"
    status: int = 404


@dataclass(eq=False)
class InvalidTransitionError(DomainError):
    code: str = "invalid-transition"
    title: str = "Not possible in this state"
    status: int = 409


@dataclass(eq=False)
class ValidationFailedError(DomainError):
    code: str = "validation-error"
    title: str = "Some values are not acceptable"
    status: int = 422


@dataclass(eq=False)
class ForbiddenError(DomainError):
    code: str = "role-not-permitted"
    title: str = "Not permitted"
    status: int = 403


@dataclass(eq=False)
class ConflictError(DomainError):
    code: str = "conflict"
    title: str = "Conflict"
    status: int = 409
