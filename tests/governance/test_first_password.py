"""A password that staff have typed lets somebody in to choose their own, and to nothing else."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client as Browser

from apps.identity.models import StaffRole, User
from apps.oauth.models import TokenSession
from tests.conformance.compliance import conforms
from tests.factories.factors import give_password
from tests.factories.identity import PASSWORD, added_by_staff, staff, staff_browser
from tests.factories.oauth import authorize_query, pkce
from tests.factories.openid import openid_app, tokens_for
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
CHANGE = "/account/password/change/"
NEW = "dee@acme.example"
OWN = "a password of their own"
CLOSED = (
    "/account/", "/account/2fa/", "/account/2fa/totp/activate/", "/account/2fa/webauthn/add/",
    "/account/2fa/recovery-codes/", "/account/access/", "/account/activity/", "/account/apps/",
    "/account/links/", "/account/password/set/", "/account/people/", "/account/reauthenticate/",
    "/account/sessions/", "/account/signup/", "/admin/", "/oauth/authorize", "/oauth/device",
)  # fmt: skip


def added(world: World) -> User:
    """Somebody whom staff have let in, with a password that staff know."""
    path = f"/admin/partners/partner/{world.acme.pk}/add-person/"
    form = {"once": "a", "email": NEW, "name": "Dee", "password": PASSWORD, "role": "manager"}
    staff_browser(StaffRole.ONBOARDING_OFFICER).post(path, form)
    return User.objects.get(email=NEW)


def entered(user: User, password: str = PASSWORD) -> Browser:
    browser = Browser()
    give_password(browser, user, password)
    return browser


def ends_at(answer: Any) -> str:
    return str(answer.headers.get("Location", answer.status_code)).partition("?")[0]


def is_proven(user: User) -> bool:
    return EmailAddress.objects.get(user=user).verified


@conforms("ASVS 5 V6", "6.4.1", "A first password that staff chose does not stay.")
@pytest.mark.parametrize("path", CLOSED)
def test_whoever_has_the_first_password_is_led_to_changing_it(world: World, path: str) -> None:
    browser = entered(added(world))

    assert [ends_at(browser.get(path)), ends_at(browser.post(path))] == [CHANGE, CHANGE]


@pytest.mark.parametrize("path", (CHANGE, "/account/logout/", "/account/password/reset/"))
def test_pages_that_end_the_first_password_or_the_sign_in_stay_open(
    world: World, path: str
) -> None:
    assert entered(added(world)).get(path).status_code == 200


def test_no_application_gets_anything_by_the_first_password(world: World) -> None:
    browser, app = entered(added(world)), openid_app(partner=world.acme)

    answer = browser.get("/oauth/authorize", authorize_query(app, pkce()))

    assert ends_at(answer) == CHANGE
    assert TokenSession.objects.filter(client=app.client).exists() is False


def test_whoever_has_changed_it_goes_on_by_their_own_and_not_by_the_first(world: World) -> None:
    user = added(world)
    browser = entered(user)
    form = {"oldpassword": PASSWORD, "password1": OWN, "password2": OWN}

    shown = browser.get("/account/", follow=True)
    browser.post(CHANGE, form)

    user.refresh_from_db()
    assert "Somebody else chose your first password" in shown.content.decode()
    assert (user.must_change_password, user.check_password(OWN)) == (False, True)
    assert entered(user, OWN).get("/account/").status_code == 200
    assert ends_at(entered(user).get("/account/")) == "/account/login/"


def test_member_of_staff_whom_an_administrator_adds_has_to_change_it_too() -> None:
    browser = entered(added_by_staff("new@buyer.example"))

    assert ends_at(browser.get("/admin/")) == CHANGE


def test_whom_the_operator_adds_keeps_the_password_and_a_proven_address() -> None:
    user = staff(StaffRole.VIEWER)

    assert entered(user).get("/account/").status_code == 200
    assert (user.must_change_password, is_proven(user)) == (False, True)


@conforms("OIDC Core", "5.1", "An address that staff have typed is not said to be verified.")
def test_typed_address_is_proven_by_the_mail_that_was_sent_to_it(world: World) -> None:
    user, app = added(world), openid_app(partner=world.acme)
    before = is_proven(user)

    Browser().post("/account/password/reset/", {"email": NEW})
    (link,) = re.findall(r"https?://[^/]+(/\S+)", str(mail.outbox[-1].body))
    browser = Browser()
    address = browser.get(link).headers["Location"]
    browser.post(address, {"password1": OWN, "password2": OWN})

    user.refresh_from_db()
    assert (before, is_proven(user), user.must_change_password) == (False, True, False)
    token = tokens_for(user, app)["access_token"]
    told = Browser().get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"}).json()
    assert (told["email"], told["email_verified"]) == (NEW, True)
