"""Requests that may be sent again, and denials."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from apps.audit.events import Action, Outcome
from apps.audit.models import Event
from apps.core.actor import Actor, system_actor
from apps.core.errors import (
    ConflictError,
    DomainError,
    FieldError,
    ForbiddenError,
    NotFoundError,
    ValidationFailedError,
)
from apps.core.ids import new_id
from apps.gateway.errors import (
    IdempotencyInProgressError,
    IdempotencyKeyReusedError,
    ReplayedRefusalError,
)
from apps.gateway.models import IdempotencyRecord
from apps.gateway.services import (
    Repeatable,
    answer_once,
    purge_expired_records,
    record_denial,
    ungated,
)
from apps.partners.models import Partner
from tests.factories.world import partner

pytestmark = pytest.mark.django_db
CALLER = dataclasses.replace(system_actor("test"), client_id="client-1")


def asked(**changes: Any) -> Repeatable:
    return Repeatable(
        **{
            "actor": CALLER,
            "method": "POST",
            "route": "/api/v1/things",
            "key": "key-1",
            "content_sha256": "c" * 64,
            **changes,
        }
    )


def do(
    request: Repeatable, work: Any, at: datetime | None = None, gate: Callable[[], object] = ungated
) -> Any:
    at = at or datetime.now(UTC)
    return answer_once(request=request, at=at, status=201, work=work, gate=gate)


def never() -> Partner:
    pytest.fail("the work was done again")


def test_work_is_done_once_and_its_answer_kept(at: datetime) -> None:
    first = do(asked(), lambda: partner("Once"), at)

    again = do(asked(), never)

    assert first.resource is not None
    assert (first.status, first.replayed) == (201, False)
    assert (again.status, again.resource_id, again.replayed) == (
        201,
        first.resource.public_id,
        True,
    )
    record = IdempotencyRecord.objects.get()
    assert (record.status, record.expires_at - at) == (201, timedelta(days=7))


@pytest.mark.parametrize(
    "change",
    (
        {"key": "key-2"},
        {"route": "/api/v1/others"},
        {"method": "PATCH"},
        {"actor": dataclasses.replace(CALLER, client_id="client-2")},
        {"actor": dataclasses.replace(CALLER, partner_id=new_id())},
    ),
)
def test_key_counts_per_caller_partner_method_and_route(change: dict[str, Any]) -> None:
    do(asked(), lambda: partner("First"))

    answer = do(asked(**change), lambda: partner("Second"))

    assert answer.replayed is False


def test_caller_without_a_client_has_keys_of_its_own() -> None:
    people = [Actor(kind=CALLER.kind, id=name, label=name) for name in ("usr_1", "usr_2")]

    answers = [do(asked(actor=who), lambda who=who: partner(who.id)) for who in people]

    assert [answer.replayed for answer in answers] == [False, False]


def test_key_with_other_content_is_refused() -> None:
    do(asked(), lambda: partner("First"))

    with pytest.raises(IdempotencyKeyReusedError):
        do(asked(content_sha256="d" * 64), never)


def raising(error: DomainError) -> Any:
    """Work that writes, then refuses."""

    def work() -> Partner:
        partner("Half done")
        raise error

    return work


def test_deterministic_refusal_is_remembered_without_its_writes() -> None:
    error = ValidationFailedError(
        "See errors.",
        errors=[FieldError("/name", "taken", "It is taken.")],
        extra={"known": ["a"]},
        hint="for the log only",
    )

    with pytest.raises(ValidationFailedError):
        do(asked(), raising(error))
    with pytest.raises(ReplayedRefusalError) as again:
        do(asked(), never)

    assert Partner.objects.count() == 0
    assert Event.objects.count() == 0
    assert (again.value.status, again.value.code, again.value.title) == (
        422,
        "validation-error",
        "Some values are not acceptable",
    )
    assert (again.value.detail, again.value.errors, again.value.extra) == (
        error.detail,
        error.errors,
        error.extra,
    )
    assert again.value.headers == {"Idempotency-Replayed": "true"}


def test_refusal_is_not_given_again_to_whom_the_gate_refuses() -> None:
    def closed() -> None:
        raise NotFoundError("There is no such order.")

    with pytest.raises(ValidationFailedError):
        do(asked(), raising(ValidationFailedError("120 ordered.")))

    with pytest.raises(NotFoundError):
        do(asked(), never, gate=closed)


def test_gate_is_not_asked_before_the_work_is_done_or_named_again() -> None:
    first = do(asked(), lambda: partner("Once"), gate=never)

    assert do(asked(), never, gate=never).resource_id == first.resource_id


@pytest.mark.parametrize("error", (NotFoundError, ForbiddenError, ConflictError))
def test_refusal_that_may_pass_is_not_remembered(error: type[DomainError]) -> None:
    with pytest.raises(error):
        do(asked(), raising(error()))

    assert IdempotencyRecord.objects.count() == 0
    assert Partner.objects.count() == 0
    assert do(asked(), lambda: partner("Now")).replayed is False


def test_fault_of_ours_is_not_remembered() -> None:
    def broken() -> Partner:
        partner("Half done")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        do(asked(), broken)

    assert IdempotencyRecord.objects.count() == 0
    assert Partner.objects.count() == 0


def test_expired_answer_is_given_no_more(at: datetime) -> None:
    do(asked(), lambda: partner("Old"), at - timedelta(days=7))

    answer = do(asked(content_sha256="d" * 64), lambda: partner("New"), at)

    assert answer.replayed is False
    assert IdempotencyRecord.objects.get().resource_id == answer.resource_id


@pytest.mark.django_db(transaction=True)
def test_second_request_while_the_first_runs_is_told_to_wait() -> None:
    other = connection.copy()

    def work() -> Partner:
        number = int.from_bytes(bytes.fromhex(asked().key_hash)[:8], "big", signed=True)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
            assert cursor.fetchone() == (False,), "the key is not held while the work runs"
        return partner("Busy")

    try:
        do(asked(), work)
        with other.cursor() as cursor:
            number = int.from_bytes(bytes.fromhex(asked().key_hash)[:8], "big", signed=True)
            cursor.execute("SELECT pg_advisory_lock(%s)", [number])
        with pytest.raises(IdempotencyInProgressError) as refused:
            do(asked(), never)
    finally:
        other.close()

    assert (refused.value.status, refused.value.headers) == (409, {"Retry-After": "1"})


def test_purge_deletes_expired_answers_and_no_more_than_asked(at: datetime) -> None:
    for days in (9, 8, 7, 1):
        do(
            asked(key=f"key-{days}"),
            lambda days=days: partner(str(days)),
            at - timedelta(days=days),
        )

    later = at + timedelta(seconds=1)
    assert purge_expired_records(at=later, limit=2) == 2
    assert purge_expired_records(at=later, limit=2) == 1
    assert purge_expired_records(at=later, limit=2) == 0
    assert IdempotencyRecord.objects.count() == 1


def test_denial_is_recorded_with_what_was_asked(at: datetime) -> None:
    record_denial(
        actor=CALLER, at=at, code="not-found", status=404, method="GET", path="/a\x00b" + "c" * 300
    )

    event = Event.objects.get()
    assert (event.action, event.outcome) == (Action.REQUEST_DENIED, Outcome.DENIED)
    assert (event.subject_kind, event.subject_label) == ("request", "GET")
    assert event.subject_id == ("/a\N{REPLACEMENT CHARACTER}b" + "c" * 300)[:255]
    assert event.data["code"] == "not-found"
