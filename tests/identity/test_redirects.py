"""Every page that goes on to `next` goes nowhere but here."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.test import Client as Browser

from apps.identity.models import User
from tests.factories.factors import (
    Passkey,
    add_passkey,
    app_of,
    give_code,
    give_password,
    sign_in_with,
)
from tests.factories.identity import PASSWORD, sign_in, staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
HERE = "/account/sessions/"
ELSEWHERE = (
    "https://evil.example/", "//evil.example/", "///evil.example", "/\\evil.example",
    "javascript:alert(1)", "https:evil.example", "\thttps://evil.example",
    "https://testserver@evil.example/", "http:///evil.example",
)  # fmt: skip


def password(user: User, target: str) -> Any:
    form = {"login": user.email, "password": PASSWORD, "next": target}
    return Browser().post("/account/login/", form)


def second_step(user: User, target: str) -> Any:
    app, browser = app_of(user), Browser()
    form = {"login": user.email, "password": PASSWORD, "next": target}
    browser.post("/account/login/", form)
    return give_code(browser, app.code())


def passkey_alone(user: User, target: str) -> Any:
    passkey, browser = Passkey(), Browser()
    give_password(browser, user)
    add_passkey(browser, passkey)
    return sign_in_with(Browser(), passkey, user, next=target)


def signed_in_already(user: User, target: str) -> Any:
    return sign_in(Browser(), user).get("/account/login/", {"next": target})


def password_again(user: User, target: str) -> Any:
    form = {"password": PASSWORD, "next": target}
    return sign_in(Browser(), user).post("/account/reauthenticate/", form)


def code_again(user: User, target: str) -> Any:
    app, browser = app_of(user), sign_in(Browser(), user)
    path = f"/account/2fa/reauthenticate/?next={quote(target, safe='')}"
    return browser.post(path, {"code": app.code(), "next": target})


def signing_out(user: User, target: str) -> Any:
    return sign_in(Browser(), user).post("/account/logout/", {"next": target})


def admins_sign_in(user: User, target: str) -> Any:
    page = Browser().get("/admin/login/", {"next": target}, follow=True)
    form = {"login": user.email, "password": PASSWORD}
    hidden = page.context["redirect_field_value"]
    return Browser().post("/account/login/", form | ({"next": hidden} if hidden else {}))


Door = Callable[[User, str], Any]
DOORS: tuple[Door, ...] = (
    password, second_step, passkey_alone, signed_in_already, password_again, code_again,
    signing_out, admins_sign_in,
)  # fmt: skip


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_next_leads_on_within_the_product(door: Door) -> None:
    answer = door(staff(), HERE)

    assert (answer.status_code, answer["Location"]) == (302, HERE)


@pytest.mark.parametrize("target", ELSEWHERE)
@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_next_leads_nowhere_else(door: Door, target: str) -> None:
    location = door(staff(), target)["Location"]

    assert urlsplit(location)[:2] == ("", "")
    assert location.startswith("/account/") or location == "/"
