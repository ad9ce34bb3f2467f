"""Refusals at the edge: of a request's shape, its conditions and its repetition."""

from dataclasses import dataclass, field

from apps.core.errors import DomainError


@dataclass(eq=False)
class MalformedRequestError(DomainError):
    code: str = "malformed-request"
    title: str = "The request cannot be read"
    status: int = 400


@dataclass(eq=False)
class UnknownFieldError(DomainError):
    code: str = "unknown-field"
    title: str = "The body has a field that does not exist"
    status: int = 400


@dataclass(eq=False)
class UnknownFilterError(DomainError):
    code: str = "unknown-filter"
    title: str = "The query names what does not exist"
    status: int = 400


@dataclass(eq=False)
class ClaimNotPermittedError(DomainError):
    code: str = "claim-not-permitted"
    title: str = "Part of the resource is not for you"
    status: int = 403


@dataclass(eq=False)
class PrincipalMismatchError(DomainError):
    code: str = "principal-mismatch"
    title: str = "Not yours to name"
    status: int = 422


@dataclass(eq=False)
class CursorInvalidError(DomainError):
    code: str = "cursor-invalid"
    title: str = "The cursor does not belong here"
    status: int = 400


@dataclass(eq=False)
class ContentTooLargeError(DomainError):
    code: str = "content-too-large"
    title: str = "The body is too large"
    status: int = 413


@dataclass(eq=False)
class PreconditionRequiredError(DomainError):
    code: str = "precondition-required"
    title: str = "Say which revision you have seen"
    status: int = 428


@dataclass(eq=False)
class RevisionStaleError(DomainError):
    code: str = "revision-stale"
    title: str = "The resource has changed"
    status: int = 412


@dataclass(eq=False)
class IdempotencyKeyMissingError(DomainError):
    code: str = "idempotency-key-missing"
    title: str = "An Idempotency-Key is needed"
    status: int = 400


@dataclass(eq=False)
class IdempotencyKeyReusedError(DomainError):
    code: str = "idempotency-key-reused"
    title: str = "The key was used for another request"
    status: int = 422


@dataclass(eq=False)
class IdempotencyInProgressError(DomainError):
    code: str = "idempotency-in-progress"
    title: str = "The first request with this key is still running"
    status: int = 409
    headers: dict[str, str] = field(default_factory=lambda: {"Retry-After": "1"})


@dataclass(eq=False)
class ReplayedRefusalError(DomainError):
    """The refusal that the first request with the key got, given again."""

    headers: dict[str, str] = field(default_factory=lambda: {"Idempotency-Replayed": "true"})
