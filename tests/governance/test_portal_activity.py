"""The company's own part of the trail: what its admin sees of it, and what everybody else."""

from datetime import UTC, datetime

import pytest
from django.test import Client as Browser

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor, ActorKind
from apps.partners.services import suspend_partner
from apps.webhooks.selectors import own_trail
from tests.factories.identity import staff
from tests.factories.portal import Company, acme_and_globex, browser_of
from tests.factories.world import SETUP, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
ACTIVITY = "/account/activity/"


def acted(company: Company, user_label: str, actor_id: str, client: str = "") -> None:
    """An event by somebody of the company about something with a telling name."""
    record(
        action=Action.SESSION_OPENED,
        actor=Actor(
            kind=ActorKind.USER, id=actor_id, label="x", partner_id=company.partner.pk,
            client_id=client,
        ),
        at=datetime.now(tz=UTC),
        subject=Subject("token_session", "ses_x", user_label),
    )  # fmt: skip


@pytest.fixture
def both(world: World) -> tuple[Company, Company]:
    acme, globex = acme_and_globex(world)
    acted(acme, "boss-did", acme.boss.user.public_id)
    acted(acme, "bo-did", world.bo.public_id, acme.client.client_id)
    acted(globex, "cy-did", world.cy.public_id, globex.client.client_id)
    return acme, globex


def seen(browser: Browser, query: str = "") -> set[str]:
    page = browser.get(f"{ACTIVITY}?{query}").content.decode()
    return {name for name in ("boss-did", "bo-did", "cy-did") if name in page}


def test_an_admin_sees_the_whole_company_and_others_what_they_did(
    world: World, both: tuple[Company, Company]
) -> None:
    acme, globex = both

    assert seen(browser_of(acme.boss.user)) == {"boss-did", "bo-did"}
    assert seen(browser_of(world.bo)) == {"bo-did"}
    assert seen(browser_of(globex.boss.user)) == {"cy-did"}


def test_it_is_filtered_by_action_person_and_client(
    world: World, both: tuple[Company, Company]
) -> None:
    acme, _globex = both
    boss = browser_of(acme.boss.user)

    assert seen(boss, f"person={world.bo.public_id}") == {"bo-did"}
    assert seen(boss, f"client={acme.client.client_id}") == {"bo-did"}
    assert seen(boss, "action=token_session.opened") == {"boss-did", "bo-did"}
    assert seen(boss, "action=partner.created") == set()


@pytest.mark.parametrize("query", ("person={cy}", "client={client}", "action=x", "action=%00"))
def test_a_filter_by_what_is_another_companys_finds_nothing(
    world: World, both: tuple[Company, Company], query: str
) -> None:
    acme, globex = both
    asked = query.format(cy=world.cy.public_id, client=globex.client.client_id)

    assert seen(browser_of(acme.boss.user), asked) == set()


def test_nobody_of_the_buyer_is_named(both: tuple[Company, Company]) -> None:
    acme, _globex = both
    officer = staff()
    by = Actor(kind=ActorKind.STAFF, id=officer.public_id, label=officer.email)
    record(
        action=Action.CLIENT_CHANGED,
        actor=by,
        at=datetime.now(tz=UTC),
        subject=Subject("client", acme.client.client_id, acme.client.name),
    )

    page = browser_of(acme.boss.user).get(f"{ACTIVITY}?action=client.changed").content.decode()

    assert "The buyer" in page
    assert (officer.email in page, officer.public_id in page) == (False, False)


def test_older_pages_are_reached_by_a_cursor_of_ones_own(both: tuple[Company, Company]) -> None:
    acme, _globex = both
    for number in range(60):
        acted(acme, f"event-{number:02}", acme.boss.user.public_id)
    boss, query = browser_of(acme.boss.user), "action=token_session.opened"
    pages, found = [], []
    while query:
        page = boss.get(f"{ACTIVITY}?{query}")
        pages.append(query)
        found += [line.about for line in page.context["lines"]]
        query = page.context["older"]

    assert [name for name in found if name.startswith("event-")] == [
        f"event-{number:02}" for number in range(59, -1, -1)
    ]
    assert (len(pages), len(found)) == (3, len(set(found)))
    colleague = browser_of(acme.deputy.user).get(f"{ACTIVITY}?{pages[1]}")
    elsewhere = boss.get(f"{ACTIVITY}?{pages[1].replace('session.opened', 'session.ended')}")
    forged = boss.get(f"{ACTIVITY}?before=forged")
    assert [page.status_code for page in (colleague, elsewhere, forged)] == [404, 404, 404]


def test_of_a_suspended_company_one_sees_ones_own_acts(
    both: tuple[Company, Company], at: datetime
) -> None:
    acme, _globex = both
    suspend_partner(actor=SETUP, at=at, partner=acme.partner, reason="unpaid")

    assert seen(browser_of(acme.boss.user)) == {"boss-did"}


def test_the_selector_starts_from_who_asks(both: tuple[Company, Company]) -> None:
    acme, _globex = both
    stranger = Actor(kind=ActorKind.USER, id="usr_nobody", label="", partner_id=acme.partner.pk)

    assert list(own_trail(actor=stranger)) == []
