"""A partner's admins say who acts for it: within what staff allow, never for another company."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client as Browser

from apps.audit.models import Event
from apps.core.actor import Actor, ActorKind
from apps.core.errors import DomainError, ForbiddenError, InvalidTransitionError
from apps.governance.services.people import change_person_role, retire_person
from apps.identity.models import User
from apps.oauth.models import TokenSession
from apps.oauth.selectors import live_sessions
from apps.partners.models import Partner, PartnerUser, Role
from apps.partners.services import set_portal_roles, suspend_partner
from tests.factories.consents import standing
from tests.factories.gateway import ORDERS, Caller
from tests.factories.oauth import code_for, pkce, redeem, web_app
from tests.factories.portal import Company, acme_and_globex, browser_of, colleague, company
from tests.factories.threads import at_once
from tests.factories.world import SETUP, World, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
PEOPLE = "/account/people/"


def role_page(person: PartnerUser) -> str:
    return f"{PEOPLE}{person.public_id}/role/"


def end_page(person: PartnerUser) -> str:
    return f"{PEOPLE}{person.public_id}/end/"


def actor(person: PartnerUser) -> Actor:
    user = person.user
    return Actor(
        kind=ActorKind.USER,
        id=user.public_id,
        label=user.email,
        user_id=user.pk,
        partner_id=person.partner_id,
    )


def role_of(person: PartnerUser) -> str:
    return PartnerUser.objects.get(pk=person.pk).role


def is_active(person: PartnerUser) -> bool:
    return User.objects.get(pk=person.user_id).is_active


def allow(partner: Partner, *roles: str) -> None:
    set_portal_roles(actor=SETUP, at=datetime.now(tz=UTC), partner=partner, roles=roles)


@pytest.fixture
def acme(world: World) -> Company:
    return company(world.acme, world.bo)


@pytest.fixture
def boss(acme: Company) -> Browser:
    return browser_of(acme.boss.user)


def test_an_admin_sees_everybody_of_the_own_company_and_nobody_else(
    world: World, acme: Company, boss: Browser
) -> None:
    page = boss.get(PEOPLE).content.decode()

    shown = {user.email for user in User.objects.all() if user.email in page}
    assert shown == {acme.boss.user.email, acme.deputy.user.email, world.bo.email}


def test_the_number_of_statements_does_not_grow_with_the_people(
    acme: Company, boss: Browser, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        colleague(acme.partner, f"c{number}@acme.example", Role.SALESPERSON)

    with django_assert_max_num_queries(12):
        boss.get(PEOPLE)


def test_a_role_is_changed_with_one_event_that_says_from_what_to_what(
    world: World, acme: Company, boss: Browser
) -> None:
    answer = boss.post(role_page(acme.manager), {"role": "salesperson"})

    event = Event.objects.get(action="partner_user.role_changed")
    assert (answer.status_code, role_of(acme.manager)) == (302, "salesperson")
    assert (event.actor_id, event.partner_id) == (acme.boss.user.public_id, acme.partner.pk)
    assert (event.data["user"], event.data["from"]) == (world.bo.public_id, "manager")
    assert event.data["to"] == "salesperson"


def test_a_token_of_the_former_role_is_refused_at_the_next_request(
    world: World, acme: Company, boss: Browser
) -> None:
    app, proof = web_app(partner=world.acme), pkce()
    token = redeem(app, code_for(world.bo, app, proof), proof).json()["access_token"]
    before = Caller(token).get(ORDERS).status_code

    boss.post(role_page(acme.manager), {"role": "salesperson"})

    assert (before, Caller(token).get(ORDERS).status_code) == (200, 401)
    ended = TokenSession.objects.get(user=world.bo)
    assert (ended.ended_by, ended.end_reason) == (acme.boss.user.email, "person's role changed")


@pytest.mark.parametrize("forged", ("viewer", "approver_admin", "integration", "root", "", "a\x00"))
def test_a_role_that_no_vendor_has_is_refused(acme: Company, boss: Browser, forged: str) -> None:
    answer = boss.post(role_page(acme.manager), {"role": forged})

    assert (answer.status_code, role_of(acme.manager)) == (200, "manager")
    assert set(answer.context["form"].errors) == {"role"}


def test_a_role_that_staff_do_not_allow_is_neither_offered_nor_given(
    acme: Company, boss: Browser
) -> None:
    allow(acme.partner, "salesperson", "manager")

    shown = boss.get(role_page(acme.manager)).context["form"].fields["role"].choices
    answer = boss.post(role_page(acme.manager), {"role": "admin"})

    assert [value for value, _label in shown] == ["salesperson", "manager"]
    assert (answer.status_code, role_of(acme.manager)) == (200, "manager")


def test_the_service_asks_again_what_staff_allow(acme: Company, at: datetime) -> None:
    allow(acme.partner, "salesperson")

    with pytest.raises(DomainError):
        change_person_role(actor=actor(acme.boss), at=at, person=acme.manager, role="admin")

    assert role_of(acme.manager) == "manager"


def test_whom_an_admin_may_not_make_is_out_of_their_reach(
    acme: Company, boss: Browser, at: datetime
) -> None:
    allow(acme.partner, "salesperson", "manager")

    answers = [
        boss.post(role_page(acme.deputy), {"role": "manager"}),
        boss.post(end_page(acme.deputy)),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert (role_of(acme.deputy), is_active(acme.deputy)) == ("admin", True)
    page = boss.get(PEOPLE).content.decode()
    assert [link(acme.deputy) in page for link in (role_page, end_page)] == [False, False]
    assert [link(acme.manager) in page for link in (role_page, end_page)] == [True, True]
    allow(acme.partner)
    with pytest.raises(ForbiddenError):
        retire_person(actor=actor(acme.boss), at=at, person=acme.manager)


def test_ending_access_refuses_the_person_everywhere_and_leaves_one_summary(
    world: World, acme: Company, boss: Browser
) -> None:
    app, proof = web_app(partner=world.acme), pkce()
    token = redeem(app, code_for(world.bo, app, proof), proof).json()["access_token"]
    theirs = browser_of(world.bo)

    answer = boss.post(end_page(acme.manager))

    assert (answer.status_code, is_active(acme.manager)) == (302, False)
    assert Caller(token).get(ORDERS).status_code == 401
    assert theirs.get("/account/").status_code == 302
    event = Event.objects.get(action="user.deactivated")
    assert (event.subject_id, event.partner_id) == (world.bo.public_id, acme.partner.pk)
    assert event.data["counts"]["sessions"] == 1
    assert live_sessions(at=datetime.now(tz=UTC)).filter(user=world.bo).count() == 0


def test_somebody_without_access_is_shown_so_and_is_ended_once(
    acme: Company, boss: Browser
) -> None:
    boss.post(end_page(acme.manager))

    again = boss.post(end_page(acme.manager), follow=True)

    assert "This person has no access now." in again.content.decode()
    assert Event.objects.filter(action="user.deactivated").count() == 1
    with pytest.raises(InvalidTransitionError):
        change_person_role(
            actor=actor(acme.boss), at=datetime.now(tz=UTC), person=acme.manager, role="admin"
        )


@pytest.mark.parametrize("page", (role_page, end_page))
def test_nobody_changes_or_ends_themselves_so_the_last_admin_stays(
    acme: Company, boss: Browser, at: datetime, page: Any
) -> None:
    retire_person(actor=actor(acme.boss), at=at, person=acme.deputy)

    answers = [boss.get(page(acme.boss)), boss.post(page(acme.boss), {"role": "manager"})]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert (role_of(acme.boss), is_active(acme.boss)) == ("admin", True)
    with pytest.raises(ForbiddenError):
        retire_person(actor=actor(acme.boss), at=at, person=acme.boss)
    with pytest.raises(ForbiddenError):
        change_person_role(actor=actor(acme.boss), at=at, person=acme.boss, role="manager")


def test_an_admin_who_is_one_no_more_decides_nothing(acme: Company, at: datetime) -> None:
    """The role in the actor's hand is from before; the row under the lock counts."""
    retire_person(actor=actor(acme.deputy), at=at, person=acme.boss)

    with pytest.raises(ForbiddenError):
        retire_person(actor=actor(acme.boss), at=at, person=acme.deputy)

    assert (is_active(acme.boss), is_active(acme.deputy)) == (False, True)


def test_the_portal_is_closed_to_people_of_a_suspended_company(
    acme: Company, boss: Browser, at: datetime
) -> None:
    suspend_partner(actor=SETUP, at=at, partner=acme.partner, reason="unpaid")

    answers = [boss.get(PEOPLE), boss.post(end_page(acme.manager))]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert is_active(acme.manager)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_of_two_admins_who_end_each_other_at_once_one_stays(round_: int) -> None:  # noqa: ARG001 -- each round is a race
    acme = company((world := make_world()).acme, world.bo)
    at = datetime.now(tz=UTC)

    def end(by: PartnerUser, whom: PartnerUser) -> str:
        try:
            retire_person(actor=actor(by), at=at, person=whom)
        except ForbiddenError:
            return "refused"
        return "done"

    outcomes = at_once(lambda: end(acme.boss, acme.deputy), lambda: end(acme.deputy, acme.boss))

    assert sorted(outcomes) == ["done", "refused"]
    assert sorted([is_active(acme.boss), is_active(acme.deputy)]) == [False, True]


@pytest.mark.django_db(transaction=True)
def test_of_two_admins_who_demote_each_other_at_once_one_stays() -> None:
    acme = company((world := make_world()).acme, world.bo)
    at = datetime.now(tz=UTC)

    def demote(by: PartnerUser, whom: PartnerUser) -> str:
        try:
            change_person_role(actor=actor(by), at=at, person=whom, role="manager")
        except ForbiddenError:
            return "refused"
        return "done"

    outcomes = at_once(
        lambda: demote(acme.boss, acme.deputy), lambda: demote(acme.deputy, acme.boss)
    )

    assert sorted(outcomes) == ["done", "refused"]
    assert sorted([role_of(acme.boss), role_of(acme.deputy)]) == ["admin", "manager"]


def test_globex_is_not_found_by_acmes_admin(world: World, at: datetime) -> None:
    acme, globex = acme_and_globex(world)
    standing(world.cy, globex.client)
    boss = browser_of(acme.boss.user)

    answers = [
        boss.post(role_page(globex.manager), {"role": "salesperson"}),
        boss.post(end_page(globex.manager)),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert (role_of(globex.manager), is_active(globex.manager)) == ("manager", True)
    with pytest.raises(ForbiddenError):
        retire_person(actor=actor(acme.boss), at=at, person=globex.manager)
