"""How a person signed in, and when it is not enough (OpenID Connect Core section 3.1.2.1)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client as Browser
from django.test import RequestFactory

from apps.oauth.policy.requests import MalformedRequestError
from apps.oauth.policy.sign_in import (
    ACR_MFA,
    ACR_PASSWORD,
    SignIn,
    acr_satisfies,
    acr_told,
    hint_matches,
    must_sign_in_again,
    plain_sign_in,
    read_max_age,
    read_prompt,
    sign_in_from,
)
from apps.oauth.services.sign_ins import sign_in_id_of
from apps.oauth.views.sign_in import sign_in_of
from tests.factories.identity import PASSWORD
from tests.factories.world import World, person

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def step(method: str, at: datetime = NOON, **more: str) -> dict[str, Any]:
    return {"method": method, "at": at.timestamp(), **more}


PASSWORD_STEP = step("password", email="bo@acme.example")


# --- What django-allauth wrote down ---------------------------------------------------------------
def test_password_is_one_factor() -> None:
    assert sign_in_from([PASSWORD_STEP]) == SignIn(NOON, ("pwd",), ACR_PASSWORD)


@pytest.mark.parametrize(
    ("kind", "name"), (("totp", "otp"), ("recovery_codes", "otp"), ("webauthn", "hwk"))
)
def test_second_factor_is_named_and_counts_as_several(kind: str, name: str) -> None:
    later = NOON + timedelta(seconds=20)

    found = sign_in_from([PASSWORD_STEP, step("mfa", later, type=kind)])

    assert found == SignIn(later, tuple(sorted(("mfa", name, "pwd"))), ACR_MFA)


def test_password_proved_again_hours_later_is_a_password_alone() -> None:
    earlier = [step("password", NOON - HOUR), step("mfa", NOON - HOUR, type="totp")]

    assert sign_in_from([*earlier, PASSWORD_STEP]) == SignIn(NOON, ("pwd",), ACR_PASSWORD)


def test_unknown_step_counts_for_its_time_alone() -> None:
    assert sign_in_from([step("socialaccount")]) == SignIn(NOON, (), ACR_PASSWORD)


@pytest.mark.parametrize("records", ([], [{}], [{"method": "password", "at": "noon"}]))
def test_nothing_written_down_is_no_sign_in(records: list[dict[str, Any]]) -> None:
    assert sign_in_from(records) is None


# --- max_age and prompt ---------------------------------------------------------------------------
BEFORE, AFTER = NOON - HOUR, NOON + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("signed_in", "max_age", "prompts", "demanded_at", "expected"),
    (
        (None, None, set(), None, True),
        (BEFORE, None, set(), None, False),
        (BEFORE, None, {"consent"}, None, False),
        (BEFORE, None, {"login"}, None, True),
        (BEFORE, 3601, set(), None, False),
        (BEFORE, 3600, set(), None, False),
        (BEFORE, 3599, set(), None, True),
        (BEFORE, 0, set(), None, True),
        # Once it was demanded a sign-in since then will do, and none from before.
        (BEFORE, 0, set(), NOON - timedelta(minutes=1), True),
        (BEFORE, None, {"login"}, NOON - timedelta(minutes=1), True),
        (BEFORE, 0, set(), BEFORE, False),
        (BEFORE, None, {"login"}, BEFORE - HOUR, False),
    ),
)
def test_sign_in_is_demanded_anew(
    signed_in: datetime | None,
    max_age: int | None,
    prompts: set[str],
    demanded_at: datetime | None,
    expected: bool,  # noqa: FBT001 -- the table's last column
) -> None:
    sign_in = plain_sign_in(signed_in) if signed_in else None

    again = must_sign_in_again(
        sign_in, max_age=max_age, prompts=prompts, demanded_at=demanded_at, at=NOON
    )

    assert again is expected


def test_prompts_are_read() -> None:
    assert read_prompt("") == frozenset()
    assert read_prompt("none") == {"none"}
    assert read_prompt("login  consent select_account") == {"login", "consent", "select_account"}


@pytest.mark.parametrize("text", ("none login", "create", "NONE", "login,consent"))
def test_prompt_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(MalformedRequestError):
        read_prompt(text)


def test_max_age_is_read() -> None:
    assert (read_max_age(""), read_max_age("0"), read_max_age("86400")) == (None, 0, 86400)


@pytest.mark.parametrize("text", ("-1", "1.5", "ten", " 1", "٣", "²", "1" * 11, "9" * 5000))
def test_max_age_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(MalformedRequestError):
        read_max_age(text)


# --- acr ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("acr", "wanted", "reached", "told"),
    (
        (ACR_PASSWORD, [], True, ACR_PASSWORD),
        (ACR_PASSWORD, [ACR_PASSWORD], True, ACR_PASSWORD),
        (ACR_PASSWORD, [ACR_MFA], False, ACR_PASSWORD),
        (ACR_PASSWORD, [ACR_MFA, ACR_PASSWORD], True, ACR_PASSWORD),
        (ACR_MFA, [ACR_PASSWORD], True, ACR_PASSWORD),
        (ACR_MFA, ["urn:other"], False, ACR_MFA),
        ("", [ACR_PASSWORD], False, ""),
    ),
)
def test_acr_reaches_what_was_asked_for(
    acr: str,
    wanted: list[str],
    reached: bool,  # noqa: FBT001 -- the table's column
    told: str,
) -> None:
    assert acr_satisfies(acr, wanted) is reached
    assert acr_told(acr, wanted) == told


def test_hint_is_about_one_person() -> None:
    assert hint_matches("usr_1", "usr_1")
    assert not hint_matches("usr_1", "usr_2")


# --- The browser ----------------------------------------------------------------------------------
def request_in(browser: Browser, user: object) -> HttpRequest:
    request = RequestFactory().get("/")
    request.session = browser.session
    request.user = user  # type: ignore[assignment]  # a person or nobody
    return request


@pytest.mark.django_db
def test_sign_in_through_the_page_is_read_from_its_record(world: World, at: datetime) -> None:
    browser = Browser()
    browser.post("/account/login/", {"login": world.bo.email, "password": PASSWORD})

    found = sign_in_of(request_in(browser, world.bo))

    assert found is not None
    assert (found.amr, found.acr) == (("pwd",), ACR_PASSWORD)
    assert at <= found.auth_time <= datetime.now(tz=UTC)


@pytest.mark.django_db
def test_sign_in_nobody_witnessed_keeps_its_time(world: World) -> None:
    browser = Browser()
    browser.force_login(world.bo)
    world.bo.refresh_from_db()

    first, second = (sign_in_of(request_in(browser, world.bo)) for _ in range(2))

    assert world.bo.last_login is not None
    plain = plain_sign_in(world.bo.last_login)
    assert first == second == replace(plain, sign_in_id=sign_in_id_of(browser.session.session_key))


@pytest.mark.django_db
def test_person_who_never_signed_in_counts_from_the_beginning(world: World) -> None:
    del world
    nobody_yet = person("new@acme.example")

    found = sign_in_of(request_in(Browser(), nobody_yet))

    assert found is not None
    assert replace(found, sign_in_id="") == plain_sign_in(nobody_yet.created_at)


@pytest.mark.django_db
def test_record_of_another_person_is_not_taken(world: World) -> None:
    browser = Browser()
    browser.post("/account/login/", {"login": world.bo.email, "password": PASSWORD})

    found = sign_in_of(request_in(browser, world.cy))

    assert found is not None
    assert replace(found, sign_in_id="") == plain_sign_in(world.cy.created_at)


@pytest.mark.django_db
def test_nobody_has_not_signed_in() -> None:
    assert sign_in_of(request_in(Browser(), None)) is None
