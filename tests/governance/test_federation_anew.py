"""Who comes by a provider alone proves anew who they are by signing in there again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
import time_machine
from django.test import Client as Browser

from tests.conformance.compliance import conforms
from tests.factories.federation import Upstream, federation, providing, sign_in_by
from tests.factories.oauth import authorize_query, pkce, web_app

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
RULE = {"claim": "email_domain", "value": "acme.example", "staff_role": "administrator"}
AGAIN = "/account/by/acme/"
DOORS = (
    "/account/2fa/totp/activate/",
    "/account/2fa/webauthn/add/",
    "/account/by/acme/link/",
    "/account/reauthenticate/",
    "/admin/identity/user/add/",
)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with providing() as found:
        federation(issuer=found.issuer, rules=[RULE])
        yield found


@pytest.fixture
def browser(upstream: Upstream) -> Iterator[Browser]:
    """Ada's, six minutes after she came."""
    found = Browser()
    sign_in_by(found, upstream)
    with time_machine.travel(datetime.now(tz=UTC) + timedelta(minutes=6)):
        yield found


def led_to(answer: Any) -> str:
    return str(answer["Location"]).partition("?")[0]


@conforms("ASVS 5 V7", "7.5.1", "Who has no password here signs in by the provider anew.")
@pytest.mark.parametrize("path", DOORS)
def test_what_asks_who_it_is_leads_to_the_provider(browser: Browser, path: str) -> None:
    answers = [browser.get(path), browser.post(path)]

    assert [led_to(answer) for answer in answers] == [AGAIN, AGAIN]


def test_ending_sign_ins_leads_to_the_provider(browser: Browser) -> None:
    assert led_to(browser.post("/account/sessions/")) == AGAIN


@pytest.mark.parametrize("path", ("/account/2fa/totp/activate/", "/admin/identity/user/add/"))
def test_after_signing_in_there_again_it_is_open(
    browser: Browser, upstream: Upstream, path: str
) -> None:
    answer = sign_in_by(browser, upstream, next=path)

    assert (answer["Location"], browser.get(path).status_code) == (path, 200)


def test_an_application_gets_the_recent_sign_in_it_asks_for(
    browser: Browser, upstream: Upstream
) -> None:
    asked = authorize_query(web_app(), pkce(), max_age="300")

    led = browser.get("/oauth/authorize", asked, follow=True)
    (wanted,) = parse_qs(led.request["QUERY_STRING"])["next"]
    back = sign_in_by(browser, upstream, next=wanted)

    assert led.request["PATH_INFO"] == AGAIN
    assert "request_handle" in browser.get(back["Location"]).context
