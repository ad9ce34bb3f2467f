"""What a provider upstream says of somebody later is honoured when their sessions are refreshed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.identity.models import FederatedIdentity, Federation
from apps.oauth.models import SessionKind, TokenSession
from apps.oauth.policy.upstream import (
    GRACE,
    Verdict,
    is_due,
    verdict_of_refresh,
    verdict_of_userinfo,
)
from apps.oauth.services import NewClient
from apps.oauth.services.upstream import takes_turn
from tests.factories.federation import Upstream, federation, providing, sign_in_by
from tests.factories.oauth import (
    authorize_query,
    pkce,
    redeem,
    redirect_parameters,
    refresh,
    web_app,
)
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache", "acme")]


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with providing() as found:
        yield found


@pytest.fixture
def acme(world: World, upstream: Upstream) -> Federation:
    rule = {
        "claim": "email_domain",
        "value": "acme.example",
        "partner": world.acme.public_id,
        "role": "manager",
    }
    return federation(issuer=upstream.issuer, rules=[rule])


@pytest.fixture
def browser(upstream: Upstream, acme: Federation) -> Browser:
    """At which Ada has signed in by the provider."""
    found = Browser()
    sign_in_by(found, upstream, acme.slug)
    return found


@pytest.fixture
def app(world: World) -> NewClient:
    return web_app(partner=world.acme)


@pytest.fixture
def token(browser: Browser, app: NewClient) -> str:
    """A refresh token of hers."""
    proof = pkce()
    page = browser.get("/oauth/authorize", authorize_query(app, proof))
    handle = page.context["request_handle"]
    said = browser.post("/oauth/authorize", {"request_handle": handle, "decision": "allow"})
    answer = redeem(app, redirect_parameters(said)["code"], proof)
    return str(json.loads(answer.content)["refresh_token"])


def let_pass(time: timedelta) -> None:
    """As if the provider had been asked, and had said yes, so long ago."""
    then = datetime.now(tz=UTC) - time
    FederatedIdentity.objects.update(asked_at=then, confirmed_at=then)


def refused(answer: Any) -> bool:
    return (answer.status_code, json.loads(answer.content).get("error")) == (400, "invalid_grant")


def next_token(answer: Any) -> str:
    assert answer.status_code == 200, answer.content
    return str(json.loads(answer.content)["refresh_token"])


@pytest.mark.usefixtures("token")
def test_a_session_says_whose_word_it_rests_on(acme: Federation) -> None:
    session = TokenSession.objects.get(kind=SessionKind.USER)

    assert (session.federation, session.auth_method) == (acme, "federation")


def test_the_provider_is_asked_after_five_minutes_and_not_before(
    upstream: Upstream, app: NewClient, token: str
) -> None:
    upstream.asked.clear()

    token = next_token(refresh(app, token))
    at_once = upstream.asked.count("/token")
    let_pass(timedelta(minutes=6))
    token = next_token(refresh(app, token))
    later = upstream.asked.count("/token")
    refresh(app, token)

    assert (at_once, later, upstream.asked.count("/token")) == (0, 1, 1)


def test_a_new_refresh_token_of_the_provider_replaces_ours(
    upstream: Upstream, app: NewClient, token: str
) -> None:
    upstream.refresh = (200, {"access_token": "a", "refresh_token": "rotated"})
    let_pass(timedelta(minutes=6))

    refresh(app, token)

    assert FederatedIdentity.objects.get().refresh_token == "rotated"


def test_no_from_the_provider_ends_session_and_sign_in(
    upstream: Upstream, app: NewClient, browser: Browser, token: str
) -> None:
    upstream.refresh = (400, {"error": "invalid_grant"})
    let_pass(timedelta(minutes=6))

    answer = refresh(app, token)

    session = TokenSession.objects.get(kind=SessionKind.USER)
    assert refused(answer)
    assert session.end_reason == "the provider upstream no longer vouches for the person"
    assert browser.get("/account/")["Location"].startswith("/account/login/")


def test_signing_in_again_upstream_lets_in_again(
    upstream: Upstream, app: NewClient, browser: Browser, token: str
) -> None:
    upstream.refresh = (400, {"error": "invalid_grant"})
    let_pass(timedelta(minutes=6))
    refresh(app, token)

    sign_in_by(browser, upstream)

    assert browser.get("/account/").status_code == 200
    assert refused(refresh(app, token))


@pytest.mark.parametrize(
    "answer",
    ((500, {}), (400, {"error": "invalid_client"}), (429, {}), (200, {}), (200, [1])),
)
def test_no_answer_is_no_no_for_an_hour(
    upstream: Upstream, app: NewClient, token: str, answer: Any
) -> None:
    upstream.refresh = answer
    let_pass(GRACE - timedelta(minutes=1))

    token = next_token(refresh(app, token))
    let_pass(GRACE + timedelta(minutes=1))
    late = refresh(app, token)

    session = TokenSession.objects.get(kind=SessionKind.USER)
    assert refused(late)
    assert session.end_reason == "the provider upstream could not be asked for too long"


def test_a_provider_that_is_away_is_asked_again_after_half_a_minute() -> None:
    at = datetime.now(tz=UTC)
    confirmed = at - timedelta(minutes=20)

    assert is_due(confirmed_at=confirmed, asked_at=at - timedelta(seconds=29), at=at) is False
    assert is_due(confirmed_at=confirmed, asked_at=at - timedelta(seconds=30), at=at) is True


def test_without_a_refresh_token_the_access_token_asks_while_it_lasts(
    upstream: Upstream, app: NewClient, token: str
) -> None:
    FederatedIdentity.objects.update(refresh_token="")
    let_pass(timedelta(minutes=6))
    upstream.asked.clear()
    FederatedIdentity.objects.update(access_until=datetime.now(tz=UTC) + timedelta(minutes=1))

    token = next_token(refresh(app, token))
    upstream.userinfo = (401, {})
    let_pass(timedelta(minutes=6))
    answer = refresh(app, token)

    assert upstream.asked.count("/userinfo") == 2
    assert refused(answer)


def test_an_expired_access_token_is_no_question(
    upstream: Upstream, app: NewClient, token: str
) -> None:
    """It would be refused for its age, and the person with it."""
    FederatedIdentity.objects.update(refresh_token="", access_until=datetime.now(tz=UTC))
    upstream.userinfo = (401, {})
    let_pass(timedelta(minutes=6))
    upstream.asked.clear()

    answer = refresh(app, token)

    assert (answer.status_code, upstream.asked.count("/userinfo")) == (200, 0)


def test_an_unlinked_account_ends_what_rested_on_it(app: NewClient, token: str) -> None:
    FederatedIdentity.objects.all().delete()

    assert refused(refresh(app, token))


@pytest.mark.usefixtures("browser")
def test_one_of_two_requests_asks() -> None:
    """Two uses of one refresh token would look like theft to the provider."""
    one, other = FederatedIdentity.objects.get(), FederatedIdentity.objects.get()
    at = datetime.now(tz=UTC)

    assert [takes_turn(one, at=at), takes_turn(other, at=at)] == [True, False]


def test_staff_in_the_admin_are_held_to_it_too(upstream: Upstream, acme: Federation) -> None:
    Federation.objects.update(
        rules=[{"claim": "email_domain", "value": "acme.example", "staff_role": "viewer"}]
    )
    browser = Browser()
    sign_in_by(browser, upstream)
    let_in = browser.get("/admin/").status_code
    session = TokenSession.objects.get(kind=SessionKind.STAFF)
    upstream.refresh = (400, {"error": "invalid_grant"})
    let_pass(timedelta(minutes=6))

    browser.get("/admin/")
    out = browser.get("/admin/")

    session.refresh_from_db()
    assert (let_in, session.federation, out.status_code) == (200, acme, 302)
    assert session.end_reason == "the provider upstream no longer vouches for the person"


def test_a_session_that_rests_on_a_provider_costs_one_statement_more(
    app: NewClient, token: str
) -> None:
    with CaptureQueriesContext(connection) as captured:
        refresh(app, token)

    uncounted = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
    assert len([q for q in captured if not q["sql"].startswith(uncounted)]) == 8


@pytest.mark.parametrize(
    ("status", "document", "verdict"),
    (
        (200, {"access_token": "a"}, Verdict.STANDS),
        (200, {}, Verdict.UNKNOWN),
        (400, {"error": "invalid_grant"}, Verdict.REFUSED),
        (401, {"error": "invalid_grant"}, Verdict.REFUSED),
        (401, {"error": "invalid_client"}, Verdict.UNKNOWN),
        (500, {"error": "invalid_grant"}, Verdict.UNKNOWN),
        (400, None, Verdict.UNKNOWN),
    ),
)
def test_what_an_answer_to_a_refresh_means(status: int, document: Any, verdict: Verdict) -> None:
    assert verdict_of_refresh(status, document) is verdict


@pytest.mark.parametrize(
    ("status", "document", "verdict"),
    (
        (200, {"sub": "ada"}, Verdict.STANDS),
        (200, {"sub": "bo"}, Verdict.UNKNOWN),
        (401, None, Verdict.REFUSED),
        (403, {}, Verdict.UNKNOWN),
        (503, {}, Verdict.UNKNOWN),
    ),
)
def test_what_an_answer_about_the_person_means(
    status: int, document: Any, verdict: Verdict
) -> None:
    assert verdict_of_userinfo(status, document, subject="ada") is verdict
