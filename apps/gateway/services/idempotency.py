"""Requests that may be sent again: done once, answered alike (reference 4c)."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from django.db import connection, transaction

from apps.core.actor import Actor
from apps.core.crypto import keyed_digest
from apps.core.errors import DomainError, FieldError
from apps.core.models import delete_expired
from apps.gateway.errors import (
    IdempotencyInProgressError,
    IdempotencyKeyReusedError,
    ReplayedRefusalError,
)
from apps.gateway.models import IdempotencyRecord

KEPT = timedelta(days=7)
REMEMBERED_REFUSAL = 422


class Named(Protocol):
    """What a write makes has a public id."""

    @property
    def public_id(self) -> str: ...


Resource = TypeVar("Resource", bound=Named)


@dataclass(frozen=True, kw_only=True)
class Repeatable:
    """A request as far as its repetition is concerned. ``route`` is the path with the ids in it;
    ``content_sha256`` covers query and canonical body, not If-Match.
    """

    actor: Actor
    method: str
    route: str
    key: str
    content_sha256: str

    @property
    def key_sha256(self) -> str:
        return hashlib.sha256(self.key.encode()).hexdigest()

    @property
    def key_hash(self) -> str:
        """The key in its space: caller, partner, method and route."""
        caller = self.actor.client_id or self.actor.id
        return _digest(caller, str(self.actor.partner_id), self.method, self.route, self.key)

    @property
    def fingerprint(self) -> str:
        """Keyed, for a body may hold what is guessed from a plain hash, such as an IBAN."""
        return keyed_digest("idempotency-fingerprint", self.plain_fingerprint).hex()

    @property
    def plain_fingerprint(self) -> str:
        """What earlier versions kept: what they answered is answered alike while it is kept."""
        return _digest(self.method, self.route, self.content_sha256)


@dataclass(frozen=True)
class Answer(Generic[Resource]):
    """``resource`` is there when the work was done now; a replay names it only, so that the
    caller reads it again by its present rights.
    """

    status: int
    resource_id: str
    resource: Resource | None = None

    @property
    def replayed(self) -> bool:
        return self.resource is None


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def ungated() -> None:
    """The gate of work whose refusals tell of nothing but the request."""


def answer_once(
    *,
    request: Repeatable,
    at: datetime,
    status: int,
    work: Callable[[], Resource],
    gate: Callable[[], object],
) -> Answer[Resource]:
    """Do the work, or give the answer its first request got, in one transaction with the record.

    What the work refuses with 422 is remembered as well; other refusals roll everything back and
    may come out differently next time. A refusal may tell of what the request was about, so before
    it is given again ``gate`` raises what it has to when the caller may not see that any more.
    Raises IdempotencyKeyReusedError, IdempotencyInProgressError, and what work and gate raise.
    """
    refusal: DomainError | None = None
    with transaction.atomic():
        _take_turn(request.key_hash)
        known = _known(request.key_hash, at)
        if known is not None:
            return _replay(known, request, gate)
        try:
            with transaction.atomic():
                resource = work()
        except DomainError as error:
            if error.status != REMEMBERED_REFUSAL:
                raise
            refusal = error
            _remember(request, at, status=error.status, problem=_problem(error))
        else:
            _remember(request, at, status=status, resource_id=resource.public_id)
    if refusal is not None:
        raise refusal
    return Answer(status, resource.public_id, resource)


def claim_key(*, request: Repeatable, at: datetime) -> bool:
    """Let the key stand for this request and say whether it did so before, for what is made of
    parts that are each done once. Raises IdempotencyKeyReusedError and IdempotencyInProgressError.
    """
    with transaction.atomic():
        _take_turn(request.key_hash)
        known = _known(request.key_hash, at)
        if known is not None:
            _replay(known, request, ungated)
            return True
        _remember(request, at, status=200)
        return False


def _take_turn(key_hash: str) -> None:
    """One transaction at a time per key; the others are told to come back."""
    number = int.from_bytes(bytes.fromhex(key_hash)[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        (taken,) = cursor.fetchone()
    if not taken:
        raise IdempotencyInProgressError("Try again in a second; it will then be answered alike.")


def _known(key_hash: str, at: datetime) -> IdempotencyRecord | None:
    """An expired record that the purge has not met yet gives up its place."""
    known = IdempotencyRecord.objects.filter(key_hash=key_hash).first()
    if known is not None and known.expires_at <= at:
        known.delete()
        return None
    return known


def _replay(
    known: IdempotencyRecord, request: Repeatable, gate: Callable[[], object]
) -> Answer[Any]:
    if known.fingerprint not in {request.fingerprint, request.plain_fingerprint}:
        raise IdempotencyKeyReusedError("Use a new key for a new request.")
    if known.problem is not None:
        gate()
        problem = dict(known.problem)
        problem["errors"] = [FieldError(**fault) for fault in problem["errors"]]
        raise ReplayedRefusalError(**problem)
    return Answer(known.status, known.resource_id)


def _problem(error: DomainError) -> dict[str, Any]:
    return {
        "detail": error.detail,
        "errors": [asdict(fault) for fault in error.errors],
        "extra": error.extra,
        "code": error.code,
        "title": error.title,
        "status": error.status,
    }


def _remember(
    request: Repeatable,
    at: datetime,
    *,
    status: int,
    resource_id: str = "",
    problem: dict[str, Any] | None = None,
) -> None:
    IdempotencyRecord.objects.create(
        key_hash=request.key_hash,
        fingerprint=request.fingerprint,
        status=status,
        resource_id=resource_id,
        problem=problem,
        created_at=at,
        expires_at=at + KEPT,
    )


def purge_expired_records(*, at: datetime, limit: int) -> int:
    return delete_expired(IdempotencyRecord, "expires_at", at=at, limit=limit)
