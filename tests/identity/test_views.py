"""Signing in and out over HTTP, as people do, and what stops them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core import mail
from django.test import Client as Browser

from apps.audit.models import Event
from apps.core.actor import Actor, Origin
from apps.governance.services.offboarding import offboard_user
from apps.identity.models import StaffRole, User
from apps.oauth.selectors import live_sessions
from apps.oauth.services import open_staff_session
from tests.conformance.compliance import conforms
from tests.factories.governance import sessions
from tests.factories.identity import PASSWORD, staff
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
LOGIN = "/account/login/"


def sign_in(browser: Browser, email: str, password: str = PASSWORD, **more: str) -> Any:
    return browser.post(LOGIN, {"login": email, "password": password, **more})


def actions() -> list[str]:
    return list(Event.objects.order_by("id").values_list("action", flat=True))


def test_signing_in_and_out_leaves_one_event_each() -> None:
    user, browser = staff(), Browser()

    entered = sign_in(browser, user.email)
    left = browser.post("/account/logout/")

    assert (entered.status_code, entered["Location"]) == (302, "/account/")
    assert (left.status_code, left["Location"]) == (302, "/")
    assert actions() == ["user.created", "user.signed_in", "user.signed_out"]
    event = Event.objects.get(action="user.signed_in")
    assert (event.actor_id, event.actor_kind) == (user.public_id, "staff")
    assert event.private["ip"] == "127.0.0.1"


def test_signing_in_carries_the_partner_somebody_acts_for(world: World) -> None:
    browser = Browser()

    sign_in(browser, world.bo.email)

    event = Event.objects.get(action="user.signed_in")
    page = browser.get("/account/").content.decode()
    assert (event.actor_kind, event.partner_id) == ("user", world.acme.pk)
    facts = re.findall(r"<dd>\s*([^<]+?)\s*</dd>", page)
    assert facts == ["bo@acme.example", "Acme", "Manager"]


def test_wrong_password_is_refused_and_recorded_without_it() -> None:
    user, browser = staff(), Browser()

    answer = sign_in(browser, user.email, "not the password")

    assert (answer.status_code, answer.wsgi_request.user.is_authenticated) == (200, False)
    event = Event.objects.get(action="user.sign_in_failed")
    assert (event.subject_id, event.data) == (user.public_id, {"reason": "credentials"})
    assert "not the password" not in str(list(Event.objects.values()))


def test_somebody_offboarded_cannot_sign_in(operator: Actor, at: datetime) -> None:
    user, browser = staff(), Browser()
    offboard_user(actor=operator, at=at, user=user, reason="left the company")

    answer = sign_in(browser, user.email)

    assert (answer.status_code, answer["Location"]) == (302, "/account/inactive/")
    assert browser.get("/account/").status_code == 302
    assert Event.objects.get(action="user.sign_in_failed").data == {"reason": "inactive"}


def test_somebody_offboarded_is_out_with_the_next_request(operator: Actor, at: datetime) -> None:
    user, browser = staff(), Browser()
    sign_in(browser, user.email)
    before = browser.get("/account/").status_code, browser.get("/admin/").status_code

    offboard_user(actor=operator, at=at, user=user, reason="left the company")

    after = [browser.get(path, follow=True) for path in ("/account/", "/admin/")]
    assert before == (200, 200)
    assert [answer.request["PATH_INFO"] for answer in after] == [LOGIN, LOGIN]


def test_nobody_signs_up() -> None:
    browser = Browser()

    shown = browser.get("/account/signup/")
    posted = browser.post(
        "/account/signup/",
        {"email": "eve@evil.example", "password1": PASSWORD, "password2": PASSWORD},
    )

    assert [answer.templates[0].name for answer in (shown, posted)] == [
        "account/signup_closed.html"
    ] * 2
    assert actions() == []


@pytest.mark.parametrize("target", ("https://evil.example/", "//evil.example/", "javascript:x"))
def test_next_leads_nowhere_else(target: str) -> None:
    answer = sign_in(Browser(), staff().email, next=target)

    assert answer["Location"] == "/account/"


def test_next_leads_on_within_the_product() -> None:
    answer = sign_in(Browser(), staff().email, next="/admin/partners/partner/")

    assert answer["Location"] == "/admin/partners/partner/"


@conforms("ASVS 5 V6", "6.2.2", "People change their password, which ends their sign-ins.")
def test_changing_the_password_signs_out_everywhere() -> None:
    user, here, elsewhere = staff(), Browser(), Browser()
    sign_in(here, user.email)
    sign_in(elsewhere, user.email)

    here.post(
        "/account/password/change/",
        {"oldpassword": PASSWORD, "password1": "a new battery", "password2": "a new battery"},
    )

    assert [browser.get("/account/").status_code for browser in (here, elsewhere)] == [302, 302]
    assert sign_in(Browser(), user.email, "a new battery").status_code == 302
    assert actions()[-3:] == ["user.password_changed", "user.signed_out", "user.signed_in"]


def test_a_forgotten_password_is_replaced_by_a_link_to_the_public_address() -> None:
    user, browser = staff(), Browser()

    browser.post(
        "/account/password/reset/", {"email": user.email}, headers={"Host": "evil.example"}
    )
    (link,) = re.findall(r"https?://\S+", str(mail.outbox[0].body))
    page = browser.get(link.removeprefix("https://buyer.example"), follow=True)
    browser.post(
        page.request["PATH_INFO"], {"password1": "a new battery", "password2": "a new battery"}
    )

    assert link.startswith("https://buyer.example/account/password/reset/key/")
    assert sign_in(Browser(), user.email, "a new battery")["Location"] == "/account/"
    again = browser.get(link.removeprefix("https://buyer.example"), follow=True)
    assert "This link does not work" in again.content.decode()


def change(user: User) -> None:
    browser = Browser()
    sign_in(browser, user.email)
    browser.post(
        "/account/password/change/",
        {"oldpassword": PASSWORD, "password1": "a new battery", "password2": "a new battery"},
    )


def reset(user: User) -> None:
    browser = Browser()
    browser.post("/account/password/reset/", {"email": user.email})
    (link,) = re.findall(r"https?://\S+", str(mail.outbox[0].body))
    page = browser.get(link.removeprefix("https://buyer.example"), follow=True)
    browser.post(
        page.request["PATH_INFO"], {"password1": "a new battery", "password2": "a new battery"}
    )


@pytest.mark.parametrize("replace", (change, reset))
def test_a_new_password_refuses_the_persons_tokens_and_staff_sessions_from_before(
    at: datetime, replace: Callable[[User], None]
) -> None:
    user = staff()
    sessions(1, user=user)
    open_staff_session(user=user, at=at, origin=Origin())
    assert live_sessions(at=at).filter(user=user).count() == 2

    replace(user)

    assert live_sessions(at=at).filter(user=user).count() == 0
    browser = Browser()
    sign_in(browser, user.email, "a new battery")
    assert browser.get("/admin/").status_code == 200
    assert live_sessions(at=datetime.now(tz=UTC)).filter(user=user).count() == 1


def test_asking_for_an_unknown_address_looks_the_same_and_mails_no_link() -> None:
    staff()

    known = Browser().post("/account/password/reset/", {"email": "administrator@buyer.example"})
    unknown = Browser().post("/account/password/reset/", {"email": "nobody@buyer.example"})

    assert (known["Location"], unknown["Location"]) == ("/account/password/reset/done/",) * 2
    assert re.findall(r"https?://\S+", str(mail.outbox[1].body)) == []
    assert [message.subject for message in mail.outbox] == [
        "[Countersign] Choose a new password",
        "[Countersign] About your sign-in",
    ]


def test_account_shows_staff_their_role_and_the_way_to_the_admin() -> None:
    browser = Browser()
    browser.force_login(staff(StaffRole.ONBOARDING_OFFICER))

    page = browser.get("/account/").content.decode()

    assert re.findall(r"<dd>\s*([^<]+?)\s*</dd>", page) == [
        "onboarding_officer@buyer.example",
        "onboarding officer",
    ]
    assert 'class="button" href="/admin/"' in page


def test_account_needs_a_sign_in() -> None:
    answer = Browser().get("/account/")

    assert (answer.status_code, answer["Location"]) == (302, f"{LOGIN}?next=/account/")


@conforms("ASVS 5 V6", "6.3.4", "The admin has no sign-in of its own.")
def test_admin_sends_strangers_to_the_one_sign_in() -> None:
    answer = Browser().get("/admin/partners/partner/", follow=True)

    assert answer.redirect_chain[-1][0] == f"{LOGIN}?next=/admin/partners/partner/"


def test_admin_tells_partner_people_that_it_is_not_theirs(world: World) -> None:
    browser = Browser()
    browser.force_login(world.bo)

    answer = browser.get("/admin/", follow=True)

    assert answer.status_code == 403
    assert "bo@acme.example" in answer.content.decode()
