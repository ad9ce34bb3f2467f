"""The device grant (RFC 8628): what the device is told, what the person sees, who gets tokens."""

import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client as Browser

from apps.audit.events import Action
from apps.audit.models import Event
from apps.identity.models import User
from apps.oauth.crypto import sha256_hex
from apps.oauth.errors import (
    AccessDeniedError,
    AuthorizationPendingError,
    ExpiredTokenError,
)
from apps.oauth.models import (
    AccessToken,
    Client,
    ClientKind,
    Consent,
    DeviceGrant,
    RefreshToken,
    TokenSession,
)
from apps.oauth.models.clients import AuthMethod, ClientPeople, GrantType
from apps.oauth.policy.device import (
    USER_CODE_LETTERS,
    may_poll_since,
    new_user_code,
    read_user_code,
    refusal_of,
    shown_user_code,
)
from apps.oauth.policy.metadata import ClientMetadata
from apps.oauth.selectors import live_sessions
from apps.oauth.selectors.device import user_code_digest
from apps.oauth.services import purge_expired_tokens, register_client, suspend_client
from apps.oauth.services.device import (
    ADDRESS_DEVICES,
    ADDRESS_GUESSES,
    PERSON_GUESSES,
    start_device_grant,
)
from apps.oauth.services.exchange import Exchange
from apps.partners.models import PartnerUser, Role
from tests.conformance.compliance import conforms
from tests.factories.device import (
    PAGE,
    answer,
    ask,
    browser_of,
    decide,
    device,
    scanner,
    type_code,
)
from tests.factories.oauth import (
    REDIRECT_URI,
    authorize_query,
    basic,
    pkce,
    post_form,
    redirect_parameters,
    web_app,
)
from tests.factories.world import SETUP, World, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
WRONG = "BBBB-BBBB"


def told(answered: Any) -> dict[str, Any]:
    return dict(json.loads(answered.content))


def error_of(answered: Any) -> tuple[int, str]:
    return answered.status_code, told(answered)["error"]


def later(**ago: float) -> None:
    """As if the last poll had been so long ago."""
    DeviceGrant.objects.update(last_polled_at=datetime.now(tz=UTC) - timedelta(**ago))


def expire() -> None:
    DeviceGrant.objects.update(expires=datetime.now(tz=UTC) - timedelta(seconds=1))


# --- Rules ----------------------------------------------------------------------------------------
@conforms(
    "RFC 8628",
    "6.1",
    "User codes are of letters that are easily typed and spell nothing.",
    level="SHOULD",
)
def test_user_code_is_eight_consonants_as_in_section_6_1() -> None:
    codes = {new_user_code() for _ in range(50)}

    assert len(codes) == 50
    assert {len(code) for code in codes} == {8}
    assert set("".join(codes)) <= set(USER_CODE_LETTERS)
    assert set(USER_CODE_LETTERS) == set("BCDFGHJKLMNPQRSTVWXZ")
    assert shown_user_code("BCDFGHJK") == "BCDF-GHJK"


@conforms(
    "RFC 8628",
    "6.1",
    "What is no letter of a code is left out when it is read.",
    level="SHOULD",
)
@pytest.mark.parametrize(
    ("typed", "read"),
    (
        ("BCDF-GHJK", "BCDFGHJK"),
        (" bcdf ghjk\t", "BCDFGHJK"),
        ("b.c.d.f\u2013g/h_j,k", "BCDFGHJK"),
        ("BCDFGHJ", ""),
        ("BCDFGHJKL", ""),
        ("12345678", ""),
        ("", ""),
        ("\x00" * 200, ""),
        ("-" * 200 + "BCDFGHJK", ""),
    ),
)
def test_typed_code_is_read_without_what_is_not_in_the_alphabet(typed: str, read: str) -> None:
    assert read_user_code(typed) == read


def test_patience_is_counted_from_the_last_poll() -> None:
    assert may_poll_since(5, at=AT) == AT - timedelta(seconds=5)


@pytest.mark.parametrize(
    ("status", "expires", "error"),
    (
        (DeviceGrant.Status.PENDING, AT + timedelta(seconds=1), AuthorizationPendingError),
        (DeviceGrant.Status.PENDING, AT, ExpiredTokenError),
        (DeviceGrant.Status.ALLOWED, AT, ExpiredTokenError),
        (DeviceGrant.Status.DENIED, AT, AccessDeniedError),
        (DeviceGrant.Status.ALLOWED, AT + timedelta(seconds=1), type(None)),
    ),
)
def test_poll_is_told_where_the_request_stands(
    status: str, expires: datetime, error: type[object]
) -> None:
    grant = DeviceGrant(status=status, expires=expires)

    assert type(refusal_of(grant, at=AT)) is error


# --- The device asks (sections 3.1 and 3.2) -------------------------------------------------------
@conforms("RFC 8628", "3.2", "The device gets both codes, an address, a lifetime and an interval.")
def test_device_gets_two_codes_and_where_to_send_the_person(world: World) -> None:
    answered = ask(scanner(partner=world.acme))

    body = told(answered)
    shown = body["user_code"]
    assert answered.status_code == 200
    assert answered["Cache-Control"] == "no-store"
    assert answered["Content-Type"] == "application/json"
    assert body == {
        "device_code": body["device_code"],
        "user_code": shown_user_code(read_user_code(shown)),
        "verification_uri": "https://buyer.example/oauth/device",
        "verification_uri_complete": f"https://buyer.example/oauth/device?user_code={shown}",
        "expires_in": 600,
        "interval": 5,
    }
    assert len(body["device_code"]) == 43


@conforms("RFC 8628", "5.2", "Device codes cannot be guessed, and are not kept.", level="SHOULD")
def test_neither_code_is_stored(world: World) -> None:
    asking = device(scanner(partner=world.acme))

    row = DeviceGrant.objects.get()
    stored = json.dumps(list(DeviceGrant.objects.values()), default=str)
    plain = read_user_code(asking.user_code)
    assert (row.device_code, row.user_code) == (
        sha256_hex(asking.device_code),
        user_code_digest(plain),
    )
    assert plain not in stored
    assert asking.user_code not in stored
    assert asking.device_code not in stored
    assert sha256_hex(plain) not in stored


@conforms("RFC 8628", "3.1", "A client without this grant is refused.")
def test_client_without_the_grant_cannot_ask(world: World) -> None:
    new = web_app(partner=world.acme)
    form = {"scope": "purchase_orders:read"}

    answered = post_form(
        "/oauth/device_authorization", form, authorization=basic(new.client, new.secret)
    )

    assert error_of(answered) == (400, "unauthorized_client")


@conforms("RFC 8628", "3.1", "A client with credentials authenticates.")
def test_client_that_proves_nothing_cannot_ask(world: World) -> None:
    new = scanner(partner=world.acme, auth_method=AuthMethod.SECRET_BASIC)

    answered = post_form("/oauth/device_authorization", {"client_id": new.client.client_id})

    assert error_of(answered) == (401, "invalid_client")


@conforms("RFC 8628", "3.1", "A scope beyond what the client may have is invalid_scope.")
def test_scope_the_client_does_not_have_is_refused(world: World) -> None:
    assert error_of(ask(scanner(partner=world.acme), scope="invoices:submit")) == (
        400,
        "invalid_scope",
    )


def test_resource_the_client_does_not_have_is_refused(world: World) -> None:
    answered = ask(scanner(partner=world.acme), resource="https://elsewhere.example/")

    assert error_of(answered) == (400, "invalid_target")


def test_authorization_details_that_are_not_json_are_refused(world: World) -> None:
    answered = ask(scanner(partner=world.acme), authorization_details="[")

    assert error_of(answered) == (400, "invalid_authorization_details")


@pytest.mark.parametrize(
    "body",
    (
        b"",
        b"client_id=%00",
        b"client_id=%ff",
        b"client_id=x&client_id=y",
        b"client_id=x&scope=" + b"a" * 200_000,
        b"{}",
    ),
)
def test_hostile_device_request_never_gives_a_5xx(body: bytes, world: World) -> None:
    del world
    answered = Browser().post(
        "/oauth/device_authorization", data=body, content_type="application/x-www-form-urlencoded"
    )

    assert answered.status_code in (400, 401)
    assert answered["Cache-Control"] == "no-store"


@conforms("RFC 8628", "3.1", "The request is a POST.")
def test_device_endpoint_takes_posts_alone(world: World) -> None:
    del world

    assert Browser().get("/oauth/device_authorization").status_code == 405


def test_code_that_is_taken_is_drawn_again_even_from_an_expired_row(world: World) -> None:
    client = scanner(partner=world.acme).client
    exchange = Exchange(at=datetime.now(tz=UTC))
    start_device_grant(exchange=exchange, client=client, draw=lambda: "BCDFGHJK")
    expire()
    draws = iter(["BCDFGHJK", "BCDFGHJK", "XXXXZZZZ"])

    new = start_device_grant(exchange=exchange, client=client, draw=lambda: next(draws))

    assert new.user_code == "XXXXZZZZ"
    assert DeviceGrant.objects.count() == 2


def test_draws_end_when_every_one_is_taken(world: World) -> None:
    client = scanner(partner=world.acme).client
    exchange = Exchange(at=datetime.now(tz=UTC))
    start_device_grant(exchange=exchange, client=client, draw=lambda: "BCDFGHJK")

    with pytest.raises(IntegrityError):
        start_device_grant(exchange=exchange, client=client, draw=lambda: "BCDFGHJK")


def test_one_address_cannot_fill_the_table_in_a_public_clients_name(world: World) -> None:
    new = scanner(partner=world.acme)
    for _ in range(ADDRESS_DEVICES.most):
        device(new)

    answered = ask(new)

    assert error_of(answered) == (429, "too_many_requests")
    assert 0 < int(answered["Retry-After"]) <= ADDRESS_DEVICES.seconds
    assert DeviceGrant.objects.count() == ADDRESS_DEVICES.most


# --- The page (section 3.3) -----------------------------------------------------------------------
@conforms("RFC 8628", "3.3", "The person signs in before answering.")
def test_page_needs_a_sign_in_and_keeps_the_code(world: World) -> None:
    asking = device(scanner(partner=world.acme))

    answered = Browser().get(PAGE, {"user_code": asking.user_code})

    assert answered.status_code == 302
    assert answered["Location"] == (
        f"/account/login/?next=/oauth/device%3Fuser_code%3D{asking.user_code}"
    )


def test_code_posted_without_a_sign_in_leads_to_it(world: World) -> None:
    asking = device(scanner(partner=world.acme))

    with_code = type_code(Browser(), asking.user_code)
    without = type_code(Browser(), "nonsense")

    assert with_code["Location"] == (
        f"/account/login/?next=/oauth/device%3Fuser_code%3D{asking.user_code}"
    )
    assert without["Location"] == "/account/login/?next=/oauth/device"


@conforms("RFC 8628", "3.3.1", "A code in the address is shown and has to be confirmed.")
def test_code_in_the_address_is_filled_in_and_grants_nothing(world: World) -> None:
    """Section 3.3.1: the person must still confirm."""
    asking = device(scanner(partner=world.acme))

    page = browser_of(world.bo).get(PAGE, {"user_code": asking.user_code.lower()})

    assert page.status_code == 200
    assert f'value="{asking.user_code}"' in page.text
    assert page["Cache-Control"].count("no-store") == 1
    assert DeviceGrant.objects.get().status == DeviceGrant.Status.PENDING
    assert Browser().get(PAGE).status_code == 302


def test_address_cannot_put_anything_else_on_the_page(world: World) -> None:
    page = browser_of(world.bo).get(PAGE, {"user_code": "<b>call +47 000</b>"})

    assert "call" not in page.text


@conforms("RFC 8628", "5.4", "The person is told which device asks, from where.", level="SHOULD")
def test_consent_says_who_asks_from_where_and_for_what(world: World) -> None:
    asking = device(scanner(partner=world.acme))

    page = type_code(browser_of(world.bo), f" {asking.user_code.replace('-', '').lower()} ")

    assert page.status_code == 200
    for text in (
        "Warehouse scanner",
        "for <strong>Acme</strong>",
        "bo@acme.example",
        "OFFICE",
        "See purchase orders",
        "See the projects you take part in",
        asking.user_code,
        "127.0.0.1, where you are too",
        "If somebody sent you the code",
    ):
        assert text in page.text


def test_what_the_device_calls_itself_is_shown_as_text(world: World) -> None:
    new = scanner(partner=world.acme)
    asking = device(new)
    DeviceGrant.objects.update(user_agent="<script>x</script>", ip="203.0.113.9")

    page = type_code(browser_of(world.bo), asking.user_code)

    assert "&lt;script&gt;x" in page.text
    assert "203.0.113.9, which is <strong>not</strong> where you are" in page.text


def test_limits_are_shown_and_carried(world: World) -> None:
    limits = json.dumps(
        [
            {
                "type": "procurement_purchasing",
                "identifier": world.office.public_id,
                "actions": ["acknowledge"],
            }
        ]
    )
    new = scanner(
        partner=world.acme, scopes=["purchase_orders:read", "purchase_orders:acknowledge"]
    )
    asking = device(new, authorization_details=limits)

    browser = browser_of(world.bo)
    page = type_code(browser, asking.user_code)
    decide(browser, page)
    body = told(asking.poll())

    assert "Within these limits" in page.text
    assert body["authorization_details"][0]["type"] == "procurement_purchasing"
    assert TokenSession.objects.get().project_ids == [world.office.pk]


def _unknown(_world: World, _code: str) -> None:
    """Nothing is done to the code, for another one is typed."""


def _expired(_world: World, _code: str) -> None:
    expire()


def _used(world: World, code: str) -> None:
    browser = browser_of(world.bo)
    decide(browser, type_code(browser, code))


@conforms("RFC 8628", "5.1", "A wrong guess tells nothing.")
@pytest.mark.parametrize("happened", (_unknown, _expired, _used))
def test_wrong_expired_and_used_codes_get_the_same_answer(
    happened: Callable[[World, str], None], world: World
) -> None:
    asking = device(scanner(partner=world.acme))
    happened(world, asking.user_code)
    browser = browser_of(world.bo)

    page = type_code(browser, WRONG if happened is _unknown else asking.user_code)

    assert page.status_code == 400
    assert page.context["fault"].startswith("No device waits with this code.")


@conforms("RFC 8628", "5.1", "Guessing of user codes is limited.")
def test_eleventh_guess_is_refused_and_burns_nobodys_code(world: World) -> None:
    asking = device(scanner(partner=world.acme))
    browser = browser_of(world.bo)
    statuses = [type_code(browser, WRONG).status_code for _ in range(PERSON_GUESSES.most)]

    refused = type_code(browser, asking.user_code)

    assert statuses == [400] * PERSON_GUESSES.most
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= PERSON_GUESSES.seconds
    assert DeviceGrant.objects.get().status == DeviceGrant.Status.PENDING
    assert type_code(browser_of(person_of(world)), asking.user_code).status_code == 200


def test_guesses_of_many_people_at_one_address_are_refused(world: World) -> None:
    asking = device(scanner(partner=world.acme))
    for number in range(ADDRESS_GUESSES.most // PERSON_GUESSES.most):
        browser = browser_of(person(f"guesser{number}@acme.example"))
        for _ in range(PERSON_GUESSES.most):
            type_code(browser, WRONG)

    refused = type_code(browser_of(world.bo), asking.user_code)

    assert refused.status_code == 429


def person_of(world: World) -> User:
    """Another one of Acme's people."""
    user = person("di@acme.example")
    PartnerUser.objects.create(
        partner=world.acme, user=user, role=Role.MANAGER, created_at=datetime.now(tz=UTC)
    )
    return user


def test_right_codes_do_not_count_as_guesses(world: World) -> None:
    new, browser = scanner(partner=world.acme), browser_of(world.bo)

    pages = [type_code(browser, device(new).user_code) for _ in range(PERSON_GUESSES.most + 1)]

    assert {page.status_code for page in pages} == {200}


def test_person_of_another_company_cannot_answer(world: World) -> None:
    asking = device(scanner(partner=world.acme))

    page = type_code(browser_of(world.cy), asking.user_code)

    assert page.status_code == 403
    assert DeviceGrant.objects.get().status == DeviceGrant.Status.PENDING


def test_device_of_a_suspended_client_cannot_be_allowed(world: World) -> None:
    new = scanner(partner=world.acme)
    asking = device(new)
    suspend_client(actor=SETUP, at=datetime.now(tz=UTC), client=new.client, reason="lost")

    assert type_code(browser_of(world.bo), asking.user_code).status_code == 403


def test_handle_works_once_and_only_in_its_own_browser(world: World) -> None:
    asking = device(scanner(partner=world.acme))
    browser = browser_of(world.bo)
    page = type_code(browser, asking.user_code)

    elsewhere = decide(browser_of(world.bo), page)
    first, second = decide(browser, page), decide(browser, page)

    assert [one.status_code for one in (elsewhere, first, second)] == [400, 200, 400]
    assert TokenSession.objects.count() == 1


def test_two_people_answer_and_the_first_one_counts(world: World) -> None:
    asking = device(scanner(partner=world.acme))
    bo, di = browser_of(world.bo), browser_of(person_of(world))
    page_of_bo, page_of_di = (type_code(one, asking.user_code) for one in (bo, di))

    denied, allowed = decide(bo, page_of_bo, "deny"), decide(di, page_of_di)

    assert (denied.status_code, allowed.status_code) == (200, 409)
    assert error_of(asking.poll()) == (400, "access_denied")
    assert TokenSession.objects.count() == 0


def test_answer_after_the_code_has_expired_opens_nothing(world: World) -> None:
    asking = device(scanner(partner=world.acme))
    browser = browser_of(world.bo)
    page = type_code(browser, asking.user_code)
    expire()

    assert decide(browser, page).status_code == 409
    assert TokenSession.objects.count() == 0


def test_person_gives_no_more_than_they_were_shown(world: World) -> None:
    new = scanner(partner=world.acme)
    asking = device(new)
    PartnerUser.objects.update(role=Role.SALESPERSON)
    Client.objects.update(allowed_scopes=["projects:read"])
    browser = browser_of(world.bo)
    page = type_code(browser, asking.user_code)
    Client.objects.update(allowed_scopes=["projects:read", "purchase_orders:read"])

    decide(browser, page)

    assert TokenSession.objects.get().scopes == ["projects:read"]


@conforms("RFC 8628", "5.4", "The answer cannot be forged by another site.")
def test_forged_form_of_another_site_is_refused(world: World) -> None:
    asking = device(scanner(partner=world.acme))
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(world.bo)

    assert type_code(browser, asking.user_code).status_code == 403


@pytest.mark.parametrize(
    "body", (b"user_code=%00", b"user_code=%ff%fe", b"request_handle=%00", b"\xff", b"")
)
def test_hostile_form_on_the_page_never_gives_a_5xx(body: bytes, world: World) -> None:
    answered = browser_of(world.bo).post(
        PAGE, data=body, content_type="application/x-www-form-urlencoded"
    )

    assert answered.status_code == 400


def test_consent_and_refusal_are_in_the_trail(world: World) -> None:
    new = scanner(partner=world.acme)

    answer(world.bo, device(new))
    answer(world.bo, device(new), "deny")

    given = Event.objects.get(action=Action.CONSENT_GIVEN)
    refused = Event.objects.get(action=Action.CONSENT_REFUSED)
    assert (given.client_id, given.actor_id) == (new.client.client_id, world.bo.public_id)
    assert (refused.client_id, refused.actor_id) == (new.client.client_id, world.bo.public_id)


# --- The device polls (sections 3.4 and 3.5) ------------------------------------------------------
@conforms("RFC 8628", "3.5", "After consent the poll gives tokens for the person.")
def test_allowed_device_gets_tokens_for_the_person(world: World) -> None:
    asking = device(scanner(partner=world.acme))
    done = answer(world.bo, asking)

    answered = asking.poll()

    session = TokenSession.objects.get()
    assert done.status_code == 200
    assert answered.status_code == 200, answered.content
    assert told(answered)["scope"] == "purchase_orders:read projects:read"
    assert (session.user, session.partner, session.project_ids) == (
        world.bo,
        world.acme,
        [world.office.pk],
    )
    assert Event.objects.get(action=Action.TOKEN_ISSUED).data["grant_type"] == GrantType.DEVICE_CODE


def test_device_is_allowed_once_and_opens_nothing_in_the_browser(world: World) -> None:
    """Attack: a device of a public client is allowed, and a link gets a code without a word."""
    new = register_client(
        actor=SETUP,
        at=datetime.now(tz=UTC),
        name="App",
        kind=ClientKind.INTERNAL,
        auth_method=AuthMethod.NONE,
        grant_types=[GrantType.AUTHORIZATION_CODE, GrantType.DEVICE_CODE],
        scopes=["purchase_orders:read"],
        redirect_uris=[REDIRECT_URI],
        metadata=ClientMetadata(people=ClientPeople.EVERYONE),
    )
    answer(world.bo, device(new))

    query = authorize_query(new, pkce(), prompt="none")
    silent = browser_of(world.bo).get("/oauth/authorize", query)
    listed = browser_of(world.bo).get("/account/access/")

    assert redirect_parameters(silent)["error"] == "consent_required"
    assert (Consent.objects.exists(), "in 1 session" in listed.text) == (False, True)


def test_session_lives_as_long_as_the_code_until_it_is_redeemed(world: World) -> None:
    asking = device(scanner(partner=world.acme))

    answer(world.bo, asking)

    assert TokenSession.objects.get().expires_at == DeviceGrant.objects.get().expires


def test_device_that_may_stay_connected_gets_a_refresh_token(world: World) -> None:
    new = scanner(partner=world.acme)
    Client.objects.update(
        grant_types=[GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN],
        allowed_scopes=["purchase_orders:read", "offline_access"],
    )
    new.client.refresh_from_db()
    asking = device(new)
    answer(world.bo, asking)

    assert told(asking.poll())["refresh_token"].startswith("rt_")
    assert RefreshToken.objects.count() == 1


@conforms("RFC 8628", "3.5", "Before the answer a poll is authorization_pending.")
def test_polling_before_the_answer_is_pending_and_no_refusal(world: World) -> None:
    asking = device(scanner(partner=world.acme))

    assert error_of(asking.poll()) == (400, "authorization_pending")
    later(seconds=5.1)
    assert error_of(asking.poll()) == (400, "authorization_pending")
    assert not Event.objects.filter(action=Action.TOKEN_REFUSED).exists()


@conforms("RFC 8628", "3.5", "A hasty poll is slow_down, for five seconds more from then on.")
def test_hasty_poll_slows_down_for_all_that_follow(world: World) -> None:
    """Section 3.5: five seconds more, for this and all subsequent requests."""
    asking = device(scanner(partner=world.acme))
    asking.poll()

    assert error_of(asking.poll()) == (400, "slow_down")
    later(seconds=6)
    assert error_of(asking.poll()) == (400, "slow_down")
    later(seconds=15.1)
    assert error_of(asking.poll()) == (400, "authorization_pending")
    assert DeviceGrant.objects.get().interval == 15


@conforms("RFC 8628", "3.5", "A refusal is access_denied.")
def test_denied_device_is_told_so(world: World) -> None:
    asking = device(scanner(partner=world.acme))
    answer(world.bo, asking, "deny")

    assert error_of(asking.poll()) == (400, "access_denied")


@conforms("RFC 8628", "3.5", "An expired code is expired_token.")
@pytest.mark.parametrize("allowed", (True, False))
def test_expired_device_code_is_told_so(allowed: bool, world: World) -> None:  # noqa: FBT001 -- pytest's parameter
    asking = device(scanner(partner=world.acme))
    if allowed:
        answer(world.bo, asking)
    expire()

    assert error_of(asking.poll()) == (400, "expired_token")
    assert AccessToken.objects.count() == 0


@conforms("RFC 8628", "3.4", "A device code is redeemed once.")
def test_device_code_works_once_and_the_second_time_ends_the_session(world: World) -> None:
    """The library's could be redeemed again and again."""
    asking = device(scanner(partner=world.acme))
    answer(world.bo, asking)
    asking.poll()

    assert error_of(asking.poll()) == (400, "invalid_grant")
    assert AccessToken.objects.count() == 1
    assert live_sessions(at=datetime.now(tz=UTC)).count() == 0
    assert Event.objects.get(action=Action.TOKEN_REUSED).data["what"] == "device code"


@conforms("RFC 8628", "3.4", "A device code is its client's own.")
def test_device_code_of_another_client_is_unknown_and_stays_untouched(world: World) -> None:
    """The library's could be redeemed by anybody."""
    asking = device(scanner(partner=world.acme))
    answer(world.bo, asking)
    before = DeviceGrant.objects.values().get()
    thief = dataclasses.replace(asking, new=scanner(partner=world.acme, name="Thief"))

    assert error_of(thief.poll()) == (400, "invalid_grant")
    assert DeviceGrant.objects.values().get() == before
    assert asking.poll().status_code == 200


def test_used_device_code_in_the_hands_of_another_client_ends_nothing(world: World) -> None:
    asking = device(scanner(partner=world.acme))
    answer(world.bo, asking)
    asking.poll()
    thief = dataclasses.replace(asking, new=scanner(partner=world.acme, name="Thief"))

    thief.poll()

    assert live_sessions(at=datetime.now(tz=UTC)).count() == 1


@pytest.mark.parametrize("code", ("nobody", "\x00", "é" * 50))
def test_unknown_device_code_is_an_invalid_grant(code: str, world: World) -> None:
    asking = device(scanner(partner=world.acme))

    status, error = error_of(asking.poll(device_code=code))

    assert status == 400
    assert error == ("invalid_request" if code == "\x00" else "invalid_grant")


@conforms("RFC 8628", "3.4", "The device code is required.")
def test_missing_device_code_is_an_invalid_request(world: World) -> None:
    """The library's answer is a 500."""
    asking = device(scanner(partner=world.acme))

    assert error_of(asking.poll(device_code="")) == (400, "invalid_request")


def test_client_without_the_grant_cannot_poll(world: World) -> None:
    new = web_app(partner=world.acme)
    form = {"grant_type": GrantType.DEVICE_CODE.value, "device_code": "x"}

    answered = post_form("/oauth/token", form, authorization=basic(new.client, new.secret))

    assert error_of(answered) == (400, "unauthorized_client")


def test_access_that_ended_after_the_answer_is_not_redeemed(world: World) -> None:
    asking = device(scanner(partner=world.acme))
    answer(world.bo, asking)
    User.objects.filter(pk=world.bo.pk).update(is_active=False)

    assert error_of(asking.poll()) == (400, "invalid_grant")
    assert AccessToken.objects.count() == 0


def test_scope_withdrawn_after_the_answer_is_not_given(world: World) -> None:
    asking = device(scanner(partner=world.acme))
    answer(world.bo, asking)
    Client.objects.update(allowed_scopes=["projects:read"])

    assert told(asking.poll())["scope"] == "projects:read"


@conforms("RFC 8628", "3.4", "A client with credentials authenticates at every poll.")
def test_confidential_device_must_prove_itself_when_it_polls(world: World) -> None:
    new = scanner(partner=world.acme, auth_method=AuthMethod.SECRET_BASIC)
    asking = device(new)
    answer(world.bo, asking)
    form = {
        "grant_type": GrantType.DEVICE_CODE.value,
        "device_code": asking.device_code,
        "client_id": new.client.client_id,
    }

    assert error_of(post_form("/oauth/token", form)) == (401, "invalid_client")
    assert asking.poll().status_code == 200


def test_expired_device_grants_are_purged_and_their_sessions_stay(world: World) -> None:
    asking = device(scanner(partner=world.acme))
    answer(world.bo, asking)
    expire()

    purge_expired_tokens(at=datetime.now(tz=UTC) + timedelta(hours=2), limit=100)

    assert (DeviceGrant.objects.count(), TokenSession.objects.count()) == (0, 1)
