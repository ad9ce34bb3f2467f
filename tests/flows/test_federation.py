"""Signing in by real OpenID providers, over real HTTP and without JavaScript."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
import requests
from django.core.cache import cache

from apps.identity.models import FederatedIdentity, User
from apps.oauth.models import SessionKind, TokenSession
from apps.oauth.services import NewClient
from tests.conformance.compliance import conforms
from tests.factories.identity import PASSWORD
from tests.factories.oauth import authorize_query, pkce, redeem, refresh, web_app
from tests.factories.world import World, make_world
from tests.flows.providers import let_in_by, openid_provider
from tests.flows.second_instance import second_instance

pytestmark = pytest.mark.django_db(transaction=True)

FIELD = re.compile(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"')
LEAVING = re.compile(r'http-equiv="refresh" content="0;url=([^"]+)"')
# What our redirect URI is of, where a provider takes https alone; the browser finds us by it.
PUBLIC = "https://buyer.example"


@pytest.fixture
def server(live_server: Any, settings: Any) -> Iterator[str]:
    settings.PUBLIC_URL = live_server.url
    cache.clear()
    yield str(live_server.url)
    cache.clear()


@pytest.fixture
def world(server: str) -> World:
    del server
    return make_world()


class Person:
    """One browser; it goes wherever it is sent, and stops where somebody is not there."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.http = requests.Session()
        # Two instances on one host would share cookies, which have no port (RFC 6265 section 8.5).
        self.elsewhere = requests.Session()

    def sign_in_by(self, slug: str) -> requests.Response:
        """As far as it goes without a word of the person."""
        page = self.submit(self.go(f"{self.server}/account/by/{slug}/"))
        found = LEAVING.search(page.text)
        assert found, page.text
        return self.go(unescape(found[1]))

    def _at(self, address: str) -> requests.Session:
        return self.http if address.startswith(f"{self.server}/") else self.elsewhere

    def go(self, address: str) -> requests.Response:
        return self._follow(self._at(address).get(address, allow_redirects=False))

    def submit(self, page: requests.Response, to: str = "", **answers: str) -> requests.Response:
        """The page's form, as a browser sends it."""
        hidden = {name: unescape(value) for name, value in FIELD.findall(page.text)}
        parts = urlsplit(page.url)
        origin = {"Origin": f"{parts.scheme}://{parts.netloc}", "Referer": page.url}
        posted = self._at(page.url).post(
            urljoin(page.url, to or page.url),
            data={**hidden, **answers},
            headers=origin,
            allow_redirects=False,
        )
        return self._follow(posted)

    def _follow(self, answer: requests.Response) -> requests.Response:
        while answer.is_redirect:
            target = urljoin(answer.url, answer.headers["Location"])
            if target.startswith("https://app.example/"):
                return answer
            target = target.replace(PUBLIC, self.server, 1)
            answer = self._at(target).get(target, allow_redirects=False)
        return answer


def refresh_token_of(person: Person, app: NewClient) -> str:
    """What an application holds after the person has said yes."""
    proof = pkce()
    query = urlencode(authorize_query(app, proof))
    page = person.go(f"{person.server}/oauth/authorize?{query}")
    back = person.http.post(
        f"{person.server}/oauth/authorize",
        data={**dict(FIELD.findall(page.text)), "decision": "allow"},
        headers={"Origin": person.server, "Referer": page.url},
        allow_redirects=False,
    )
    code = back.headers["Location"].partition("code=")[2].partition("&")[0]
    return str(json.loads(redeem(app, code, proof).content)["refresh_token"])


def let_six_minutes_pass() -> None:
    then = datetime.now(tz=UTC) - timedelta(minutes=6)
    FederatedIdentity.objects.update(asked_at=then, confirmed_at=then)


@conforms(
    "ASVS 5 V7", "7.6.1", "Who is gone at a provider upstream is refused at the next refresh."
)
def test_oidc_provider_lets_in_and_throws_out(server: str, world: World) -> None:
    with openid_provider(server) as provider:
        let_in_by(provider.issuer, world)
        person, app = Person(server), web_app(partner=world.acme)

        page = person.sign_in_by("acme")
        token = refresh_token_of(person, app)
        let_six_minutes_pass()
        still = json.loads(refresh(app, token).content)
        provider.forget_ada()
        let_six_minutes_pass()
        gone = json.loads(refresh(app, still["refresh_token"]).content)

    ada = User.objects.get(email="ada@acme.example")
    session = TokenSession.objects.get(kind=SessionKind.USER, user=ada)
    assert page.url == f"{server}/account/"
    assert "ada@acme.example" in page.text
    assert gone["error"] == "invalid_grant"
    assert session.end_reason == "the provider upstream no longer vouches for the person"


def test_a_second_instance_of_ours_lets_in_and_throws_out(
    server: str, world: World, settings: Any
) -> None:
    settings.PUBLIC_URL = PUBLIC
    with second_instance() as there:
        there.manage(
            *("create_user", "--email", "ada@acme.example", "--password-stdin"),
            *("--staff-role", "viewer", "--name", "Ada"),
            said=f"{PASSWORD}\n",
        )
        scopes = ("openid", "profile", "email", "offline_access")
        client = there.manage(
            *("create_client", "--internal", "--name", "Nordwind", "--auth", "client_secret_basic"),
            *("--grant", "authorization_code", "--grant", "refresh_token"),
            *(part for scope in scopes for part in ("--scope", scope)),
            *("--redirect-uri", f"{PUBLIC}/account/by/acme/back/"),
        )
        rule = {"claim": "email_domain", "value": "acme.example"}
        rule |= {"partner": world.acme.public_id, "role": "manager"}
        let_in_by(there.url, world, **client, rules=[rule])
        person, app = Person(server), web_app(partner=world.acme)

        login = person.sign_in_by("acme")
        asked = person.submit(login, login="ada@acme.example", password=PASSWORD)
        page = person.submit(asked, to="/oauth/authorize", decision="allow")
        token = refresh_token_of(person, app)
        let_six_minutes_pass()
        still = json.loads(refresh(app, token).content)
        there.manage("offboard_user", "ada@acme.example", "--reason", "left")
        let_six_minutes_pass()
        gone = json.loads(refresh(app, still["refresh_token"]).content)

    assert page.url == f"{server}/account/"
    assert "ada@acme.example" in page.text
    assert gone["error"] == "invalid_grant"
    assert TokenSession.objects.get(kind=SessionKind.USER).ended_at is not None
