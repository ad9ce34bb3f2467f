"""Single logout (OpenID Connect Back-Channel Logout 1.0): who is told, what ends, and the queue."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from allauth.usersessions.models import UserSession
from django.db.models.functions import Now
from django.test import Client as Browser
from pytest_django import Settings

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.actor import system_actor
from apps.core.errors import ValidationFailedError
from apps.identity.models import Federation, User
from apps.oauth.models import Client, DeviceGrant, LogoutNotice, SessionKind, TokenSession
from apps.oauth.models.clients import AuthMethod
from apps.oauth.policy.backchannel import (
    address_faults,
    is_hopeless,
    logout_claims,
    pause_after,
)
from apps.oauth.policy.sign_in import plain_sign_in
from apps.oauth.services import NewClient, change_client, end_dead_sessions, purge_expired_tokens
from apps.oauth.services.device import asked_by_device
from apps.oauth.services.id_tokens import HintRejectedError, read_hint
from apps.oauth.services.logout_notices import queue_for_flips, queue_notices, send_notices
from apps.oauth.services.sign_ins import end_sign_in, sign_in_id_of
from apps.partners.models import Partner
from tests.conformance.compliance import conforms
from tests.factories.oauth import (
    authorize_query,
    pkce,
    redeem,
    redirect_parameters,
    refresh,
    web_app,
)
from tests.factories.openid import SIGNED_OUT, openid_app, read_jwt
from tests.factories.threads import at_once
from tests.factories.web import Site, serving
from tests.factories.world import World, make_world

pytestmark = pytest.mark.django_db

LOGOUT = "/oauth/logout"
SIGN_OUT = "/account/logout/"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
SHORT = ("openid", "email")
LONG = (*SHORT, "offline_access")
NOTHING = {"logouts_notified": 0, "logouts_put_off": 0, "logouts_failed": 0}


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as started:
        yield started


@pytest.fixture
def browser(world: World) -> Browser:
    return browser_of(world.bo)


def browser_of(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def app(
    partner: Partner, site: Site, scopes: tuple[str, ...] = SHORT, **metadata: Any
) -> NewClient:
    """A client that wants to know who signs out."""
    return openid_app(
        partner=partner, scopes=scopes, backchannel_logout_uri=site.url("/out"), **metadata
    )


def code_by(browser: Browser, new: NewClient, verifier: Any) -> str:
    """The person at this browser allows the client."""
    answer = browser.get("/oauth/authorize", authorize_query(new, verifier))
    if answer.status_code == 200:
        handle = answer.context["request_handle"]
        form = {"request_handle": handle, "decision": "allow"}
        answer = browser.post("/oauth/authorize", form)
    return redirect_parameters(answer)["code"]


def use(browser: Browser, new: NewClient) -> dict[str, Any]:
    """What the client is given when the person at this browser signs in there."""
    proof = pkce()
    answer = redeem(new, code_by(browser, new, proof), proof)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def sign_out(browser: Browser) -> None:
    assert browser.post(SIGN_OUT).status_code == 302


def now() -> datetime:
    return datetime.now(tz=UTC)


def send(at: datetime | None = None) -> dict[str, int]:
    return send_notices(clock=lambda: at or now())


def received(site: Site) -> list[dict[str, Any]]:
    """The claims of the logout tokens, as the application reads them."""
    return [read_jwt(token)[1] for token in tokens(site)]


def tokens(site: Site) -> list[str]:
    return [parse_qs(body)["logout_token"][0] for _, body in site.posted]


def sid(given: dict[str, Any]) -> str:
    return str(read_jwt(given["id_token"])[1]["sid"])


def live() -> set[str]:
    rows = TokenSession.objects.filter(ended_at__isnull=True, kind=SessionKind.USER)
    return {row.public_id for row in rows}


# --- The logout token -----------------------------------------------------------------------------
@conforms("OIDC Back-Channel", "2.4", "It has iss, sub, aud, iat, exp, jti, sid and events.")
@conforms("OIDC Back-Channel", "2.4", "A logout token has no nonce.")
@conforms("OIDC Back-Channel", "2.5", "The logout token is posted as a form.")
@pytest.mark.parametrize("algorithm", ("RS256", "ES256", "EdDSA"))
def test_logout_token_says_who_and_which_session(
    world: World, browser: Browser, site: Site, algorithm: str
) -> None:
    new = app(world.acme, site, id_token_signed_response_alg=algorithm)
    given = use(browser, new)
    begun = int(now().timestamp())

    sign_out(browser)
    assert send() == {**NOTHING, "logouts_notified": 1}

    header, claims = read_jwt(tokens(site)[0])
    assert (header["typ"], header["alg"]) == ("logout+jwt", algorithm)
    assert begun <= claims["iat"] <= begun + 5
    assert claims["exp"] == claims["iat"] + 120
    assert len(claims.pop("jti")) == 36
    assert {name: value for name, value in claims.items() if name not in {"iat", "exp"}} == {
        "iss": "https://buyer.example",
        "aud": new.client.client_id,
        "sub": world.bo.public_id,
        "sid": sid(given),
        "events": {EVENT: {}},
    }
    assert [kind for kind, _ in site.posted] == ["application/x-www-form-urlencoded"]


def test_logout_token_is_no_id_token_hint(world: World, browser: Browser, site: Site) -> None:
    use(browser, app(world.acme, site))
    sign_out(browser)
    send()

    with pytest.raises(HintRejectedError):
        read_hint(tokens(site)[0], at=now())


def test_session_of_nobody_has_no_logout_token(world: World) -> None:
    client = web_app(partner=world.acme).client
    with pytest.raises(TypeError):
        logout_claims(session=TokenSession(kind=SessionKind.CLIENT), client=client, at=now())


# --- Who is told, and what ends -------------------------------------------------------------------
@conforms("OIDC Back-Channel", "2.5", "Every client with an ID token of the sign-in is told.")
def test_signing_out_tells_every_application_of_the_browser(
    world: World, browser: Browser, site: Site
) -> None:
    first, second = app(world.acme, site), app(world.acme, site, LONG)
    silent, plain = openid_app(partner=world.acme), web_app(partner=world.acme)
    given = [use(browser, new) for new in (first, second)]
    for new in (silent, plain):
        use(browser, new)
    other = browser_of(world.bo)
    use(other, first)

    sign_out(browser)
    send()

    assert {claims["sid"] for claims in received(site)} == {sid(one) for one in given}
    assert {claims["aud"] for claims in received(site)} == {
        first.client.client_id, second.client.client_id,
    }  # fmt: skip


@conforms("OIDC Back-Channel", "2.7", "Without offline_access, access ends.", level="SHOULD")
@conforms("OIDC Back-Channel", "2.7", "With offline_access, it goes on.", level="SHOULD")
def test_signing_out_ends_what_was_not_allowed_to_last(
    world: World, browser: Browser, site: Site
) -> None:
    short, long = app(world.acme, site), app(world.acme, site, LONG)
    ended, lasting = use(browser, short), use(browser, long)
    elsewhere = use(browser_of(world.bo), short)

    sign_out(browser)

    assert live() == {sid(lasting), sid(elsewhere)}
    assert refresh(long, lasting["refresh_token"]).status_code == 200
    bearer = {"Authorization": f"Bearer {ended['access_token']}"}
    assert Browser().get("/oauth/userinfo", headers=bearer).status_code == 401
    session = TokenSession.objects.get(ended_at__isnull=False)
    assert session.end_reason == "signed out of the browser it was allowed in"
    event = Event.objects.get(action=Action.SESSION_ENDED)
    assert (event.actor_id, event.actor_kind) == (world.bo.public_id, "user")


def test_signing_out_at_one_application_reaches_the_others(
    world: World, browser: Browser, site: Site
) -> None:
    first, second = app(world.acme, site), app(world.acme, site)
    given = [use(browser, new) for new in (first, second)]

    form = {"id_token_hint": given[0]["id_token"], "post_logout_redirect_uri": SIGNED_OUT}
    assert browser.get(LOGOUT, form)["Location"] == SIGNED_OUT
    send()

    assert live() == set()
    assert {claims["sid"] for claims in received(site)} == {sid(one) for one in given}


def test_id_token_without_the_browser_tells_nobody_else(
    world: World, browser: Browser, site: Site
) -> None:
    """Whoever has an old ID token is not whoever has the browser."""
    first, second = app(world.acme, site), app(world.acme, site)
    given = [use(browser, new) for new in (first, second)]

    Browser().get(LOGOUT, {"id_token_hint": given[0]["id_token"]})

    assert live() == {sid(given[1])}
    assert send() == NOTHING


def test_application_whose_session_has_ended_or_expired_is_told(
    world: World, browser: Browser, site: Site
) -> None:
    """Its own session with the person may go on for longer than its access here."""
    new = app(world.acme, site)
    use(browser, new)
    past = now() - timedelta(minutes=1)
    TokenSession.objects.update(expires_at=past, ended_at=past)

    sign_out(browser)

    assert send() == {**NOTHING, "logouts_notified": 1}


def test_code_that_nobody_redeemed_dies_with_the_sign_in(
    world: World, browser: Browser, site: Site
) -> None:
    new, proof = app(world.acme, site, LONG), pkce()
    code = code_by(browser, new, proof)

    sign_out(browser)

    assert redeem(new, code, proof).json()["error"] == "invalid_grant"
    assert send() == NOTHING


def test_device_stays_when_the_browser_signs_out(world: World) -> None:
    """It was let in from this browser, but is none."""
    client = openid_app(partner=world.acme).client
    sign_in = replace(plain_sign_in(now()), sign_in_id="a browser's")
    grant = DeviceGrant(client=client, scope="openid")

    consent = asked_by_device(grant=grant, person=world.bo, sign_in=sign_in, at=now())

    assert consent.sign_in.sign_in_id == ""


def test_sign_in_is_remembered_by_a_digest(world: World, browser: Browser, site: Site) -> None:
    use(browser, app(world.acme, site))
    key = browser.session.session_key

    assert TokenSession.objects.get().sign_in_id == sign_in_id_of(key)
    assert str(key) not in sign_in_id_of(key)
    assert sign_in_id_of(None) == ""


def test_no_sign_in_ends_nothing(world: World, site: Site) -> None:
    """Sessions that no browser allowed have an empty one, and are not of each other."""
    use(browser_of(world.bo), app(world.acme, site))
    TokenSession.objects.update(sign_in_id="")

    assert end_sign_in(actor=system_actor("test"), at=now(), sign_in_id="") == 0
    assert len(live()) == 1


def test_sign_in_ended_from_another_browser_ends_what_it_allowed(
    world: World, browser: Browser, site: Site
) -> None:
    given = use(browser, app(world.acme, site))
    listed = UserSession.objects.create(
        user=world.bo, ip="192.0.2.1", session_key=browser.session.session_key
    )

    listed.end()
    send()

    assert [claims["sid"] for claims in received(site)] == [sid(given)]
    assert live() == set()


# --- People who are put out -----------------------------------------------------------------------
def by_person(world: World) -> None:
    User.objects.filter(pk=world.bo.pk).update(is_active=False, not_before=Now())


def by_partner(world: World) -> None:
    Partner.objects.filter(pk=world.acme.pk).update(not_before=Now())


def by_federation(world: World) -> None:
    del world
    Federation.objects.update(is_active=False, not_before=Now())


@pytest.mark.parametrize("flip", (by_person, by_partner, by_federation))
def test_whoever_is_put_out_is_signed_out_of_every_application(
    world: World, site: Site, flip: Callable[[World], None]
) -> None:
    new = app(world.acme, site, LONG)
    upstream = Federation.objects.create(
        name="Upstream",
        slug="upstream",
        issuer="https://up.example",
        client_id="us",
        allowed_domains=["acme.example"],
        created_at=now(),
    )
    given = [use(browser_of(world.bo), new) for _ in range(2)]
    TokenSession.objects.update(federation=upstream)

    flip(world)
    queued = [queue_for_flips(at=now()) for _ in range(2)]
    end_dead_sessions(at=now(), limit=10)
    send()

    assert queued == [2, 0]
    assert {claims["sid"] for claims in received(site)} == {sid(one) for one in given}


def test_flip_tells_nothing_of_sign_ins_since(world: World, site: Site) -> None:
    new = app(world.acme, site)
    User.objects.filter(pk=world.bo.pk).update(not_before=now() - timedelta(minutes=1))
    world.bo.refresh_from_db()
    use(browser_of(world.bo), new)

    assert queue_for_flips(at=now()) == 0


def test_flip_of_long_ago_and_sign_in_of_long_ago_are_left_alone(world: World, site: Site) -> None:
    new = app(world.acme, site)
    use(browser_of(world.bo), new)
    by_person(world)

    assert queue_for_flips(at=now() + timedelta(hours=25)) == 0
    long_ago = now() - timedelta(days=15)
    TokenSession.objects.update(created_at=long_ago, granted_at=long_ago, expires_at=long_ago)
    assert queue_for_flips(at=now()) == 0


def test_disabled_client_is_told_nothing(world: World, browser: Browser, site: Site) -> None:
    new, later = app(world.acme, site), app(world.acme, site)
    for one in (new, later):
        use(browser, one)
    Client.objects.filter(pk=new.client.pk).update(status="disabled")

    sign_out(browser)
    Client.objects.filter(pk=later.client.pk).update(status="disabled")

    assert send() == {**NOTHING, "logouts_failed": 1}
    assert site.posted == []
    event = Event.objects.get(action=Action.CLIENT_LOGOUT_FAILED)
    assert (event.subject_id, event.data["reason"]) == (
        later.client.client_id,
        "the client is told no more",
    )


# --- The queue ------------------------------------------------------------------------------------
@pytest.fixture
def waiting(world: World, browser: Browser, site: Site) -> LogoutNotice:
    use(browser, app(world.acme, site))
    sign_out(browser)
    return LogoutNotice.objects.get()


@pytest.mark.parametrize("status", (200, 204))
def test_what_was_taken_is_done_and_in_the_trail(
    waiting: LogoutNotice, site: Site, status: int
) -> None:
    site.status, site.body = status, b""

    assert send() == {**NOTHING, "logouts_notified": 1}
    assert send(now() + timedelta(hours=2)) == NOTHING

    event = Event.objects.get(action=Action.CLIENT_LOGOUT_NOTIFIED)
    assert (event.subject_id, event.actor_id) == (waiting.client.client_id, "system:logout")
    assert event.data == {"session": waiting.session.public_id, "attempts": 1}


@pytest.mark.parametrize("status", (201, 302, 400, 404, 500))
def test_what_was_not_taken_is_tried_again_with_another_token(
    waiting: LogoutNotice, site: Site, status: int
) -> None:
    at = now()
    site.status, site.headers = status, {"Location": site.url("/elsewhere")}

    assert send(at) == {**NOTHING, "logouts_put_off": 1}
    assert send(at + timedelta(seconds=14)) == NOTHING
    site.status = 200
    assert send(at + timedelta(seconds=15)) == {**NOTHING, "logouts_notified": 1}

    assert len({claims["jti"] for claims in received(site)}) == 2
    assert site.asked == []
    event = Event.objects.get(action=Action.CLIENT_LOGOUT_NOTIFIED)
    assert event.data == {"session": waiting.session.public_id, "attempts": 2}


def test_after_a_day_it_is_given_up_and_the_trail_says_why(
    waiting: LogoutNotice, site: Site
) -> None:
    site.status = 503

    almost = send(waiting.created_at + timedelta(hours=24) - timedelta(seconds=1))
    last = send(waiting.created_at + timedelta(hours=25))
    after = send(waiting.created_at + timedelta(hours=26))

    assert (almost, last, after) == (
        {**NOTHING, "logouts_put_off": 1}, {**NOTHING, "logouts_failed": 1}, NOTHING,
    )  # fmt: skip
    event = Event.objects.get(action=Action.CLIENT_LOGOUT_FAILED)
    assert (event.outcome, event.data["reason"]) == ("denied", "the answer has status 503")


def test_address_that_is_not_public_is_not_called(
    waiting: LogoutNotice, site: Site, settings: Settings
) -> None:
    settings.OUTBOUND_PRIVATE_HOSTS = False

    assert send() == {**NOTHING, "logouts_put_off": 1}
    assert site.posted == []
    waiting.refresh_from_db()
    assert waiting.fault == "the URL must be https and name a host"


def test_application_that_is_away_holds_up_nobody_else(world: World, site: Site) -> None:
    browser, nowhere = browser_of(world.bo), "http://127.0.0.1:1/out"
    away = openid_app(partner=world.acme, scopes=SHORT, backchannel_logout_uri=nowhere)
    for _ in range(3):
        use(browser, away)
    use(browser, app(world.acme, site))

    sign_out(browser)

    assert send() == {**NOTHING, "logouts_put_off": 1, "logouts_notified": 1}
    assert sorted(LogoutNotice.objects.values_list("attempts", flat=True)) == [0, 0, 1, 1]


def test_run_ends_when_its_time_is_over(waiting: LogoutNotice, site: Site) -> None:
    begun = now()
    clock = iter([begun, begun + timedelta(seconds=31)])

    assert send_notices(clock=lambda: next(clock)) == NOTHING
    assert site.posted == []
    assert waiting.finished_at is None


def test_notice_of_a_worker_that_died_is_taken_over(waiting: LogoutNotice, site: Site) -> None:
    at = now()
    LogoutNotice.objects.update(due_at=at + timedelta(minutes=1), attempts=1)

    assert send(at + timedelta(seconds=59)) == NOTHING
    assert send(at + timedelta(seconds=60)) == {**NOTHING, "logouts_notified": 1}
    assert len(site.posted) == 1
    assert waiting.pk == LogoutNotice.objects.get().pk


def test_of_two_workers_with_one_notice_the_first_is_in_the_trail(
    waiting: LogoutNotice, site: Site
) -> None:
    moments = iter(range(9))

    def clock() -> datetime:
        """The other worker is done between our attempt and our note of it."""
        if next(moments) == 2:
            LogoutNotice.objects.update(finished_at=now())
        return now()

    send_notices(clock=clock)

    assert len(site.posted) == 1
    assert waiting.attempts == 0
    assert not Event.objects.filter(action=Action.CLIENT_LOGOUT_NOTIFIED).exists()


def test_session_is_told_of_once(world: World, browser: Browser, site: Site) -> None:
    use(browser, app(world.acme, site))
    every = TokenSession.objects.all()

    assert [queue_notices(sessions=every, at=now()) for _ in range(2)] == [1, 0]
    assert LogoutNotice.objects.count() == 1


def test_old_notices_are_purged(waiting: LogoutNotice) -> None:
    days = timedelta(days=1)
    early = purge_expired_tokens(at=waiting.created_at + 15 * days, limit=10)
    due = purge_expired_tokens(at=waiting.created_at + 15 * days + days, limit=10)

    assert (early["logoutnotice"], due["logoutnotice"]) == (0, 1)


@pytest.mark.django_db(transaction=True)
def test_eight_workers_send_each_notice_once(site: Site) -> None:
    world = make_world()
    browser, new = browser_of(world.bo), app(world.acme, site)
    for _ in range(6):
        use(browser, new)
    sign_out(browser)

    counts = at_once(*[send] * 8)

    assert sum(one["logouts_notified"] for one in counts) == 6
    assert len({claims["sid"] for claims in received(site)}) == len(site.posted) == 6


# --- Rules ----------------------------------------------------------------------------------------
def test_pauses_double_up_to_an_hour() -> None:
    pauses = [int(pause_after(attempts).total_seconds()) for attempts in (1, 2, 3, 8, 9, 10, 999)]
    assert pauses == [15, 30, 60, 1920, 3600, 3600, 3600]


def test_a_day_is_enough() -> None:
    at = now()
    assert not is_hopeless(since=at - timedelta(hours=24) + timedelta(seconds=1), at=at)
    assert is_hopeless(since=at - timedelta(hours=24), at=at)


@conforms("OIDC Back-Channel", "2.2", "The address is absolute, without a fragment, and of https.")
@pytest.mark.parametrize(
    ("uri", "good"),
    (
        ("", True),
        ("https://app.example/out?tenant=1", True),
        ("http://app.example/out", False),
        ("http://127.0.0.1/out", False),
        ("https://app.example/out#x", False),
        ("https://user@app.example/", False),
        ("/out", False),
        ("javascript:alert(1)", False),
        ("https://app.example/\x00", False),
        ("https://app.example/" + "a" * 500, False),
    ),
)
def test_address_rule(
    settings: Settings,
    uri: str,
    good: bool,  # noqa: FBT001 -- a test's parameter
) -> None:
    settings.OUTBOUND_PRIVATE_HOSTS = False
    assert ([fault.pointer for fault in address_faults(uri)] == []) is good


def test_address_is_registered_changed_and_checked(world: World) -> None:
    client = openid_app(partner=world.acme, backchannel_logout_uri="https://app.example/out").client
    kept = client.backchannel_logout_uri

    change_client(actor=system_actor("t"), at=now(), client=client, backchannel_logout_uri="")
    client.refresh_from_db()
    with pytest.raises(ValidationFailedError) as refused:
        openid_app(partner=world.acme, backchannel_logout_uri="ftp://app.example")

    assert (kept, client.backchannel_logout_uri) == ("https://app.example/out", "")
    assert client.token_endpoint_auth_method == AuthMethod.SECRET_BASIC
    assert [one.pointer for one in refused.value.errors] == ["/backchannel_logout_uri"]


@conforms("OIDC Back-Channel", "2.1", "The metadata says that sign-outs and their sid are told.")
def test_metadata_says_so() -> None:
    found = Browser().get("/.well-known/openid-configuration").json()

    assert found["backchannel_logout_supported"] is True
    assert found["backchannel_logout_session_supported"] is True
