"""The program of docs/single-sign-on.md, twice: two applications, one sign-in, one sign-out."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.actor import system_actor
from apps.governance.services.offboarding import offboard_user
from apps.identity.models import User
from apps.oauth.keys import sign
from apps.oauth.models import TokenSession
from apps.oauth.policy.backchannel import logout_claims
from tests.conformance.compliance import conforms
from tests.factories.world import World, make_world
from tests.flows.applications import NOBODY, Application, running, send
from tests.flows.visitor import Visitor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(live_server: Any, settings: Any) -> str:
    settings.PUBLIC_URL = live_server.url
    return str(live_server.url)


@pytest.fixture
def world(server: str) -> World:
    del server
    return make_world()


@pytest.fixture
def apps(server: str, world: World) -> Iterator[tuple[Application, Application]]:
    with ExitStack() as stack:
        names = ("Intranet", "Travel")
        first, second = (stack.enter_context(running(server, world, name)) for name in names)
        yield first, second


def signed_in_to_both(server: str, user: User, apps: tuple[Application, Application]) -> Visitor:
    browser = Visitor(server, user.email)
    for application in apps:
        application.sign_in(browser)
    return browser


def test_one_sign_in_lets_in_to_both(
    server: str, world: World, apps: tuple[Application, Application]
) -> None:
    browser = Visitor(server, world.bo.email)
    apps[0].sign_in(browser)
    browser.email = "nobody@acme.example"  # Whoever asks for a password now gets a wrong one.

    apps[1].sign_in(browser)
    hello = f"Hello {world.bo.email}"
    assert [one.says(browser) for one in apps] == [hello, hello]

    # The consent stands, so there is no page between.
    again = browser.http.get(f"{apps[1].home}/login", timeout=10)
    assert (again.url, again.text) == (f"{apps[1].home}/", hello)


@conforms("ASVS 5 V7", "7.6.1", "Signing out at one application ends the sessions at all.")
def test_signing_out_at_one_reaches_both(
    server: str, world: World, apps: tuple[Application, Application]
) -> None:
    browser = signed_in_to_both(server, world.bo, apps)
    elsewhere = signed_in_to_both(server, world.bo, apps)

    out = browser.http.post(f"{apps[0].home}/logout", timeout=10)
    counts = send()

    assert out.url == f"{apps[0].home}/"
    assert counts == {"logouts_notified": 2, "logouts_put_off": 0, "logouts_failed": 0}
    assert [one.says(browser) for one in apps] == [NOBODY, NOBODY]
    assert [one.says(elsewhere) for one in apps] == [f"Hello {world.bo.email}"] * 2
    told = Event.objects.filter(action=Action.CLIENT_LOGOUT_NOTIFIED)
    assert set(told.values_list("subject_id", flat=True)) == {one.client_id for one in apps}


def test_person_who_is_put_out_is_signed_out_everywhere(
    server: str, world: World, apps: tuple[Application, Application]
) -> None:
    browsers = [signed_in_to_both(server, world.bo, apps) for _ in range(2)]

    offboard_user(actor=system_actor("test"), at=datetime.now(tz=UTC), user=world.bo, reason="left")
    counts = send()

    assert counts["logouts_notified"] == 4
    assert {one.says(browser) for one in apps for browser in browsers} == {NOBODY}


@conforms("ASVS 5 V10", "10.5.5", "The sample application takes logout tokens and nothing else.")
def test_program_believes_no_other_token(
    server: str, world: World, apps: tuple[Application, Application]
) -> None:
    browser = signed_in_to_both(server, world.bo, apps)
    session = TokenSession.objects.get(client__client_id=apps[0].client_id)
    assert session.client is not None
    claims = logout_claims(session=session, client=session.client, at=datetime.now(tz=UTC))
    good: dict[str, Any] = {"claims": claims, "algorithm": "RS256", "typ": "logout+jwt"}
    others: tuple[dict[str, Any], ...] = (
        {"typ": "JWT"},
        {"algorithm": "ES256"},
        {"claims": {**claims, "nonce": "n"}},
        {"claims": {**claims, "events": {}}},
        {"claims": {**claims, "aud": apps[1].client_id}},
        {"claims": {**claims, "iss": "https://other.example"}},
        {"claims": {**claims, "exp": claims["iat"] - 60}},
        {"claims": {name: value for name, value in claims.items() if name != "jti"}},
    )
    made_up = ["", "nonsense", "e30.e30.e30", *(sign(**{**good, **one}) for one in others)]

    refused = [tell(apps[0], token) for token in made_up]
    still_there = apps[0].says(browser)
    taken = [tell(apps[0], sign(**good)) for _ in range(2)]

    assert refused == [400] * len(made_up)
    assert still_there == f"Hello {world.bo.email}"
    assert (taken, apps[0].says(browser)) == ([200, 400], NOBODY)


def tell(application: Application, token: str) -> int:
    form = {"logout_token": token}
    return requests.post(f"{application.home}/backchannel", data=form, timeout=10).status_code
