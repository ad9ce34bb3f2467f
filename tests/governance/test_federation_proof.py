"""What a provider is asked when somebody has to prove who they are, and what counts of it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from allauth.account.authentication import get_authentication_records
from allauth.usersessions.models import UserSession
from django.test import Client as Browser

from apps.identity.models import FederatedIdentity, Federation, User
from apps.oauth.models import TokenSession
from tests.conformance.compliance import conforms
from tests.conformance.stage import claims_in
from tests.factories.federation import Upstream, federation, providing, set_out, sign_in_by
from tests.factories.oauth import authorize_query, pkce, redeem, redirect_parameters
from tests.factories.openid import openid_app

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
RULE = {"claim": "email_domain", "value": "acme.example", "staff_role": "administrator"}
SENSITIVE = "/account/2fa/totp/activate/"
HOUR = 3600


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with providing() as found:
        federation(issuer=found.issuer, rules=[RULE])
        yield found


def asked_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def later(minutes: int = 6) -> Any:
    return time_machine.travel(datetime.now(tz=UTC) + timedelta(minutes=minutes))


def signed_in(upstream: Upstream) -> Browser:
    browser = Browser()
    sign_in_by(browser, upstream)
    return browser


def user_of(browser: Browser) -> User | None:
    user = browser.get("/account/").wsgi_request.user
    return user if isinstance(user, User) else None


@pytest.mark.usefixtures("upstream")
def test_signing_in_asks_the_provider_for_no_older_proof_than_a_sign_in_lasts() -> None:
    asked = asked_of(set_out(Browser()))

    assert (asked["max_age"], asked["prompt"]) == ("43200", "consent")


@conforms("ASVS 5 V7", "7.5.1", "A provider is told to ask who it is, known there or not.")
def test_proving_anew_asks_the_provider_to_ask(upstream: Upstream) -> None:
    asked = asked_of(set_out(signed_in(upstream)))

    assert (asked["max_age"], asked["prompt"]) == ("0", "login consent")


def test_google_knows_neither_and_lets_the_account_be_chosen(upstream: Upstream) -> None:
    browser = signed_in(upstream)
    Federation.objects.update(preset="google")

    first, anew = asked_of(set_out(Browser())), asked_of(set_out(browser))

    assert ("max_age" in first, first["prompt"]) == (False, "consent")
    assert ("max_age" in anew, anew["prompt"]) == (False, "select_account consent")


@conforms("ASVS 5 V7", "7.5.1", "Who was known to the provider for hours has not proved anything.")
def test_a_provider_that_knows_the_person_for_hours_opens_nothing(upstream: Upstream) -> None:
    upstream.id_token = {"auth_time": int(time.time()) - HOUR}
    browser = signed_in(upstream)

    answer = browser.get(SENSITIVE)

    assert answer["Location"] == f"/account/by/acme/?next={SENSITIVE}"


def test_a_provider_that_does_not_ask_anew_is_refused(upstream: Upstream) -> None:
    browser = signed_in(upstream)
    with later():
        upstream.id_token = {"auth_time": int(time.time()) - HOUR}
        answer = sign_in_by(browser, upstream, next=SENSITIVE)
        after = browser.get(SENSITIVE)

    assert answer.status_code == 403
    assert b"did not ask you anew" in answer.content
    assert after.status_code == 302


def test_a_proof_of_the_future_is_refused(upstream: Upstream) -> None:
    upstream.id_token = {"auth_time": int(time.time()) + HOUR}

    answer = sign_in_by(Browser(), upstream)

    assert (answer.status_code, User.objects.filter(email="ada@acme.example").exists()) == (
        403,
        False,
    )


def test_proving_anew_keeps_the_sign_in_and_gives_it_another_id(upstream: Upstream) -> None:
    browser = signed_in(upstream)
    browser.get("/admin/")
    before = browser.cookies["sessionid"].value
    with later():
        upstream.id_token = {"auth_time": int(time.time()) - 2}
        answer = sign_in_by(browser, upstream, next=SENSITIVE)
        opened = browser.get(SENSITIVE).status_code
    after = browser.cookies["sessionid"].value

    assert (answer["Location"], opened, after == before) == (SENSITIVE, 200, False)
    assert [one.session_key for one in UserSession.objects.all()] == [after]
    assert TokenSession.objects.get(kind="staff").ended_at is None


def test_proving_by_another_persons_account_is_another_sign_in(upstream: Upstream) -> None:
    browser = signed_in(upstream)
    first = user_of(browser)
    upstream.person = {**upstream.person, "sub": "eve-1", "email": "eve@acme.example"}

    sign_in_by(browser, upstream)

    second = user_of(browser)
    assert first is not None
    assert second is not None
    assert (first.email, second.email) == ("ada@acme.example", "eve@acme.example")


def test_proving_anew_follows_a_role_that_changed(upstream: Upstream) -> None:
    browser = signed_in(upstream)
    Federation.objects.update(rules=[{**RULE, "staff_role": "viewer"}])

    sign_in_by(browser, upstream)

    user = user_of(browser)
    assert user is not None
    assert [group.name for group in user.groups.all()] == ["viewer"]


def test_an_application_hears_when_the_person_proved_it_to_the_provider(
    upstream: Upstream,
) -> None:
    """OpenID Connect Core section 2: `auth_time` is when the person authenticated."""
    then = int(time.time()) - 10 * 60
    upstream.id_token = {"auth_time": then}
    browser, proof = signed_in(upstream), pkce()
    app = openid_app(scopes=("openid",))

    page = browser.get("/oauth/authorize", authorize_query(app, proof, scope="openid"))
    form = {"request_handle": page.context["request_handle"], "decision": "allow"}
    said = browser.post("/oauth/authorize", form)
    token = redeem(app, redirect_parameters(said)["code"], proof).json()["id_token"]

    assert claims_in(token)["auth_time"] == then


def test_an_application_that_demands_a_new_sign_in_gets_one(upstream: Upstream) -> None:
    """The provider counts whole seconds, and its clock is a little behind."""
    browser = signed_in(upstream)
    asked = authorize_query(openid_app(scopes=("openid",)), pkce(), scope="openid", prompt="login")

    led = browser.get("/oauth/authorize", asked, follow=True)
    upstream.id_token = {"auth_time": int(time.time()) - 5}
    after = parse_qs(led.request["QUERY_STRING"])["next"][0]
    back = sign_in_by(browser, upstream, next=after)

    assert led.request["PATH_INFO"] == "/account/by/acme/"
    assert "request_handle" in browser.get(back["Location"]).context


def test_a_password_got_by_mail_proves_nothing_of_a_made_person(upstream: Upstream) -> None:
    browser = signed_in(upstream)
    user = FederatedIdentity.objects.get().user
    password = "a password got by mail"
    user.set_password(password)
    user.save()
    browser = signed_in(upstream)
    with later():
        answer = browser.post("/account/reauthenticate/", {"password": password})
        opened = browser.get(SENSITIVE)

    assert (answer["Location"], opened.status_code) == ("/account/by/acme/", 302)
    methods = [one["method"] for one in get_authentication_records(opened.wsgi_request, user)]
    assert methods == ["socialaccount"]
