"""Consents: remembered, relied on, listed, taken back."""

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.actor import system_actor
from apps.identity.models import User
from apps.oauth.errors import ConsentRequiredError
from apps.oauth.keys import api_audience
from apps.oauth.models import Client, Consent, TokenSession
from apps.oauth.models.clients import AuthMethod
from apps.oauth.policy.consents import covers
from apps.oauth.policy.sign_in import plain_sign_in
from apps.oauth.selectors import client_at_grant, person_at_grant
from apps.oauth.selectors.consents import access_given_by, standing_consent
from apps.oauth.services.codes import Consent as GivenConsent
from apps.oauth.services.consents import rely_on_consent, remember_consent, revoke_access
from tests.conformance.compliance import conforms
from tests.factories.consents import standing
from tests.factories.gateway import ORDERS, Caller
from tests.factories.governance import sessions
from tests.factories.identity import staff_browser
from tests.factories.oauth import (
    authorize_query,
    code_for,
    machine,
    pkce,
    redeem,
    redirect_parameters,
    web_app,
)
from tests.factories.scene import page_of
from tests.factories.world import SETUP, World, make_world, person, project

pytestmark = pytest.mark.django_db

ACCESS = "/account/access/"
HTTPS = "https://app.example/callback"


@pytest.fixture
def app(world: World) -> Client:
    return web_app(partner=world.acme, scopes=("purchase_orders:read", "invoices:read")).client


def given_by(user: User, client: Client, *scopes: str, **changes: Any) -> GivenConsent:
    """What the person has just agreed to, as the authorization endpoint has it."""
    at = datetime.now(tz=UTC)
    grant = client_at_grant(client.client_id, at=at)
    assert grant is not None
    who = person_at_grant(user.pk, at=at)
    agreed = {
        "grant": grant,
        "person": who,
        "sign_in": plain_sign_in(at),
        "scopes": list(scopes) or ["purchase_orders:read"],
        "projects": who.projects,
        "bound": True,
    }
    return GivenConsent(**(agreed | changes))


def remember(consent: GivenConsent) -> Consent:
    remember_consent(consent=consent, at=datetime.now(tz=UTC))
    found = standing_consent(consent.person.user.pk, consent.grant.client.pk)
    assert found is not None
    return found


def take_back(user: User, client: Client) -> int:
    return revoke_access(actor=SETUP, at=datetime.now(tz=UTC), user=user, client=client)


def signed_in(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


# --- What covers what -----------------------------------------------------------------------------

OFFICE, FLEET, ACME, GLOBEX = (uuid.UUID(int=number) for number in range(4))


def asked(**changes: Any) -> bool:
    """Whether a consent for two scopes in one project of Acme's covers a request for less."""
    kept = Consent(
        partner_id=ACME,
        scopes=["purchase_orders:read", "invoices:read"],
        project_ids=[OFFICE],
        revoked_at=changes.pop("revoked_at", None),
    )
    client = Client(token_endpoint_auth_method=changes.pop("method", AuthMethod.SECRET_BASIC))
    request = {
        "client": client,
        "redirect_uri": HTTPS,
        "partner_id": ACME,
        "scopes": ["invoices:read"],
        "projects": [OFFICE],
        "details": [],
    }
    return covers(changes.pop("standing", kept), **(request | changes))


@pytest.mark.parametrize(
    ("changes", "covered"),
    (
        ({}, True),
        ({"scopes": []}, True),
        ({"projects": []}, True),
        ({"scopes": ["invoices:read", "purchase_orders:read"]}, True),
        ({"standing": None}, False),
        ({"revoked_at": datetime(2026, 1, 1, tzinfo=UTC)}, False),
        ({"scopes": ["invoices:read", "invoices:submit"]}, False),
        ({"projects": [OFFICE, FLEET]}, False),
        ({"partner_id": GLOBEX}, False),
        ({"partner_id": None}, False),
        ({"details": [{"type": "procurement_purchasing"}]}, False),
    ),
)
def test_consent_covers_no_more_than_was_agreed_to(
    changes: dict[str, Any], *, covered: bool
) -> None:
    assert asked(**changes) is covered


@conforms("ASVS 5 V10", "10.7.1", "A client that cannot prove who it is is asked for every time.")
@pytest.mark.parametrize(
    ("method", "redirect_uri", "covered"),
    (
        (AuthMethod.NONE, HTTPS, True),
        (AuthMethod.NONE, "http://127.0.0.1:4711/callback", False),
        (AuthMethod.NONE, "http://[::1]/callback", False),
        (AuthMethod.NONE, "com.example.app:/callback", False),
        (AuthMethod.NONE, "", False),
        (AuthMethod.SECRET_BASIC, "http://127.0.0.1/callback", True),
        (AuthMethod.PRIVATE_KEY_JWT, HTTPS, True),
    ),
)
def test_rfc8252_section_8_6_a_client_nobody_can_recognise_asks_every_time(
    method: AuthMethod, redirect_uri: str, *, covered: bool
) -> None:
    assert asked(method=method, redirect_uri=redirect_uri) is covered


# --- Remembering ----------------------------------------------------------------------------------


def test_consent_is_remembered_by_one_statement(world: World, app: Client) -> None:
    consent = given_by(world.bo, app)

    with CaptureQueriesContext(connection) as captured:
        remember_consent(consent=consent, at=datetime.now(tz=UTC))

    kept = Consent.objects.get()
    assert len(captured) == 1
    assert (kept.user, kept.client, kept.partner) == (world.bo, app, world.acme)
    assert (kept.scopes, kept.project_ids) == (["purchase_orders:read"], [world.office.pk])


ORDERS_READ, INVOICES_READ = "purchase_orders:read", "invoices:read"


@pytest.mark.parametrize(
    ("first", "later", "stays"),
    (
        # Scopes and projects of what stood, and of what was agreed to then.
        (((ORDERS_READ, INVOICES_READ), "OF"), ((ORDERS_READ,), "O"), True),
        (((ORDERS_READ,), "O"), ((ORDERS_READ,), "O"), True),
        (((ORDERS_READ,), "O"), ((INVOICES_READ, ORDERS_READ), "OF"), False),
        (((ORDERS_READ,), "O"), ((INVOICES_READ,), "F"), False),
        (((ORDERS_READ,), "O"), ((INVOICES_READ,), "O"), False),
        (((ORDERS_READ, INVOICES_READ), "O"), ((ORDERS_READ,), "OF"), False),
        (((ORDERS_READ,), "OF"), ((ORDERS_READ, INVOICES_READ), "O"), False),
    ),
)
def test_remembered_is_one_answer_and_never_a_mixture_of_two(
    first: tuple[tuple[str, ...], str],
    later: tuple[tuple[str, ...], str],
    world: World,
    app: Client,
    *,
    stays: bool,
) -> None:
    """Attack: what was agreed to for one project, used in another that came later."""
    fleet = project("FLEET", world.buyer, world.acme)
    keys = {"O": world.office.pk, "F": fleet.pk}
    answers = [
        given_by(world.bo, app, *scopes, projects=frozenset(keys[name] for name in names))
        for scopes, names in (first, later)
    ]

    before, kept = [remember(one) for one in answers]

    expected = answers[0] if stays else answers[1]
    assert (kept.pk, kept.given_at == before.given_at) == (before.pk, stays)
    assert (kept.scopes, kept.project_ids) == (
        sorted(expected.scopes),
        sorted(expected.projects),
    )


def test_scope_of_one_project_is_asked_again_in_another(world: World) -> None:
    """The review's attack, through the front door."""
    new = web_app(partner=world.acme, scopes=("purchase_orders:read", "projects:read"))
    browser = signed_in(world.bo)

    def ask(scope: str) -> Any:
        page = browser.get("/oauth/authorize", authorize_query(new, pkce(), scope=scope))
        if page.status_code == 200:
            answer = {"request_handle": page.context["request_handle"], "decision": "allow"}
            browser.post("/oauth/authorize", answer)
        return page.status_code

    first = ask("purchase_orders:read")
    project("FLEET", world.buyer, world.acme)
    later = [ask("projects:read"), ask("purchase_orders:read"), ask("purchase_orders:read")]

    assert (first, later) == (200, [200, 200, 303])


@pytest.mark.parametrize(
    ("resources", "remembered"),
    (
        ((), True),
        ((api_audience(),), True),
        (("https://ledger.example/api",), False),
        ((api_audience(), "https://ledger.example/api"), False),
    ),
)
def test_consent_for_another_resource_is_none_for_our_own_api(
    resources: tuple[str, ...], world: World, app: Client, *, remembered: bool
) -> None:
    remember_consent(consent=given_by(world.bo, app, resources=resources), at=datetime.now(tz=UTC))

    assert Consent.objects.exists() is remembered


def test_what_was_agreed_to_for_another_company_is_replaced(world: World, app: Client) -> None:
    first = standing(world.bo, app, partner=world.globex, projects=[world.office])

    kept = remember(given_by(world.bo, app, "invoices:read", projects=frozenset()))

    assert (kept.pk, kept.partner, kept.scopes) == (first.pk, world.acme, ["invoices:read"])
    assert (kept.project_ids, kept.given_at > first.given_at) == ([], True)


def test_staff_of_no_company_are_remembered_too(world: World) -> None:
    app = web_app(scopes=("purchase_orders:read",)).client
    kept = [
        remember(given_by(world.bo, app, *scopes, person=_nobodys(world.bo)))
        for scopes in (("invoices:read", "purchase_orders:read"), ("purchase_orders:read",))
    ]

    assert [one.partner_id for one in kept] == [None, None]
    assert kept[1].scopes == ["invoices:read", "purchase_orders:read"]


def _nobodys(user: User) -> Any:
    """The same person, acting for no company."""
    found = person_at_grant(user.pk, at=datetime.now(tz=UTC))
    return type(found)(**{**vars(found), "partner_id": None, "partner_name": ""})


def test_consent_within_limits_does_not_become_one_without(world: World, app: Client) -> None:
    limits = [{"type": "procurement_purchasing"}]

    remember_consent(
        consent=given_by(world.bo, app, authorization_details=limits), at=datetime.now(tz=UTC)
    )

    assert not Consent.objects.exists()


def test_consent_after_one_that_was_taken_back_stands_on_its_own(world: World, app: Client) -> None:
    first = remember(given_by(world.bo, app, "invoices:read"))
    take_back(world.bo, app)

    kept = remember(given_by(world.bo, app))

    assert (kept.pk != first.pk, kept.scopes) == (True, ["purchase_orders:read"])


def in_threads(works: list[Callable[[], object]]) -> list[object]:
    def close_after(work: Callable[[], object]) -> object:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(works)) as threads:
        return [begun.result() for begun in [threads.submit(close_after, one) for one in works]]


@pytest.mark.django_db(transaction=True)
def test_of_answers_at_once_one_is_remembered_whole() -> None:
    world = make_world()
    app = web_app(partner=world.acme).client
    scopes = [f"scope:{number}" for number in range(8)]
    given = [given_by(world.bo, app, scope) for scope in scopes]

    in_threads([partial(remember_consent, consent=one, at=datetime.now(tz=UTC)) for one in given])

    kept = Consent.objects.get()
    assert (len(kept.scopes), set(kept.scopes) <= set(scopes)) == (1, True)
    assert kept.project_ids == [world.office.pk]


# --- Relying on it and taking it back -------------------------------------------------------------


def test_relying_on_a_consent_that_stands_is_one_statement(world: World, app: Client) -> None:
    consent = given_by(world.bo, app)
    remember(consent)

    with CaptureQueriesContext(connection) as captured, transaction.atomic():
        rely_on_consent(consent=consent)

    assert len([one for one in captured if "SAVEPOINT" not in one["sql"]]) == 1


@pytest.mark.parametrize("taken_back", (True, False))
def test_relying_on_what_does_not_stand_is_refused(
    world: World, app: Client, *, taken_back: bool
) -> None:
    consent = given_by(world.bo, app)
    if taken_back:
        remember(consent)
        take_back(world.bo, app)
    standing(world.cy, app)

    with pytest.raises(ConsentRequiredError), transaction.atomic():
        rely_on_consent(consent=consent)


def test_taking_back_ends_the_persons_sessions_with_that_client_alone(
    world: World, app: Client
) -> None:
    other = machine(partner=world.acme).client
    mine = sessions(2, client=app, user=world.bo)
    sessions(1, client=app, user=world.bo, lasting=timedelta(minutes=-1))
    kept = [
        *sessions(1, client=app, user=world.cy),
        *sessions(1, client=other, user=world.bo),
        *sessions(1, client=app),
    ]
    standing(world.bo, app)
    standing(world.cy, app)

    ended = take_back(world.bo, app)

    assert ended == 2
    assert set(TokenSession.objects.filter(ended_at__isnull=False)) == set(mine)
    assert TokenSession.objects.filter(pk__in=[one.pk for one in kept], ended_at=None).count() == 3
    assert [one.user for one in Consent.objects.filter(revoked_at=None)] == [world.cy]


def test_taking_back_is_one_event_and_again_is_none(world: World, app: Client) -> None:
    standing(world.bo, app)
    sessions(1, client=app, user=world.bo)

    done = [take_back(world.bo, app) for _ in range(2)]

    event = Event.objects.get(action=Action.CONSENT_REVOKED)
    assert done == [1, 0]
    assert (event.subject_id, event.data["sessions_ended"]) == (app.client_id, 1)
    assert Event.objects.filter(action=Action.SESSION_ENDED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_session_opened_by_a_consent_while_it_is_taken_back_does_not_survive() -> None:
    """Each of the two waits for the other: the session is seen and ended, or never opened."""
    world = make_world()
    app = web_app(partner=world.acme).client
    consent = given_by(world.bo, app)

    def open_one() -> object:
        try:
            with transaction.atomic():
                sessions(1, client=app, user=world.bo)
                rely_on_consent(consent=consent)
        except ConsentRequiredError:
            return "refused"
        return "opened"

    for place in (0, 2, 4, 6):
        remember(consent)
        works: list[Callable[[], object]] = [open_one] * 6
        works.insert(place, lambda: take_back(world.bo, app))
        in_threads(works)

    assert not TokenSession.objects.filter(client=app, ended_at__isnull=True).exists()
    assert not Consent.objects.filter(revoked_at__isnull=True).exists()


@pytest.mark.django_db(transaction=True)
def test_session_that_is_held_by_a_refresh_is_waited_for() -> None:
    """A row that somebody has locked is not skipped: nothing else would refuse it."""
    world = make_world()
    app = web_app(partner=world.acme).client
    (session,) = sessions(1, client=app, user=world.bo)
    standing(world.bo, app)

    with ThreadPoolExecutor(max_workers=1) as threads:
        with transaction.atomic():
            TokenSession.objects.filter(pk=session.pk).update(last_used_at=datetime.now(tz=UTC))
            taking = threads.submit(in_threads, [lambda: take_back(world.bo, app)])
            with pytest.raises(TimeoutError):
                taking.result(timeout=0.3)
        ended = taking.result(timeout=10)

    session.refresh_from_db()
    assert (ended, session.ended_at is not None) == ([1], True)


# --- The page -------------------------------------------------------------------------------------


@conforms("ASVS 5 V10", "10.7.3", "A person sees what they have agreed to.")
def test_page_lists_what_was_given_and_what_acts(world: World, app: Client) -> None:
    native = web_app(partner=world.acme, auth_method=AuthMethod.NONE).client
    Client.objects.filter(pk=native.pk).update(name="Another app")
    standing(world.bo, app, partner=world.acme, scopes=["invoices:read"])
    (session,) = sessions(1, client=native, user=world.bo)
    sessions(1, client=native, user=world.bo, lasting=timedelta(minutes=-1))

    found = access_given_by(world.bo.pk, at=datetime.now(tz=UTC))

    assert [(one.client, one.is_remembered, one.sessions) for one in found] == [
        (native, False, 1),
        (app, True, 0),
    ]
    assert [(one.since, one.ends_at) for one in found[:1]] == [
        (session.created_at, session.expires_at)
    ]
    assert [scope.title for scope in found[1].scopes] == ["See invoices"]
    assert found[1].partners == ["Acme"]


@conforms("FAPI 2.0", "5.3.2.2-13", "A person reads in words what they decide on.", level="SHOULD")
def test_page_is_read_in_words(world: World, app: Client) -> None:
    standing(world.bo, app, partner=world.acme)
    (session,) = sessions(1, client=app, user=world.bo)
    TokenSession.objects.update(last_used_at=datetime(2026, 11, 2, 8, 30, tzinfo=UTC))

    page = signed_in(world.bo).get(ACCESS)

    text = page.content.decode()
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    for words in ("Web app", "Acme", "See purchase orders", "2 Nov 2026, 08:30 UTC"):
        assert words in text
    assert f"{session.expires_at:%-d %b %Y, %H:%M} UTC, in 1 session;" in text


RETURNS = "it may come back without asking you again"


@pytest.mark.parametrize(
    ("changes", "returns"),
    (
        ({}, True),
        (
            {"client_type": "public", "token_endpoint_auth_method": "none", "client_secret": ""},
            True,
        ),
        (
            {
                "token_endpoint_auth_method": "none",
                "client_secret": "",
                "redirect_uris": "http://127.0.0.1/callback",
            },
            False,
        ),
        ({"status": "suspended"}, False),
    ),
)
def test_page_says_that_an_application_returns_unasked_only_if_it_does(
    world: World,
    app: Client,
    changes: dict[str, str],
    returns: bool,  # noqa: FBT001 -- a test's parameter
) -> None:
    Client.objects.filter(pk=app.pk).update(**changes)
    standing(world.bo, app, partner=world.acme)

    page = signed_in(world.bo).get(ACCESS)

    assert (RETURNS in page.content.decode()) is returns


def test_page_of_an_application_whose_partner_is_held_back_says_no_return(
    world: World, app: Client
) -> None:
    standing(world.bo, app, partner=world.acme)
    type(world.acme).objects.update(status="suspended")

    page = signed_in(world.bo).get(ACCESS)

    assert RETURNS not in page.content.decode()


def test_page_of_a_session_without_consent_says_no_return(world: World, app: Client) -> None:
    sessions(1, client=app, user=world.bo)

    assert RETURNS not in signed_in(world.bo).get(ACCESS).content.decode()


def test_page_of_somebody_who_gave_nothing_says_so(world: World, app: Client) -> None:
    standing(world.bo, app)

    page = signed_in(world.cy).get(ACCESS)

    assert "No application can act for you." in page.content.decode()


def test_page_takes_as_many_queries_for_three_more_applications(world: World, app: Client) -> None:
    browser = signed_in(world.bo)
    standing(world.bo, app, partner=world.acme)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            browser.get(ACCESS)
        counts.append(len(captured))
        for _more in range(3):
            other = web_app(partner=world.acme).client
            standing(world.bo, other, partner=world.acme)
            sessions(2, client=other, user=world.bo)

    assert counts[0] == counts[1]


@conforms("ASVS 5 V10", "10.4.9", "A person takes back what they gave, and tokens end.")
def test_taking_back_asks_first_and_then_does_it(world: World, app: Client) -> None:
    standing(world.bo, app, partner=world.acme)
    (session,) = sessions(1, client=app, user=world.bo)
    browser, address = signed_in(world.bo), f"{ACCESS}{app.client_id}/"

    asked_first = browser.get(address)
    before = Consent.objects.filter(revoked_at=None).count()
    done = browser.post(address)
    after = browser.get(ACCESS).content.decode()

    session.refresh_from_db()
    event = Event.objects.get(action=Action.CONSENT_REVOKED)
    assert "Take back the access of <em>Web app</em>?" in asked_first.content.decode()
    assert (before, done.status_code, done["Location"]) == (1, 302, ACCESS)
    assert "Web app can no longer act for you." in after
    assert "No application can act for you." in after
    assert (session.ended_by, event.actor_id) == (world.bo.email, world.bo.public_id)
    assert browser.post(address).status_code == 404


@pytest.mark.parametrize("method", ("get", "post"))
@pytest.mark.parametrize("whose", ("another's", "nobody's", "nonsense"))
def test_only_ones_own_is_found(method: str, whose: str, world: World, app: Client) -> None:
    standing(world.cy, app)
    sessions(1, client=app, user=world.cy)
    other = web_app(partner=world.acme).client
    named = {"another's": app.client_id, "nobody's": other.client_id, "nonsense": "%00%FF'--"}

    answer = getattr(signed_in(world.bo), method)(f"{ACCESS}{named[whose]}/")

    assert answer.status_code == 404
    assert Consent.objects.filter(revoked_at=None).count() == 1
    assert TokenSession.objects.filter(ended_at=None, user=world.cy).count() == 1


def test_another_site_cannot_take_it_back_in_ones_name(world: World, app: Client) -> None:
    standing(world.bo, app)
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(world.bo)

    answer = browser.post(f"{ACCESS}{app.client_id}/")

    assert answer.status_code == 403
    assert Consent.objects.filter(revoked_at=None).exists()


@pytest.mark.parametrize("address", (ACCESS, f"{ACCESS}cli_x/"))
def test_pages_are_for_who_is_signed_in(address: str) -> None:
    answers = [Browser().get(address), Browser().post(address)]

    assert {answer.status_code for answer in answers} <= {302, 405}
    assert answers[0]["Location"].startswith("/account/login/")


def test_staff_take_back_what_they_gave() -> None:
    staff = person("mia@buyer.example", is_staff=True)
    app = web_app().client
    standing(staff, app)

    answer = signed_in(staff).post(f"{ACCESS}{app.client_id}/")

    event = Event.objects.get(action=Action.CONSENT_REVOKED)
    assert (answer.status_code, event.actor_kind) == (302, "staff")


def test_account_leads_there(world: World) -> None:
    assert f'href="{ACCESS}"' in signed_in(world.bo).get("/account/").content.decode()


def test_staff_see_consents_and_who_took_one_back(world: World, app: Client) -> None:
    kept = standing(world.bo, app, partner=world.acme, projects=[world.office])
    revoke_access(actor=system_actor("test"), at=datetime.now(tz=UTC), user=world.bo, client=app)
    browser = staff_browser()

    listed = browser.get(page_of(Consent, "changelist"))
    record = browser.get(page_of(Consent, "change", kept.pk)).content.decode()

    assert listed.status_code == 200
    assert "OFFICE" in record
    assert "Taken back" in record


# --- Through the front door -----------------------------------------------------------------------


@conforms("ASVS 5 V10", "10.7.1", "Who has taken consent back is asked again.")
def test_person_is_asked_once_and_again_after_taking_it_back(world: World) -> None:
    new = web_app(partner=world.acme)
    proof = pkce()
    token = json.loads(redeem(new, code_for(world.bo, new, proof), proof).content)["access_token"]
    browser = signed_in(world.bo)

    silent = browser.get("/oauth/authorize", authorize_query(new, proof))
    browser.post(f"{ACCESS}{new.client.client_id}/")
    asked_again = browser.get("/oauth/authorize", authorize_query(new, proof))

    assert (silent.status_code, "code" in redirect_parameters(silent)) == (303, True)
    assert (asked_again.status_code, "request_handle" in asked_again.context) == (200, True)
    assert Caller(token).get(ORDERS).status_code == 401
    refused = redeem(new, redirect_parameters(silent)["code"], proof)
    assert (refused.status_code, json.loads(refused.content)["error"]) == (400, "invalid_grant")


def test_native_app_asks_every_time(world: World) -> None:
    uri = "http://127.0.0.1:8400/callback"
    new = web_app(partner=world.acme, auth_method=AuthMethod.NONE, redirect_uris=(uri,))
    proof = pkce()
    code_for(world.bo, new, proof, redirect_uri=uri)

    again = signed_in(world.bo).get(
        "/oauth/authorize", authorize_query(new, proof, redirect_uri=uri)
    )

    assert again.status_code == 200
