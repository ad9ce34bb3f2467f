"""What a sign-in by passkey, app or recovery code is worth to applications (RFC 8176)."""

from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.authentication import get_authentication_records
from django.test import Client as Browser

from apps.identity.models import User
from apps.oauth.policy.sign_in import ACR_MFA, ACR_PASSWORD, SignIn, sign_in_from
from tests.factories.factors import (
    Passkey,
    add_passkey,
    app_of,
    give_code,
    give_password,
    recovery_codes_of,
    sign_in_with,
)
from tests.factories.identity import staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


def worth(browser: Browser, user: User) -> tuple[tuple[str, ...], str]:
    request = browser.get("/account/").wsgi_request
    found = sign_in_from(get_authentication_records(request, user))
    assert isinstance(found, SignIn)
    assert datetime.now(tz=UTC) - found.auth_time < timedelta(minutes=1)
    return found.amr, found.acr


def test_password_alone_is_one_factor() -> None:
    user, browser = staff(), Browser()

    give_password(browser, user)

    assert worth(browser, user) == (("pwd",), ACR_PASSWORD)


def test_passkey_alone_is_several_factors() -> None:
    user, browser, passkey = staff(), Browser(), Passkey()
    give_password(browser, user)
    add_passkey(browser, passkey)
    elsewhere = Browser()

    sign_in_with(elsewhere, passkey, user)

    assert worth(elsewhere, user) == (("hwk", "mfa"), ACR_MFA)


def test_setting_a_passkey_up_after_the_password_is_several_factors() -> None:
    user, browser = staff(), Browser()
    give_password(browser, user)

    add_passkey(browser, Passkey())

    assert worth(browser, user) == (("hwk", "mfa", "pwd"), ACR_MFA)


@pytest.mark.parametrize("recovery", (False, True))
def test_code_after_the_password_is_several_factors(
    recovery: bool,  # noqa: FBT001 -- the table's only column
) -> None:
    user, browser = staff(), Browser()
    app = app_of(user)
    give_password(browser, user)

    give_code(browser, recovery_codes_of(user)[0] if recovery else app.code())

    assert worth(browser, user) == (("mfa", "otp", "pwd"), ACR_MFA)
