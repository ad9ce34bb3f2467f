"""A provider's word is asked for wherever somebody is who came by it: on every page, and before an
application gets anything more.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from apps.governance.models import Invitation
from apps.identity.models import FederatedIdentity, User
from apps.oauth.models import TokenSession
from apps.oauth.services import NewClient, upstream
from tests.conformance.compliance import conforms
from tests.factories.federation import Upstream, federation, providing, sign_in_by
from tests.factories.oauth import authorize_query, pkce, redeem, redirect_parameters, refresh
from tests.factories.oauth import web_app as registered
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
GONE = (400, {"error": "invalid_grant"})
INVITE = {"email": "eve@evil.example", "name": "", "role": "admin"}
PAGES = ("/account/", "/account/people/", "/account/activity/", "/oauth/device")


@pytest.fixture
def provider(world: World) -> Iterator[Upstream]:
    rule = {"claim": "email_domain", "value": "acme.example"}
    with providing() as found:
        rule |= {"partner": world.acme.public_id, "role": "admin"}
        federation(issuer=found.issuer, rules=[rule])
        yield found


@pytest.fixture
def browser(provider: Upstream) -> Browser:
    found = Browser()
    sign_in_by(found, provider)
    provider.asked.clear()
    return found


def let_pass(time: timedelta) -> None:
    """As if the last word were so old."""
    then = datetime.now(tz=UTC) - time
    FederatedIdentity.objects.update(asked_at=then, confirmed_at=then)


def is_in(browser: Browser) -> bool:
    return browser.get("/account/").status_code == 200


def allow(browser: Browser, app: NewClient) -> Any:
    proof = pkce()
    page = browser.get("/oauth/authorize", authorize_query(app, proof))
    if page.status_code != 200:
        return page
    form = {"request_handle": page.context["request_handle"], "decision": "allow"}
    said = browser.post("/oauth/authorize", form)
    return redeem(app, redirect_parameters(said)["code"], proof)


@conforms("ASVS 5 V7", "7.4.2", "Somebody switched off at their provider is out at the next page.")
@pytest.mark.parametrize("path", PAGES)
def test_who_was_switched_off_upstream_is_out_at_the_next_page(
    browser: Browser, provider: Upstream, path: str
) -> None:
    provider.refresh = GONE
    let_pass(timedelta(minutes=6))

    answer = browser.get(path)

    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/account/login/")
    assert is_in(browser) is False


def test_who_was_switched_off_upstream_invites_nobody(browser: Browser, provider: Upstream) -> None:
    provider.refresh = GONE
    let_pass(timedelta(minutes=6))

    browser.post("/account/people/invite/", INVITE)

    assert Invitation.objects.exists() is False


def test_who_was_switched_off_upstream_lets_no_application_in(
    browser: Browser, provider: Upstream, world: World
) -> None:
    app = registered(partner=world.acme)
    before = allow(browser, app).status_code
    provider.refresh = GONE
    let_pass(timedelta(minutes=6))

    after = allow(browser, app)

    assert (before, after.status_code) == (200, 302)
    assert after["Location"].startswith("/account/login/")
    assert TokenSession.objects.filter(ended_at=None).exists() is False


def test_the_provider_is_asked_once_in_five_minutes(browser: Browser, provider: Upstream) -> None:
    let_pass(timedelta(minutes=6))

    pages = [browser.get("/account/").status_code for _ in range(5)]

    assert (pages, provider.asked.count("/token")) == ([200] * 5, 1)


def test_a_silent_provider_keeps_people_for_an_hour_and_no_longer(
    browser: Browser, provider: Upstream
) -> None:
    provider.refresh = (503, {})
    let_pass(timedelta(minutes=59))
    within = is_in(browser)
    let_pass(timedelta(minutes=61))

    assert (within, is_in(browser)) == (True, False)


def test_a_page_of_somebody_in_good_standing_asks_nobody(
    browser: Browser, provider: Upstream
) -> None:
    assert (is_in(browser), provider.asked) == (True, [])


def test_an_old_no_does_not_end_a_newer_sign_in(
    browser: Browser, provider: Upstream, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the provider is asked by an old refresh token the person signs in anew, by which the
    old one ends there.
    """
    app = registered(partner=world.acme)
    token = str(json.loads(allow(browser, app).content)["refresh_token"])
    let_pass(timedelta(minutes=6))
    newer, real = Browser(), upstream.post_with_secret

    def slow(*args: Any, **more: Any) -> Any:
        sign_in_by(newer, provider)
        provider.refresh = GONE
        return real(*args, **more)

    monkeypatch.setattr(upstream, "post_with_secret", slow)
    answer = refresh(app, token)

    assert answer.status_code == 200
    assert FederatedIdentity.objects.get().refused_at is None
    assert newer.get("/account/").wsgi_request.user == User.objects.get(email="ada@acme.example")
