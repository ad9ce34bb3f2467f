"""Bank accounts and their changes over HTTP: masked, told of, and never in a log or a record."""

import json
import logging
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.models import Event
from apps.gateway.models import IdempotencyRecord
from apps.partners.models import BankAccountChange, ClaimRule, Role
from apps.partners.rest.examples import CHANGE
from tests.factories.gateway import Caller, faults, problem
from tests.factories.partners import (
    IBAN,
    account,
    buyer_machine,
    checked,
    machine_caller,
    now,
    proposed,
    verified,
)
from tests.factories.world import World
from tests.partners.test_vendor_api import path_of

pytestmark = pytest.mark.django_db

READ, FULL = "vendors.banking:read", "vendors.banking.full:read"
PROPOSE = "vendors.banking:propose"


def admin_of(world: World) -> Caller:
    return machine_caller(world.acme, Role.ADMIN, READ, PROPOSE)


def accounts(world: World) -> str:
    return path_of(world.acme, "bank-accounts")


def changes(world: World, *more: str) -> str:
    return path_of(world.acme, "bank-account-changes", *more)


def payment_system(world: World) -> Caller:
    return machine_caller(world.erp, Role.INTEGRATION, READ, FULL)


@pytest.mark.parametrize("role", (Role.ADMIN, Role.APPROVER_ADMIN))
def test_accounts_are_masked_and_reading_them_is_an_event(world: World, role: Role) -> None:
    account(world.acme)
    buyer = role == Role.APPROVER_ADMIN
    caller = buyer_machine(world, role, READ) if buyer else machine_caller(world.acme, role, READ)

    answer = caller.get(accounts(world))

    (shown,) = answer.json()["data"]
    assert (shown["number"], shown["_redacted"]) == ("****3000", ["banking.full"])
    assert IBAN not in answer.content.decode()
    event = Event.objects.get(action="partner.restricted_read")
    assert (event.data["groups"], event.data["scopes_exercised"]) == (["banking"], [READ])


def test_whole_numbers_are_for_who_has_the_scope_and_says_why(world: World) -> None:
    account(world.acme)

    answer = payment_system(world).get(accounts(world), numbers="full", reason="Pay run 47")

    (shown,) = answer.json()["data"]
    assert (shown["number"], "_redacted" in shown) == (IBAN, False)
    event = Event.objects.get(action="partner.restricted_read")
    assert event.data["groups"] == ["banking", "banking.full"]
    assert event.private["reason"] == "Pay run 47"
    assert IBAN not in f"{event.data} {event.private}"


@pytest.mark.parametrize("read", ("accounts", "changes", "one change"))
def test_masked_numbers_are_read_with_a_reason_or_without(read: str, world: World) -> None:
    change = verified(world.acme)
    changes = f"/api/v1/vendors/{world.acme.public_id}/bank-account-changes"
    places = {"changes": changes, "one change": f"{changes}/{change.public_id}"}
    path = places.get(read) or accounts(world)
    admin = buyer_machine(world, Role.APPROVER_ADMIN, READ)

    for query in ({}, {"reason": " Checking invoice 4711 "}):
        answer = admin.get(path, **query)
        assert (answer.status_code, IBAN in answer.content.decode()) == (200, False)
    refused = admin.get(path, reason="x" * 301)

    events = Event.objects.filter(action="partner.restricted_read").order_by("pk")
    told = [(event.data["groups"], event.private["reason"]) for event in events]
    assert told == [(["banking"], ""), (["banking"], "Checking invoice 4711")]
    assert "reason" not in events[1].data
    assert problem(refused) == (400, "malformed-request")


@pytest.mark.parametrize(
    "query",
    (
        {"numbers": "full"},
        {"numbers": "full", "reason": "  "},
        {"numbers": "full", "reason": "x" * 301},
        {"numbers": "all", "reason": "why"},
    ),
)
def test_whole_numbers_without_a_reason_are_refused(world: World, query: dict[str, str]) -> None:
    account(world.acme)

    answer = payment_system(world).get(accounts(world), **query)

    assert problem(answer) == (400, "malformed-request")


def test_whole_numbers_need_scope_and_rule(world: World) -> None:
    account(world.acme)
    asked = {"numbers": "full", "reason": "why"}
    masked_only = machine_caller(world.erp, Role.INTEGRATION, READ)
    by_rule = payment_system(world)

    assert by_rule.get(accounts(world), **asked).status_code == 200
    ClaimRule.objects.filter(role=Role.INTEGRATION, group="banking.full").delete()

    assert problem(by_rule.get(accounts(world), **asked)) == (403, "claim-not-permitted")
    assert problem(masked_only.get(accounts(world), **asked)) == (403, "claim-not-permitted")
    assert problem(admin_of(world).get(accounts(world), **asked)) == (403, "claim-not-permitted")


def test_whole_numbers_stay_masked_for_who_does_not_ask(world: World) -> None:
    account(world.acme)

    said = payment_system(world).get(accounts(world), reason="just looking").content.decode()

    assert IBAN not in said
    assert "****3000" in said


@pytest.mark.parametrize("role", (Role.SALESPERSON, Role.MANAGER))
def test_a_role_without_banking_reads_no_account(world: World, role: Role) -> None:
    caller = machine_caller(world.acme, role, READ, PROPOSE)

    for place in (accounts(world), changes(world)):
        assert problem(caller.get(place)) == (403, "claim-not-permitted")
    assert problem(caller.post(changes(world), CHANGE)) == (403, "claim-not-permitted")


def test_a_change_goes_from_proposal_to_effect(world: World) -> None:
    acme = admin_of(world)

    posted = acme.post(changes(world), CHANGE)
    row = BankAccountChange.objects.get()
    checked(row)
    cooling = acme.get(posted["Location"]).json()
    pending = acme.get(accounts(world)).json()["data"]
    with time_machine.travel(now() + timedelta(hours=48, seconds=1)):
        later = admin_of(world)
        effective = later.get(posted["Location"]).json()
        counted = later.get(accounts(world)).json()["data"]

    assert (posted.status_code, posted.json()["status"]) == (201, "proposed")
    assert posted.json()["number"] == "****3000"
    assert posted["ETag"] == f'"{row.public_id}.1"'
    assert (cooling["status"], effective["status"]) == ("verified", "effective")
    assert [one["status"] for one in (*pending, *counted)] == ["pending", "verified"]
    assert cooling["new_account"] == pending[0]["id"]
    assert row.proposed_session_id is not None


def test_part_of_a_change_is_read_and_told_of_like_the_whole(world: World) -> None:
    change = proposed(world.acme)

    answer = admin_of(world).get(changes(world, change.public_id), fields="id,status")

    assert answer.json() == {"id": change.public_id, "status": "proposed"}
    assert answer["ETag"] == f'"{change.public_id}.1"'
    assert Event.objects.get(action="partner.restricted_read").data["groups"] == ["banking"]


def test_what_staff_noted_of_their_check_is_theirs(world: World) -> None:
    change = checked(proposed(world.acme))

    said = admin_of(world).get(changes(world, change.public_id)).content.decode()

    assert change.check_note not in said


def test_a_change_is_withdrawn_once(world: World) -> None:
    change, acme = proposed(world.acme), admin_of(world)
    tag = acme.get(changes(world, change.public_id))["ETag"]
    place = changes(world, change.public_id, "withdraw")

    done = acme.post(place, {"reason": "A mistake."}, if_match=tag, idempotency_key="w1")
    again = acme.post(place, {"reason": "A mistake."}, if_match=tag, idempotency_key="w1")
    stale = acme.post(place, {}, if_match=tag)
    twice = acme.post(place, {}, if_match="*")

    assert (done.status_code, done.json()["status"]) == (200, "withdrawn")
    assert (again["Idempotency-Replayed"], again.json()) == ("true", done.json())
    assert problem(stale) == (412, "revision-stale")
    assert problem(twice) == (409, "invalid-transition")
    assert twice.json()["allowed"] == []


def test_another_vendors_changes_are_not_found(world: World) -> None:
    change = proposed(world.acme)
    globex = machine_caller(world.globex, Role.ADMIN, READ, PROPOSE)
    own = path_of(world.globex, "bank-account-changes", change.public_id)

    answers = [
        globex.get(changes(world)),
        globex.get(changes(world, change.public_id)),
        globex.get(own),
        globex.post(changes(world), CHANGE),
        globex.post(changes(world, change.public_id, "withdraw"), if_match="*"),
        globex.post(f"{own}/withdraw", if_match="*"),
    ]

    assert [problem(answer) for answer in answers] == [(404, "not-found")] * 6
    change.refresh_from_db()
    assert (change.state, BankAccountChange.objects.count()) == ("proposed", 1)


def test_anothers_account_is_not_replaced(world: World) -> None:
    foreign = account(world.globex)

    answer = admin_of(world).post(
        changes(world), {"kind": "retire", "account": foreign.public_id, "reason": "x"}
    )

    assert problem(answer) == (422, "validation-error")
    assert faults(answer) == [("/account", "not-found")]


@pytest.mark.parametrize(
    ("changed", "pointer"),
    (
        ({"iban": IBAN[:-1] + "1"}, "/iban"),
        ({"iban": IBAN, "account_number": "1234567"}, "/iban"),
        ({"bic": "12345678"}, "/bic"),
        ({"currency": "EURO"}, "/currency"),
        ({"kind": "move"}, "/kind"),
        ({"reason": ""}, "/reason"),
        ({"iban": 40044053201300}, "/iban"),
    ),
)
def test_a_bad_proposal_is_pointed_at_and_its_number_kept_nowhere(
    world: World, changed: dict[str, Any], pointer: str, caplog: pytest.LogCaptureFixture
) -> None:
    body = {**CHANGE, **changed}
    acme = admin_of(world)

    with caplog.at_level(logging.DEBUG):
        answer = acme.post(changes(world), body)

    assert answer.status_code == 422
    assert pointer in [found for found, _ in faults(answer)]
    kept = json.dumps(list(IdempotencyRecord.objects.values()), default=str)
    trail = json.dumps(list(Event.objects.values("data", "private")), default=str)
    for place in (answer.content.decode(), kept, trail, caplog.text):
        assert str(body["iban"])[4:16] not in place


def test_a_good_proposals_number_is_kept_nowhere_but_encrypted(
    world: World, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    acme = admin_of(world)

    with caplog.at_level(logging.DEBUG):
        answer, replay = (
            acme.post(changes(world), CHANGE, idempotency_key="again") for _ in range(2)
        )

    assert replay.status_code == answer.status_code == 201
    printed = capsys.readouterr()
    places = [answer.content.decode(), replay.content.decode(), caplog.text, *printed]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT row_to_json(t)::text FROM {table} t")  # noqa: S608 -- every table there is
            places += [row for (row,) in cursor.fetchall()]
    assert [place for place in places if IBAN[4:16] in place] == []


def test_a_replay_shows_what_the_caller_may_see_now(world: World) -> None:
    acme = admin_of(world)
    first = acme.post(changes(world), CHANGE, idempotency_key="k1")
    ClaimRule.objects.filter(role=Role.ADMIN, group="banking").delete()

    again = acme.post(changes(world), CHANGE, idempotency_key="k1")

    assert first.status_code == 201
    assert problem(again) == (403, "claim-not-permitted")


@pytest.mark.parametrize("several", (1, 3))
@pytest.mark.parametrize("listed", ("bank-accounts", "bank-account-changes"))
def test_lists_take_as_many_queries_for_three(world: World, listed: str, several: int) -> None:
    for _ in range(several):
        account(world.acme)
    acme = machine_caller(world.acme, Role.ADMIN, READ)

    with CaptureQueriesContext(connection) as captured:
        answer = acme.get(path_of(world.acme, listed))

    assert len(answer.json()["data"]) == several
    said = [query["sql"] for query in captured if not query["sql"].startswith(("SAVE", "RELE"))]
    assert len(said) == 6, said  # Token and proof, vendor, rules, rows, event.
