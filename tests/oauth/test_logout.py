"""Signing out at a client's wish (OpenID Connect RP-Initiated Logout 1.0)."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client as Browser

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.actor import system_actor
from apps.identity.models import User
from apps.oauth.models import Client, SessionKind, TokenSession
from apps.oauth.policy.logout import way_back
from apps.oauth.services import NewClient, suspend_client
from tests.conformance.compliance import conforms
from tests.factories.identity import PASSWORD, staff_browser
from tests.factories.oauth import access_token, machine, refresh, web_app
from tests.factories.openid import SIGNED_OUT, openid_app, tokens_for
from tests.factories.world import World

pytestmark = pytest.mark.django_db

LOGOUT = "/oauth/logout"
ANSWER = "/oauth/logout/answer"


def signed_in(user: User, *, checks_csrf: bool = False) -> Browser:
    browser = Browser(enforce_csrf_checks=checks_csrf)
    browser.force_login(user)
    return browser


def is_signed_in(browser: Browser) -> bool:
    return "_auth_user_id" in browser.session


def live() -> list[Client]:
    """The clients whose sessions with people have not ended."""
    rows = TokenSession.objects.filter(ended_at__isnull=True, kind=SessionKind.USER)
    return [row.client for row in rows.order_by("id") if row.client]


@pytest.fixture
def portal(world: World) -> NewClient:
    return openid_app(partner=world.acme)


@pytest.fixture
def hint(world: World, portal: NewClient) -> str:
    """Bo's ID token at the portal."""
    return str(tokens_for(world.bo, portal)["id_token"])


def asked_with(answer: Any) -> str:
    """The handle of the page that asks."""
    assert answer.status_code == 200, answer.content
    assert next(template.name for template in answer.templates) == "oauth/logout.html"
    return str(answer.context["request_handle"])


# --- With the person's own ID token ---------------------------------------------------------------
@pytest.mark.parametrize("method", ("get", "post"))
def test_own_id_token_signs_out_and_leads_back(method: str, world: World, hint: str) -> None:
    browser = signed_in(world.bo, checks_csrf=True)
    form = {"id_token_hint": hint, "post_logout_redirect_uri": SIGNED_OUT, "state": "a b&c"}

    answer = getattr(browser, method)(LOGOUT, form)

    assert (answer.status_code, answer["Location"]) == (303, f"{SIGNED_OUT}?state=a+b%26c")
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert not is_signed_in(browser)
    assert live() == []


def test_signing_out_ends_one_session_and_no_other(
    world: World, portal: NewClient, hint: str
) -> None:
    other, erp = openid_app(partner=world.acme), machine(partner=world.acme)
    access_token(erp)
    tokens_for(world.bo, other)
    again = tokens_for(world.bo, portal, prompt="consent")

    signed_in(world.bo).get(LOGOUT, {"id_token_hint": hint})

    assert live() == [other.client, portal.client]
    assert refresh(portal, again["refresh_token"]).status_code == 200
    assert not TokenSession.objects.filter(client=erp.client, ended_at__isnull=False).exists()


def test_tokens_of_the_session_are_refused_afterwards(world: World, portal: NewClient) -> None:
    tokens = tokens_for(world.bo, portal)

    signed_in(world.bo).get(LOGOUT, {"id_token_hint": tokens["id_token"]})

    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert refresh(portal, tokens["refresh_token"]).status_code == 400
    assert Browser().get("/oauth/userinfo", headers=bearer).status_code == 401


def test_signing_out_is_in_the_trail(world: World, portal: NewClient, hint: str) -> None:
    signed_in(world.bo).get(LOGOUT, {"id_token_hint": hint})

    session = TokenSession.objects.get(client=portal.client)
    ended = Event.objects.get(action=Action.SESSION_ENDED)
    assert (ended.actor_id, ended.client_id) == (world.bo.public_id, portal.client.client_id)
    assert ended.subject_id == session.public_id
    assert session.end_reason == "signed out at the application"
    assert Event.objects.filter(action=Action.USER_SIGNED_OUT).count() == 1


def test_without_a_way_back_a_page_says_that_it_is_done(world: World, hint: str) -> None:
    answer = signed_in(world.bo).get(LOGOUT, {"id_token_hint": hint})

    assert answer.status_code == 200
    assert b"You are signed out" in answer.content


def test_signing_out_twice_is_the_same_as_once(world: World, hint: str) -> None:
    browser = signed_in(world.bo)
    form = {"id_token_hint": hint, "post_logout_redirect_uri": SIGNED_OUT}

    first, second = (browser.get(LOGOUT, form) for _ in range(2))

    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert Event.objects.filter(action=Action.SESSION_ENDED).count() == 1


def test_staff_session_of_the_browser_ends_with_it(world: World) -> None:
    del world
    browser = staff_browser()

    handle = asked_with(browser.get(LOGOUT))
    browser.post(ANSWER, {"request_handle": handle})

    assert not TokenSession.objects.filter(kind=SessionKind.STAFF, ended_at=None).exists()
    assert not is_signed_in(browser)


# --- Without a browser session --------------------------------------------------------------------
def test_old_id_token_alone_ends_its_session_and_nothing_else(
    world: World, portal: NewClient, hint: str
) -> None:
    """The library ended all of a person's tokens here (reference 1.1)."""
    browser, other = signed_in(world.bo), openid_app(partner=world.acme)
    tokens_for(world.bo, other)

    answer = Browser().get(LOGOUT, {"id_token_hint": hint})

    assert answer.status_code == 200
    assert live() == [other.client]
    assert is_signed_in(browser)
    assert browser.get("/account/").status_code == 200
    ended = Event.objects.get(action=Action.SESSION_ENDED)
    assert (ended.actor_id, ended.actor_kind) == (portal.client.client_id, "client")


def test_nobody_and_nothing_to_end_leads_back(portal: NewClient) -> None:
    form = {"client_id": portal.client.client_id, "post_logout_redirect_uri": SIGNED_OUT}

    answer = Browser().get(LOGOUT, form)

    assert (answer.status_code, answer["Location"]) == (303, SIGNED_OUT)


def test_form_of_another_site_is_followed_up_by_a_link(world: World, hint: str) -> None:
    """SameSite=Lax: such a form comes without our cookie, which the link that follows brings."""
    form = {"id_token_hint": hint, "state": "s", "ui_locales": "en", "logout_hint": "bo"}
    bounced = Browser().post(LOGOUT, form)
    browser = signed_in(world.bo)

    answer = browser.get(bounced["Location"])

    assert (bounced.status_code, answer.status_code) == (303, 200)
    assert bounced["Location"] == f"{LOGOUT}?id_token_hint={hint}&state=s"
    assert not is_signed_in(browser)


# --- Asking ---------------------------------------------------------------------------------------
@conforms("ASVS 5 V10", "10.6.2", "Nobody is signed out by a link without saying so.")
def test_without_an_id_token_nothing_ends_until_the_person_says_so(
    world: World, portal: NewClient, hint: str
) -> None:
    del hint
    browser = signed_in(world.bo)
    form = {
        "client_id": portal.client.client_id,
        "post_logout_redirect_uri": SIGNED_OUT,
        "state": "s",
    }

    handle = asked_with(browser.get(LOGOUT, form))
    assert is_signed_in(browser)
    answer = browser.post(ANSWER, {"request_handle": handle})

    assert (answer.status_code, answer["Location"]) == (303, f"{SIGNED_OUT}?state=s")
    assert not is_signed_in(browser)
    assert live() == [portal.client]


def test_id_token_of_another_person_is_asked_about(
    world: World, portal: NewClient, hint: str
) -> None:
    browser = signed_in(world.cy)

    handle = asked_with(browser.get(LOGOUT, {"id_token_hint": hint}))
    assert (is_signed_in(browser), live()) == (True, [portal.client])
    browser.post(ANSWER, {"request_handle": handle})

    assert (is_signed_in(browser), live()) == (False, [])
    assert Event.objects.get(action=Action.SESSION_ENDED).actor_id == portal.client.client_id


@pytest.mark.parametrize("garbage", ("nonsense", "e30.e30.e30", "\x01", "ÿ"))
def test_id_token_of_nobody_is_asked_about(garbage: str, world: World) -> None:
    browser = signed_in(world.bo)

    asked_with(browser.get(LOGOUT, {"id_token_hint": garbage}))

    assert is_signed_in(browser)


def test_access_token_counts_as_no_id_token(world: World, portal: NewClient) -> None:
    tokens, browser = tokens_for(world.bo, portal), signed_in(world.bo)

    asked_with(browser.get(LOGOUT, {"id_token_hint": tokens["access_token"]}))

    assert (is_signed_in(browser), live()) == (True, [portal.client])


def test_page_that_asks_is_safe(world: World, portal: NewClient) -> None:
    form = {"client_id": portal.client.client_id, "post_logout_redirect_uri": SIGNED_OUT}

    page = signed_in(world.bo).get(LOGOUT, form)

    policy = page["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' https://app.example" in policy
    assert page["X-Frame-Options"] == "DENY"
    assert "no-store" in page["Cache-Control"]
    assert page["Referrer-Policy"] == "same-origin"
    assert b"<script" not in page.content
    assert b"Portal" in page.content


def test_answer_without_a_csrf_token_is_refused(world: World) -> None:
    browser = signed_in(world.bo, checks_csrf=True)
    handle = asked_with(browser.get(LOGOUT))

    answer = browser.post(ANSWER, {"request_handle": handle})

    assert answer.status_code == 403
    assert is_signed_in(browser)


@pytest.mark.parametrize("form", ({}, {"request_handle": "made-up"}, {"request_handle": "\x00"}))
def test_answer_to_no_question_asks_anew(form: dict[str, str], world: World) -> None:
    browser = signed_in(world.bo)

    answer = browser.post(ANSWER, form)

    assert (answer.status_code, answer["Location"]) == (303, LOGOUT)
    assert is_signed_in(browser)


def test_answering_twice_is_the_same_as_once(world: World) -> None:
    browser = signed_in(world.bo)
    handle = asked_with(browser.get(LOGOUT))

    answers = [browser.post(ANSWER, {"request_handle": handle}) for _ in range(2)]

    assert [answer["Location"] for answer in answers] == [LOGOUT, LOGOUT]
    assert b"You are signed out" in browser.get(LOGOUT).content


def test_answer_is_posted(world: World) -> None:
    assert signed_in(world.bo).get(ANSWER).status_code == 405


# --- Where it may lead ----------------------------------------------------------------------------
def refused(answer: Any) -> bool:
    return answer.status_code == 400 and "Location" not in answer


@pytest.mark.parametrize(
    "uri",
    (
        "https://evil.example/",
        f"{SIGNED_OUT}/",
        f"{SIGNED_OUT}?x=1",
        f"{SIGNED_OUT}#x",
        "https://APP.example/signed-out",
        "https://app.example/callback",
        "//evil.example",
        "javascript:alert(1)",
        "\r\nLocation: https://evil.example",
    ),
)
def test_unregistered_address_ends_nothing_and_leads_nowhere(
    uri: str, world: World, portal: NewClient, hint: str
) -> None:
    browser = signed_in(world.bo)

    answer = browser.get(LOGOUT, {"id_token_hint": hint, "post_logout_redirect_uri": uri})

    assert refused(answer)
    assert (is_signed_in(browser), live()) == (True, [portal.client])


def test_address_of_nobody_leads_nowhere(world: World, portal: NewClient) -> None:
    del portal
    for more in ({}, {"client_id": "unknown"}, {"id_token_hint": "nonsense"}):
        form = {"post_logout_redirect_uri": SIGNED_OUT, **more}
        assert refused(signed_in(world.bo).get(LOGOUT, form))


def test_client_and_id_token_must_agree(world: World, portal: NewClient, hint: str) -> None:
    other = openid_app(partner=world.acme)
    browser = signed_in(world.bo)
    form = {"id_token_hint": hint, "client_id": other.client.client_id}

    assert refused(browser.get(LOGOUT, form))
    assert (is_signed_in(browser), live()) == (True, [portal.client])
    form["client_id"] = portal.client.client_id
    assert browser.get(LOGOUT, form).status_code == 200


def test_suspended_client_leads_nowhere(world: World, portal: NewClient, at: datetime) -> None:
    suspend_client(actor=system_actor("test"), at=at, client=portal.client, reason="a test")
    form = {"client_id": portal.client.client_id, "post_logout_redirect_uri": SIGNED_OUT}

    assert refused(signed_in(world.bo).get(LOGOUT, form))


def test_client_without_an_address_leads_nowhere(world: World) -> None:
    plain = web_app(partner=world.acme)
    form = {"client_id": plain.client.client_id, "post_logout_redirect_uri": SIGNED_OUT}

    assert refused(signed_in(world.bo).get(LOGOUT, form))


def test_refusal_still_lets_the_person_sign_out(world: World) -> None:
    answer = signed_in(world.bo).get(LOGOUT, {"post_logout_redirect_uri": SIGNED_OUT})

    assert f'href="{LOGOUT}"'.encode() in answer.content


@pytest.mark.parametrize(
    ("uri", "state", "expected"),
    (
        ("https://a.example/x", "", "https://a.example/x"),
        ("https://a.example/x", "1 2", "https://a.example/x?state=1+2"),
        ("https://a.example/x?y=%20z", "s", "https://a.example/x?y=%20z&state=s"),
        ("", "s", ""),
    ),
)
def test_state_goes_back_and_the_address_stays(uri: str, state: str, expected: str) -> None:
    assert way_back(uri, state) == expected


# --- Hostile input --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "query",
    (
        "id_token_hint=%00",
        "client_id=%00&post_logout_redirect_uri=x",
        "state=%00",
        "client_id=a&client_id=b",
        "state=" + "s" * 9000,
        "id_token_hint=" + "a" * 60_000,
    ),
)
def test_hostile_parameters_are_refused(query: str, world: World) -> None:
    browser = signed_in(world.bo)
    form = "application/x-www-form-urlencoded"

    assert refused(browser.get(f"{LOGOUT}?{query}"))
    assert refused(browser.post(LOGOUT, query, content_type=form))
    assert refused(Browser().post(LOGOUT, query, content_type=form))
    assert is_signed_in(browser)


@pytest.mark.parametrize("query", ("state=%ff%fe", "%ff=%ff", "unknown=1&unknown=2", "&&&", "=%zz"))
def test_odd_parameters_are_no_fault_of_ours(query: str, world: World) -> None:
    assert signed_in(world.bo).get(f"{LOGOUT}?{query}").status_code == 200


def test_body_that_is_no_form_is_no_fault_of_ours(world: World) -> None:
    browser = signed_in(world.bo)

    for body, kind in ((b"{}", "application/json"), (b"\xff", "multipart/form-data")):
        assert browser.post(LOGOUT, body, content_type=kind).status_code in {200, 400}
    assert is_signed_in(browser)


def test_hint_of_a_session_that_is_not_what_it_says_is_none(
    world: World, portal: NewClient, hint: str
) -> None:
    """The row stands for another person than the token: nobody is signed out unasked."""
    TokenSession.objects.filter(client=portal.client).update(user=world.cy)
    browser = signed_in(world.bo)

    asked_with(browser.get(LOGOUT, {"id_token_hint": hint}))

    assert live() == [portal.client]


def test_hint_of_a_machines_session_is_none(world: World, portal: NewClient, hint: str) -> None:
    """Such a token was never made; were there one, it would sign nobody out."""
    TokenSession.objects.filter(client=portal.client).update(user=None)
    browser = signed_in(world.bo)

    asked_with(browser.get(LOGOUT, {"id_token_hint": hint}))

    assert is_signed_in(browser)


def test_sign_in_through_the_page_is_signed_out_as_well(world: World, hint: str) -> None:
    browser, at = Browser(), datetime.now(tz=UTC)
    browser.post("/account/login/", {"login": world.bo.email, "password": PASSWORD})

    browser.get(LOGOUT, {"id_token_hint": hint})

    assert not is_signed_in(browser)
    assert Event.objects.filter(action=Action.USER_SIGNED_OUT, at__gte=at).count() == 1
