"""The purge: what has expired goes, in bounded batches; the rest and the evidence stay."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import StringIO
from threading import Event as Flag

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from apps.audit.services import try_lock
from apps.core.models import delete_expired
from apps.gateway.models import IdempotencyRecord
from apps.governance.models import Invitation
from apps.oauth.models import AccessToken, Grant, RefreshToken, TokenSession
from apps.ops.models import JobHeartbeat, JobRun
from apps.ops.services import purge_expired
from apps.ops.services.purge import LOCK
from apps.partners.models import FormerAddress
from tests.factories import governance
from tests.factories.oauth import machine
from tests.factories.portal import invited
from tests.factories.world import partner, person

LONG_AGO = timedelta(days=40)
NOTHING = {
    "accesstoken": 0,
    "refreshtoken": 0,
    "grant": 0,
    "idtoken": 0,
    "devicegrant": 0,
    "pushedauthorizationrequest": 0,
    "replayedid": 0,
    "logoutnotice": 0,
    "idempotencyrecord": 0,
    "invitation": 0,
    "formeraddress": 0,
    "session": 0,
    "jobrun": 0,
    "budget_spent": 0,
}


def sign_ins(count: int, expire_date: datetime) -> None:
    Session.objects.bulk_create(
        Session(session_key=f"{expire_date:%j}-{number}", expire_date=expire_date)
        for number in range(count)
    )


def one_of_each(at: datetime, name: str) -> None:
    """What expires at this time."""
    client = machine().client
    user = person(f"{name}@acme.example")
    (session,) = governance.sessions(1, client=client, user=user)
    times = {"created": at, "expires": at, "session": session}
    AccessToken.objects.create(token_checksum=name, **times)
    RefreshToken.objects.create(token_checksum=name, **times)
    code = governance.code(session)
    Grant.objects.filter(pk=code.pk).update(expires=at)
    IdempotencyRecord.objects.create(
        key_hash=name, fingerprint="", status=201, created_at=at, expires_at=at
    )
    sign_ins(1, at)
    JobRun.objects.create(job=name, started_at=at, ended_at=at)
    invited(partner(name), user, at)
    FormerAddress.objects.create(partner=partner(f"left {name}"), email=user.email, ceased_at=at)


@pytest.mark.django_db
def test_what_expired_goes_and_what_lives_stays(at: datetime) -> None:
    one_of_each(at - LONG_AGO, "old")
    one_of_each(at + timedelta(minutes=1), "live")

    counts = purge_expired(at=at)

    gone = (
        "accesstoken", "refreshtoken", "grant", "idempotencyrecord", "invitation", "formeraddress",
        "session", "jobrun",
    )  # fmt: skip
    assert counts == NOTHING | dict.fromkeys(gone, 1)
    assert AccessToken.objects.get().token_checksum == "live"
    assert RefreshToken.objects.get().token_checksum == "live"
    assert Grant.objects.count() == 1
    assert IdempotencyRecord.objects.get().key_hash == "live"
    assert Session.objects.count() == 1
    assert JobRun.objects.get().job == "live"
    assert Invitation.objects.get().partner.name == "live"
    assert FormerAddress.objects.get().partner.name == "left live"
    assert TokenSession.objects.count() == 2


@pytest.mark.django_db
def test_more_than_a_batch_goes_in_several(at: datetime) -> None:
    sign_ins(7, at - LONG_AGO)

    assert purge_expired(at=at, batch=3)["session"] == 7
    assert purge_expired(at=at) == NOTHING


@pytest.mark.django_db
def test_the_time_budget_ends_it_and_the_next_run_goes_on(at: datetime) -> None:
    sign_ins(7, at - LONG_AGO)

    first = purge_expired(at=at, batch=3, seconds=0)

    assert (first["session"], first["budget_spent"]) == (3, 1)
    assert Session.objects.count() == 4
    assert purge_expired(at=at, batch=3)["session"] == 4


@pytest.mark.django_db
def test_a_batch_is_no_larger_than_asked_whatever_the_plan(at: datetime) -> None:
    sign_ins(7, at - LONG_AGO)
    with connection.cursor() as cursor:
        for way in ("hashjoin", "mergejoin", "hashagg", "sort", "material", "memoize"):
            cursor.execute(f"SET LOCAL enable_{way} = off")

    assert delete_expired(Session, "expire_date", at=at, limit=3) == 3


@pytest.mark.django_db
def test_a_dry_run_counts_and_deletes_nothing(at: datetime) -> None:
    one_of_each(at - LONG_AGO, "old")
    sign_ins(7, at - timedelta(days=2))

    planned = purge_expired(at=at, dry_run=True, batch=3)

    assert (Session.objects.count(), AccessToken.objects.count()) == (8, 1)
    assert planned["session"] == 8
    assert purge_expired(at=at) == planned


@pytest.mark.django_db(transaction=True)
def test_a_second_run_leaves_the_work_to_the_first(at: datetime) -> None:
    sign_ins(3, at - LONG_AGO)
    working, go_on = Flag(), Flag()

    def first() -> None:
        try:
            with transaction.atomic():
                assert try_lock(LOCK)
                working.set()
                go_on.wait(10)
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        running = pool.submit(first)
        assert working.wait(10)
        busy = purge_expired(at=at)
        go_on.set()
        running.result()

    assert busy == {"budget_spent": 0}
    assert purge_expired(at=at)["session"] == 3


@pytest.mark.django_db(transaction=True)
def test_rows_somebody_holds_are_left_for_the_next_run(at: datetime) -> None:
    sign_ins(3, at - LONG_AGO)
    held, go_on = Flag(), Flag()

    def hold() -> None:
        try:
            with transaction.atomic():
                Session.objects.select_for_update().order_by("session_key").first()
                held.set()
                go_on.wait(10)
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        running = pool.submit(hold)
        assert held.wait(10)
        counts = purge_expired(at=at)
        go_on.set()
        running.result()

    assert counts["session"] == 2
    assert Session.objects.count() == 1


def command(*arguments: str) -> dict[str, int]:
    stdout = StringIO()
    call_command("purge_expired", *arguments, "--json", stdout=stdout, skip_checks=True)
    return dict(json.loads(stdout.getvalue()))


@pytest.mark.django_db
def test_the_command_purges_and_is_kept_in_the_history() -> None:
    sign_ins(2, datetime.now(tz=UTC) - LONG_AGO)

    assert command("--dry-run") == NOTHING | {"session": 2}
    assert not JobHeartbeat.objects.exists()

    assert command("--seconds", "5") == NOTHING | {"session": 2}
    assert JobRun.objects.get().counts["session"] == 2


@pytest.mark.django_db
@pytest.mark.parametrize("seconds", ("0", "-1", "x", "1.5"))
def test_the_command_refuses_a_budget_that_is_none(seconds: str) -> None:
    with pytest.raises(CommandError, match="is no whole number of seconds above 0"):
        command("--seconds", seconds)
