"""Apps and sessions at the portal: the company's clients, and what acts for the person."""

from datetime import UTC, datetime

import pytest

from apps.audit.models import Event
from apps.oauth.models import TokenSession
from apps.oauth.selectors import live_sessions
from tests.conformance.compliance import conforms
from tests.factories.gateway import ORDERS, Caller
from tests.factories.governance import sessions
from tests.factories.identity import staff
from tests.factories.oauth import access_token, machine
from tests.factories.portal import acme_and_globex, browser_of
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
APPS = "/account/apps/"


def is_live(session: TokenSession) -> bool:
    return live_sessions(at=datetime.now(tz=UTC)).filter(pk=session.pk).exists()


def test_everybody_of_the_company_sees_its_clients_and_no_others(world: World) -> None:
    acme, globex = acme_and_globex(world)

    page = browser_of(world.bo).get(APPS).content.decode()

    assert (acme.client.client_id in page, globex.client.client_id in page) == (True, False)
    assert "See purchase orders" in page
    assert "End its sessions" not in page


def test_an_admin_ends_the_sessions_of_a_client(world: World) -> None:
    acme, _globex = acme_and_globex(world)
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])
    caller, boss = Caller(access_token(new)), browser_of(acme.boss.user)
    address = f"{APPS}{new.client.client_id}/end/"
    asked = boss.get(address).content.decode()
    before = caller.get(ORDERS).status_code

    boss.post(address)

    event = Event.objects.get(action="client.sessions_ended")
    assert "1 live session ends at once" in asked
    assert (before, caller.get(ORDERS).status_code) == (200, 401)
    assert (event.actor_id, event.partner_id) == (acme.boss.user.public_id, world.acme.pk)
    assert Caller(access_token(new)).get(ORDERS).status_code == 200


def test_another_companys_client_is_not_found_and_goes_on(world: World) -> None:
    acme, globex = acme_and_globex(world)
    boss = browser_of(acme.boss.user)
    address = f"{APPS}{globex.client.client_id}/end/"

    codes = [boss.get(address).status_code, boss.post(address).status_code]

    assert (codes, is_live(globex.of_client)) == ([404, 404], True)


@conforms("ASVS 5 V7", "7.5.2", "People see what acts for them, and end any of it.")
def test_one_ends_ones_own_sessions_only(world: World) -> None:
    acme, globex = acme_and_globex(world)
    boss = browser_of(acme.boss.user)
    (colleagues,) = sessions(1, client=acme.client, user=world.bo)

    own, others = (
        boss.post(f"{APPS}sessions/{acme.of_boss.public_id}/end/"),
        [
            boss.post(f"{APPS}sessions/{session.public_id}/end/").status_code
            for session in (colleagues, acme.of_client, globex.of_boss, acme.of_boss)
        ],
    )

    assert (own.status_code, is_live(acme.of_boss)) == (302, False)
    assert others == [404, 404, 404, 404]
    assert all(map(is_live, (colleagues, acme.of_client, globex.of_boss)))


def test_staff_see_their_own_sessions_and_no_companys_apps(world: World) -> None:
    acme, _globex = acme_and_globex(world)
    browser = browser_of(staff())
    browser.get("/admin/")

    page = browser.get(APPS).content.decode()

    assert "Your visit to the admin" in page
    assert acme.client.client_id not in page
