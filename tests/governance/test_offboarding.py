"""Throwing partners and people out: at once, everywhere, with evidence, and for good."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread
from threading import Event as Happening
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client as Browser

from apps.audit.models import Event
from apps.core.actor import Actor
from apps.core.errors import DomainError, NotFoundError, ValidationFailedError
from apps.governance.models import Offboarding
from apps.governance.selectors import offboarding_by_public_id, person_by_email, plan_offboarding
from apps.governance.services.offboarding import (
    BATCH,
    finish_offboardings,
    offboard_partner,
    offboard_user,
)
from apps.identity.models import User
from apps.oauth.models import Client, ClientStatus, TokenSession
from apps.oauth.selectors import live_sessions
from apps.oauth.services import end_dead_sessions
from apps.partners.models import Partner, PartnerUser, Role
from apps.partners.services import add_partner_user, resume_partner, suspend_partner
from apps.procurement.states import OrderStatus
from tests.factories.governance import code, order, sessions, tokens
from tests.factories.oauth import basic, code_for, machine, pkce, post_form, redeem, web_app
from tests.factories.world import World, make_world, person

pytestmark = pytest.mark.django_db
READ = ["purchase_orders:read"]


def throw_out(world: World, operator: Actor, at: datetime) -> Offboarding:
    return offboard_partner(actor=operator, at=at, partner=world.acme, reason="late deliveries")


def populate(world: World) -> Client:
    """Acme with a client, a person, and one live session of each; Globex likewise."""
    ours = machine(partner=world.acme, scopes=READ).client
    theirs = machine(partner=world.globex, scopes=READ).client
    for client, user in ((ours, world.bo), (theirs, world.cy)):
        of_client, of_user = sessions(1, client=client) + sessions(1, client=client, user=user)
        tokens(of_client)
        code(of_user)
    return ours


def test_plan_counts_what_is_live_and_changes_nothing(world: World, at: datetime) -> None:
    ours = populate(world)
    sessions(1, client=ours, lasting=timedelta(minutes=-1))
    TokenSession.objects.filter(pk=sessions(1, client=ours)[0].pk).update(ended_at=at)
    before = Event.objects.count()

    plan = plan_offboarding(world.acme, at=at)

    assert plan.counts == {
        "people": 1,
        "clients": 1,
        "sessions": 2,
        "access_tokens": 1,
        "refresh_tokens": 1,
        "authorization_codes": 1,
        "projects": 1,
        "open_orders": 0,
    }
    assert (plan.people, plan.clients) == (["bo@acme.example"], ["Machine"])
    assert Partner.objects.get(pk=world.acme.pk).status == "active"
    assert (Event.objects.count(), Offboarding.objects.count()) == (before, 0)


def test_plan_counts_the_vendors_orders_that_may_still_move(world: World, at: datetime) -> None:
    by = sessions(1, client=machine(partner=world.erp, scopes=READ).client)[0]
    for number, status in enumerate(OrderStatus.values):
        order(f"A-{number}", world.acme, world.office, by, status)
    order("G-1", world.globex, world.office, by, OrderStatus.ISSUED)

    plan = plan_offboarding(world.acme, at=at)

    assert plan.counts["open_orders"] == len(OrderStatus.values) - 2  # Not closed or cancelled.


def test_plan_takes_as_many_queries_for_three_sessions_as_for_one(
    world: World, at: datetime, django_assert_num_queries: Any
) -> None:
    ours = populate(world)

    with django_assert_num_queries(10):
        plan_offboarding(world.acme, at=at)
    sessions(2, client=ours)
    with django_assert_num_queries(10):
        plan_offboarding(world.acme, at=at)


def test_offboard_partner_ends_it_all_and_touches_nobody_else(
    world: World, operator: Actor, at: datetime
) -> None:
    ours = populate(world)

    evidence = throw_out(world, operator, at)

    world.acme.refresh_from_db()
    ours.refresh_from_db()
    world.bo.refresh_from_db()
    assert (world.acme.status, ours.status) == ("offboarded", ClientStatus.DISABLED)
    assert (world.bo.is_active, world.bo.offboarded_at) == (False, at)
    assert None not in (world.acme.not_before, ours.not_before, world.bo.not_before)
    assert live_sessions(at=at).filter(partner=world.acme).count() == 0
    assert live_sessions(at=at).filter(partner=world.globex).count() == 2
    assert (evidence.sessions_ended, evidence.counts["sessions"]) == (2, 2)
    world.cy.refresh_from_db()
    assert world.cy.is_active
    assert TokenSession.objects.filter(partner=world.globex, ended_at__isnull=True).count() == 2


def test_offboard_partner_says_on_every_row_by_whom_and_why(
    world: World, operator: Actor, at: datetime
) -> None:
    populate(world)

    throw_out(world, operator, at)

    rows = TokenSession.objects.filter(partner=world.acme)
    assert {(row.ended_by, row.end_reason) for row in rows} == {
        ("test", "partner offboarded: late deliveries")
    }


def test_offboard_partner_leaves_the_end_of_what_had_expired(
    world: World, operator: Actor, at: datetime
) -> None:
    ours = populate(world)
    expired = sessions(1, client=ours, lasting=timedelta(minutes=-1))[0]

    throw_out(world, operator, at)

    expired.refresh_from_db()
    assert expired.ended_at is None


def test_offboard_partner_records_one_event_with_the_counts(
    world: World, operator: Actor, at: datetime
) -> None:
    populate(world)

    evidence = throw_out(world, operator, at)

    event = Event.objects.get(action="partner.offboarded")
    assert event.subject_id == world.acme.public_id
    assert event.data == {
        "reason": "late deliveries",
        "counts": evidence.counts,
        "evidence": evidence.public_id,
    }


def test_offboard_partner_records_the_end_of_each_session(
    world: World, operator: Actor, at: datetime
) -> None:
    populate(world)

    throw_out(world, operator, at)

    events = Event.objects.filter(action="token_session.ended")
    ended = TokenSession.objects.filter(partner=world.acme)
    assert {event.subject_id for event in events} == {row.public_id for row in ended}
    assert {(event.actor_id, event.data["reason"]) for event in events} == {
        (operator.id, "partner offboarded: late deliveries")
    }


def test_plan_promises_no_session_that_a_suspension_ended(
    world: World, operator: Actor, at: datetime
) -> None:
    populate(world)
    suspend_partner(actor=operator, at=at, partner=world.acme, reason="first look")
    resume_partner(actor=operator, at=at, partner=world.acme, reason="all well")

    counts = plan_offboarding(world.acme, at=at).counts

    kinds = ("sessions", "access_tokens", "refresh_tokens", "authorization_codes")
    assert [counts[kind] for kind in kinds] == [0, 0, 0, 0]


def test_offboard_partner_measures_itself(world: World, operator: Actor, at: datetime) -> None:
    evidence = throw_out(world, operator, at)

    assert evidence.started_at == at
    assert evidence.refused_after_ms is not None
    assert evidence.elapsed_ms is not None
    assert evidence.finished_at is not None
    assert evidence.refused_after_ms <= evidence.elapsed_ms
    assert evidence.finished_at >= evidence.started_at


def test_offboard_partner_again_returns_the_same_evidence(
    world: World, operator: Actor, at: datetime
) -> None:
    populate(world)
    first = throw_out(world, operator, at)
    before = Event.objects.count()

    again = offboard_partner(
        actor=operator, at=at + timedelta(hours=1), partner=world.acme, reason="once more"
    )

    assert again == first
    for name in ("reason", "counts", "refused_after_ms", "elapsed_ms", "finished_at"):
        assert getattr(again, name) == getattr(first, name)
    assert Event.objects.count() == before


def test_offboard_partner_ends_more_rows_than_one_batch_holds(
    world: World, operator: Actor, at: datetime
) -> None:
    sessions(BATCH + 1, client=machine(partner=world.acme, scopes=READ).client)

    evidence = throw_out(world, operator, at)

    assert evidence.sessions_ended == evidence.counts["sessions"] == BATCH + 1
    assert TokenSession.objects.filter(ended_at__isnull=True).count() == 0


def test_offboard_partner_without_a_reason_changes_nothing(
    world: World, operator: Actor, at: datetime
) -> None:
    with pytest.raises(ValidationFailedError):
        offboard_partner(actor=operator, at=at, partner=world.acme, reason=" ")

    world.acme.refresh_from_db()
    assert (world.acme.status, Offboarding.objects.count()) == ("active", 0)


def test_offboard_partner_takes_a_suspended_one_too(
    world: World, operator: Actor, at: datetime
) -> None:
    populate(world)
    suspend_partner(actor=operator, at=at, partner=world.acme, reason="first look")

    evidence = throw_out(world, operator, at)

    assert world.acme.status == "offboarded"
    assert (evidence.counts["sessions"], evidence.sessions_ended) == (0, 2)


def test_offboarded_partners_secret_and_person_are_refused(
    world: World, operator: Actor, at: datetime
) -> None:
    new = machine(partner=world.acme, scopes=READ)
    browser = Browser()
    browser.force_login(world.bo)
    form = {"grant_type": "client_credentials", "scope": READ[0]}
    proof = basic(new.client, new.secret)
    assert post_form("/oauth/token", form, authorization=proof).status_code == 200
    assert browser.get("/account/").status_code == 200

    throw_out(world, operator, at)

    assert post_form("/oauth/token", form, authorization=proof).status_code == 401
    assert browser.get("/account/").status_code == 302


def test_code_from_before_is_refused_after_offboarding(
    world: World, operator: Actor, at: datetime
) -> None:
    new, proof = web_app(partner=world.acme), pkce()
    given = code_for(world.bo, new, proof)

    throw_out(world, operator, at)

    assert redeem(new, given, proof).status_code in {400, 401}
    assert live_sessions(at=at).filter(partner=world.acme).count() == 0


def test_nobody_joins_an_offboarded_partner(world: World, operator: Actor, at: datetime) -> None:
    throw_out(world, operator, at)

    with pytest.raises(DomainError):
        add_partner_user(
            actor=operator,
            at=at,
            partner=world.acme,
            user=person("new@acme.example"),
            role=Role.MANAGER,
        )

    assert PartnerUser.objects.filter(partner=world.acme).count() == 1


# --- A person ------------------------------------------------------------------------------------


def test_offboard_user_ends_the_persons_sessions_and_only_those(
    world: World, operator: Actor, at: datetime
) -> None:
    ours = populate(world)

    evidence = offboard_user(actor=operator, at=at, user=world.bo, reason="left Acme")

    world.bo.refresh_from_db()
    ours.refresh_from_db()
    assert (world.bo.is_active, ours.status) == (False, ClientStatus.ACTIVE)
    assert evidence.counts == {
        "people": 1,
        "sessions": 1,
        "access_tokens": 0,
        "refresh_tokens": 0,
        "authorization_codes": 1,
        "projects": 0,
        "owned_clients": 0,
    }
    assert evidence.sessions_ended == 1
    assert live_sessions(at=at).filter(partner=world.acme).get().user is None
    event = Event.objects.get(action="user.offboarded")
    assert (event.subject_id, event.data["evidence"]) == (world.bo.public_id, evidence.public_id)


def test_offboard_user_counts_the_clients_that_need_a_new_owner(
    operator: Actor, at: datetime
) -> None:
    ann = person("ann@buyer.example", is_staff=True)
    owned = machine(scopes=READ).client
    Client.objects.filter(pk=owned.pk).update(user=ann)
    plan = plan_offboarding(ann, at=at)

    evidence = offboard_user(actor=operator, at=at, user=ann, reason="left")

    owned.refresh_from_db()
    assert (plan.clients, evidence.counts["owned_clients"]) == (["Machine"], 1)
    assert (owned.status, owned.user) == (ClientStatus.ACTIVE, ann)


def test_offboard_user_again_returns_the_same_evidence(operator: Actor, at: datetime) -> None:
    ann = person("ann@buyer.example", is_staff=True)
    first = offboard_user(actor=operator, at=at, user=ann, reason="left")

    again = offboard_user(actor=operator, at=at, user=ann, reason="left again")

    assert (again, again.reason) == (first, "left")
    assert Event.objects.filter(action="user.offboarded").count() == 1


def test_offboard_user_who_went_with_the_partner_returns_the_partners_evidence(
    world: World, operator: Actor, at: datetime
) -> None:
    of_partner = throw_out(world, operator, at)

    assert offboard_user(actor=operator, at=at, user=world.bo, reason="too") == of_partner


# --- Evidence ------------------------------------------------------------------------------------


def test_evidence_is_found_by_its_public_id(world: World, operator: Actor, at: datetime) -> None:
    evidence = throw_out(world, operator, at)

    assert offboarding_by_public_id(evidence.public_id) == evidence
    for other in ("", world.acme.public_id, "off_00000000000000000000000000"):
        with pytest.raises(NotFoundError):
            offboarding_by_public_id(other)


def test_person_by_email_takes_any_case(world: World) -> None:
    assert person_by_email(" BO@Acme.example ") == world.bo
    with pytest.raises(NotFoundError):
        person_by_email("nobody@acme.example")


# --- Cut off, and going on -----------------------------------------------------------------------


def cut_off(world: World, operator: Actor, at: datetime, count: int) -> Offboarding:
    """An offboarding whose process died after the flip was committed."""
    ours = machine(partner=world.acme, scopes=READ).client
    evidence = throw_out(world, operator, at)
    Offboarding.objects.update(finished_at=None, elapsed_ms=None)
    sessions(count, client=ours)
    return evidence


def test_an_offboarding_that_was_cut_off_is_finished_once_no_row_is_left(
    world: World, operator: Actor, at: datetime
) -> None:
    evidence = cut_off(world, operator, at, count=5)
    later = at + timedelta(seconds=90)

    runs = [(end_dead_sessions(at=later, limit=3), finish_offboardings(at=later)) for _ in range(3)]

    assert runs == [(3, 0), (2, 1), (0, 0)]
    evidence.refresh_from_db()
    assert evidence.sessions_ended == 5
    assert evidence.elapsed_ms is not None
    assert evidence.elapsed_ms >= 90_000
    rows = TokenSession.objects.filter(ended_at=later, end_reason="partner offboarded")
    assert rows.count() == 5


def test_an_offboarding_that_was_cut_off_goes_on_when_it_is_asked_for_again(
    world: World, operator: Actor, at: datetime
) -> None:
    cut_off(world, operator, at, count=5)

    evidence = offboard_partner(actor=operator, at=at, partner=world.acme, reason="once more")

    assert (evidence.sessions_ended, evidence.finished_at is None) == (5, False)
    reasons = TokenSession.objects.values_list("end_reason", flat=True).distinct()
    assert list(reasons.order_by()) == ["partner offboarded: late deliveries"]


def test_a_row_that_expires_before_its_end_does_not_hold_the_evidence_up(
    world: World, operator: Actor, at: datetime
) -> None:
    cut_off(world, operator, at, count=1)

    assert finish_offboardings(at=at + timedelta(hours=2)) == 1
    assert Offboarding.objects.get().sessions_ended == 0


def test_a_session_written_just_after_the_flip_is_ended_and_the_evidence_stays(
    world: World, operator: Actor, at: datetime
) -> None:
    ours = machine(partner=world.acme, scopes=READ).client
    evidence = throw_out(world, operator, at)
    before = Offboarding.objects.values().get()
    late = sessions(1, client=ours)[0]

    ended = end_dead_sessions(at=at, limit=100)

    late.refresh_from_db()
    assert (ended, late.end_reason) == (1, "partner offboarded")
    assert finish_offboardings(at=at) == 0
    assert Offboarding.objects.values().get(pk=evidence.pk) == before


def test_finish_offboardings_leaves_finished_ones_alone(
    world: World, operator: Actor, at: datetime, django_assert_num_queries: Any
) -> None:
    throw_out(world, operator, at)

    with django_assert_num_queries(1):
        assert finish_offboardings(at=at) == 0


# --- Races ---------------------------------------------------------------------------------------


def race(*acts: Callable[[], object]) -> list[object]:
    """Every act in a thread and on a connection of its own, begun at the same moment."""
    start, outcomes = Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        start.wait()
        try:
            outcomes.append(act())
        except DomainError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.django_db(transaction=True)
def test_eight_offboardings_at_once_are_one(operator: Actor, at: datetime) -> None:
    world = make_world()
    populate(world)

    def act() -> object:
        acme = Partner.objects.get(pk=world.acme.pk)
        return offboard_partner(actor=operator, at=at, partner=acme, reason="a race").pk

    outcomes = race(*[act] * 8)

    assert len(outcomes) == 8
    assert set(outcomes) == {Offboarding.objects.get().pk}
    assert Event.objects.filter(action="partner.offboarded").count() == 1
    assert Offboarding.objects.get().sessions_ended == 2


@pytest.mark.django_db(transaction=True)
def test_issuance_racing_offboarding_leaves_nothing_alive(operator: Actor, at: datetime) -> None:
    world = make_world()
    new = machine(partner=world.acme, scopes=READ)
    form = {"grant_type": "client_credentials", "scope": READ[0]}
    proof = basic(new.client, new.secret)
    statuses: list[int] = []
    some_issued = Happening()

    def issue() -> None:
        for _ in range(500):  # Until the first refusal, which comes with the offboarding.
            answer = post_form("/oauth/token", form, authorization=proof)
            statuses.append(answer.status_code)
            if len(statuses) >= 8:
                some_issued.set()
            if answer.status_code != 200:
                return

    def act() -> None:
        assert some_issued.wait(timeout=60)
        offboard_partner(actor=operator, at=at, partner=world.acme, reason="a race")

    race(act, *[issue] * 4)

    assert set(statuses) == {200, 401}
    now = at + timedelta(seconds=30)
    assert live_sessions(at=now).filter(partner=world.acme).count() == 0
    end_dead_sessions(at=now, limit=1000)
    assert TokenSession.objects.filter(ended_at__isnull=True).count() == 0
    assert TokenSession.objects.count() == statuses.count(200)


@pytest.mark.django_db(transaction=True)
def test_joining_a_partner_while_it_is_offboarded_leaves_nobody_active(
    operator: Actor, at: datetime
) -> None:
    world = make_world()
    people = [person(f"p{number}@acme.example") for number in range(6)]

    def join(user: User) -> Callable[[], object]:
        return lambda: add_partner_user(
            actor=operator, at=at, partner=world.acme, user=user, role=Role.MANAGER
        )

    race(*[join(user) for user in people], lambda: throw_out(world, operator, at))

    joined = User.objects.filter(partner_user__partner=world.acme)
    assert joined.filter(is_active=True).count() == 0


def test_inactive_person_cannot_sign_in_with_the_right_password(
    world: World, operator: Actor, at: datetime
) -> None:
    User.objects.filter(pk=world.bo.pk).update(password=make_password("correct horse battery"))
    offboard_user(actor=operator, at=at, user=world.bo, reason="left")
    browser = Browser()

    browser.post("/account/login/", {"login": world.bo.email, "password": "correct horse battery"})

    assert browser.get("/account/").status_code == 302
    assert "_auth_user_id" not in json.dumps(dict(browser.session.items()))
