"""MFA_REQUIRED: who must have a second factor does nothing before they have shown one."""

from typing import Any

import pytest
from django.test import Client as Browser
from pytest_django import Settings

from apps.identity.models import User
from apps.oauth.models import TokenSession
from apps.oauth.policy.people import needs_second_factor
from apps.partners.models import Role
from tests.conformance.compliance import conforms
from tests.factories.factors import App, app_of, give_code, give_password
from tests.factories.identity import staff
from tests.factories.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("fresh_cache")]
SET_UP = "/account/2fa/"


@pytest.fixture(autouse=True)
def _required(settings: Settings) -> None:
    settings.MFA_REQUIRED = True


def entered(user: User) -> Browser:
    browser = Browser()
    give_password(browser, user)
    return browser


def ends_at(answer: Any) -> str:
    return str(answer.redirect_chain[-1][0]) if answer.redirect_chain else ""


@pytest.mark.parametrize(
    ("is_staff", "role", "expected"),
    (
        (True, "", True),
        (False, "", False),
        (False, Role.SALESPERSON, False),
        (False, Role.MANAGER, False),
        (False, Role.ADMIN, True),
        (False, Role.APPROVER_ADMIN, True),
    ),
)
def test_staff_and_roles_of_the_restricted_tier_need_a_second_factor(
    is_staff: bool,  # noqa: FBT001 -- the table's column
    role: str,
    expected: bool,  # noqa: FBT001 -- as above
) -> None:
    assert needs_second_factor(is_staff=is_staff, role=role) is expected


@conforms("ASVS 5 V6", "6.3.3", "Staff enter nothing by a password alone.")
@pytest.mark.parametrize("path", ("/admin/", "/admin/partners/partner/", "/account/"))
def test_staff_without_a_factor_are_led_to_set_one_up_and_can_do_nothing_else(path: str) -> None:
    browser = entered(staff())

    shown, sent = browser.get(path, follow=True), browser.post(path, follow=True)

    assert (ends_at(shown), ends_at(sent)) == (SET_UP, SET_UP)
    assert "You need a second factor to go on" in shown.content.decode()
    assert TokenSession.objects.exists() is False


def test_whoever_sets_one_up_goes_on_at_once_to_where_they_were_going() -> None:
    browser = entered(staff())
    browser.get("/admin/partners/partner/?q=x", follow=True)

    app = App(browser.get("/account/2fa/totp/activate/").context["form"].secret)
    codes = browser.post("/account/2fa/totp/activate/", {"code": app.code()}, follow=True)

    assert 'href="/admin/partners/partner/?q=x"' in codes.content.decode()
    assert browser.get("/admin/").status_code == 200


def test_next_page_is_none_of_another_site() -> None:
    browser = entered(staff())

    browser.get("/admin/?next=//evil.example/", follow=True)

    assert browser.session["second_factor_next"] == "/admin/?next=//evil.example/"


def test_sign_in_from_before_the_factor_shows_it_first() -> None:
    user = staff()
    browser = entered(user)
    app = app_of(user)

    asked = browser.get("/admin/", follow=True)
    browser.post(ends_at(asked), {"code": app.code()})

    assert ends_at(asked) == "/account/2fa/reauthenticate/?next=%2Fadmin%2F"
    assert browser.get("/admin/").status_code == 200


def test_sign_in_with_both_factors_goes_straight_in() -> None:
    user, browser = staff(), Browser()
    app = app_of(user)

    give_password(browser, user)
    between = browser.get("/admin/", follow=True)
    give_code(browser, app.code())

    assert ends_at(between).startswith("/account/login/") or "2fa" in ends_at(between)
    assert browser.get("/admin/").status_code == 200


def test_taking_the_last_factor_away_closes_the_admin() -> None:
    user, browser = staff(), Browser()
    app = app_of(user)
    give_password(browser, user)
    give_code(browser, app.code())

    browser.post("/account/2fa/totp/deactivate/")

    assert ends_at(browser.get("/admin/", follow=True)) == SET_UP


def test_partner_people_need_one_by_their_role(world: World) -> None:
    admin, manager = world.cy, world.bo
    admin.partner_user.role = Role.ADMIN
    admin.partner_user.save(update_fields=["role"])

    asked = entered(admin).get("/oauth/authorize", follow=True)
    let_be = entered(manager).get("/account/", follow=True)

    assert (ends_at(asked), ends_at(let_be)) == (SET_UP, "")


@pytest.mark.parametrize("path", ("/", "/account/logout/", "/account/2fa/", "/account/sessions/"))
def test_pages_one_needs_for_it_stay_open(path: str) -> None:
    assert entered(staff()).get(path).status_code == 200


@pytest.mark.parametrize(
    "path", ("/account/2fa/../", "/account/2fa/%2e%2e/", "//account/", "/ADMIN/", "/account//")
)
def test_no_spelling_of_a_path_goes_round_it(path: str) -> None:
    answer = entered(staff()).get(path, follow=True)

    assert answer.status_code in {200, 404}
    assert "Your role here" not in answer.content.decode()


def test_home_says_when_a_password_alone_is_enough(settings: Settings) -> None:
    settings.MFA_REQUIRED = False

    assert "MFA_REQUIRED is off" in entered(staff()).get("/admin/").content.decode()
