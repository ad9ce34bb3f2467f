"""Refusals at the edge, and the catalogue of every problem the API answers with."""

from apps.gateway.errors.busy import BusyError, is_busy
from apps.gateway.errors.catalogue import CATALOGUE
from apps.gateway.errors.kinds import PROBLEM_TYPE, Kind
from apps.gateway.errors.refusals import (
    ClaimNotPermittedError,
    ContentTooLargeError,
    CursorInvalidError,
    IdempotencyInProgressError,
    IdempotencyKeyMissingError,
    IdempotencyKeyReusedError,
    MalformedRequestError,
    PreconditionRequiredError,
    PrincipalMismatchError,
    ReplayedRefusalError,
    RevisionStaleError,
    UnknownFieldError,
    UnknownFilterError,
)

__all__ = [
    "CATALOGUE",
    "PROBLEM_TYPE",
    "BusyError",
    "ClaimNotPermittedError",
    "ContentTooLargeError",
    "CursorInvalidError",
    "IdempotencyInProgressError",
    "IdempotencyKeyMissingError",
    "IdempotencyKeyReusedError",
    "Kind",
    "MalformedRequestError",
    "PreconditionRequiredError",
    "PrincipalMismatchError",
    "ReplayedRefusalError",
    "RevisionStaleError",
    "UnknownFieldError",
    "UnknownFilterError",
    "is_busy",
]
