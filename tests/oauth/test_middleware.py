"""Staff and their token session: it comes with the admin and goes with the sign-out."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client as Browser

from apps.audit.models import Event
from apps.core.actor import Actor
from apps.identity.services import change_password
from apps.oauth.models import TokenSession
from apps.oauth.selectors import live_sessions
from apps.oauth.services import end_dead_sessions
from tests.factories.identity import PASSWORD, sign_in, staff, staff_browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


def test_signing_out_ends_the_staff_session_with_its_event() -> None:
    browser = staff_browser()
    session = live_sessions(at=datetime.now(tz=UTC)).get()

    browser.post("/account/logout/")

    session.refresh_from_db()
    event = Event.objects.get(action="token_session.ended")
    assert (session.ended_by, session.end_reason) == ("administrator@buyer.example", "signed out")
    assert (event.subject_id, event.session_id) == (session.public_id, session.pk)
    assert (event.actor_kind, event.data["reason"]) == ("staff", "signed out")


def test_signing_out_leaves_the_session_of_another_browser() -> None:
    here, elsewhere = staff_browser(), Browser()
    elsewhere.post(
        "/account/login/", {"login": "administrator@buyer.example", "password": PASSWORD}
    )
    elsewhere.get("/admin/")

    here.post("/account/logout/")

    assert live_sessions(at=datetime.now(tz=UTC)).count() == 1
    assert elsewhere.get("/admin/").status_code == 200


def test_signing_out_without_having_entered_the_admin_ends_nothing() -> None:
    browser = Browser()
    browser.force_login(staff())

    answers = [browser.post("/account/logout/"), browser.post("/account/logout/")]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert not Event.objects.filter(action="token_session.ended").exists()


def test_a_session_that_expired_is_not_ended_again_by_signing_out() -> None:
    browser = staff_browser()
    TokenSession.objects.update(expires_at=datetime.now(tz=UTC) - timedelta(seconds=1))

    browser.post("/account/logout/")

    assert TokenSession.objects.get().ended_at is None


def test_a_new_password_closes_the_admin_until_the_next_sign_in(
    operator: Actor, at: datetime
) -> None:
    user, browser = staff(), Browser()
    browser.force_login(user)
    browser.get("/admin/")
    (old,) = TokenSession.objects.all()

    change_password(actor=operator, at=at, user=user, password="another good battery")
    refused = browser.get("/admin/")
    browser.post("/account/login/", {"login": user.email, "password": "another good battery"})
    entered = browser.get("/admin/")

    assert (refused.status_code, entered.status_code) == (302, 200)
    new = live_sessions(at=datetime.now(tz=UTC)).get()
    assert new.pk != old.pk
    assert end_dead_sessions(at=datetime.now(tz=UTC), limit=10) == 1
    old.refresh_from_db()
    assert old.end_reason == "person's sessions ended, as by a new password"


def test_a_staff_session_says_how_they_signed_in() -> None:
    somebody, steps = staff(), ({"method": "password"}, {"method": "mfa", "type": "totp"})

    for taken in (steps[:1], steps):
        sign_in(Browser(), somebody, *taken).get("/admin/")

    methods = TokenSession.objects.order_by("created_at").values_list("auth_method", flat=True)
    assert list(methods) == ["password", "mfa"]
