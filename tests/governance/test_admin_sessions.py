"""Token sessions in the admin: read, followed to what they did, ended with a reason."""

from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from apps.audit.models import Event
from apps.core.ids import encode_id
from apps.identity.models import StaffRole
from apps.oauth.models import TokenSession
from tests.conformance.compliance import conforms
from tests.factories.gateway import ORDERS, Caller
from tests.factories.governance import sessions
from tests.factories.identity import staff_browser
from tests.factories.oauth import access_token, machine
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
LIST = "/admin/oauth/tokensession/"


@pytest.fixture
def caller(world: World) -> Caller:
    return Caller(access_token(machine(partner=world.erp, scopes=["purchase_orders:read"])))


@pytest.fixture
def session(caller: Caller) -> TokenSession:
    """The session behind the caller's token."""
    assert caller.get(ORDERS).status_code == 200
    return TokenSession.objects.get(kind="client")


def end_page(session: TokenSession) -> str:
    return reverse("admin:oauth_tokensession_end", args=[session.pk])


def end_many(browser: Browser, *chosen: TokenSession, **form: str) -> Any:
    rows = {"action": "end_chosen", "_selected_action": [str(row.pk) for row in chosen]}
    return browser.post(LIST, {**rows, **form}, follow=True)


def test_ending_a_session_refuses_its_token_at_once(caller: Caller, session: TokenSession) -> None:
    browser = staff_browser()
    before = caller.get(ORDERS).status_code

    browser.post(end_page(session), {"once": "a", "reason": "seen abroad"})

    session.refresh_from_db()
    assert (before, caller.get(ORDERS).status_code) == (200, 401)
    assert (session.ended_by, session.end_reason) == (
        "administrator@buyer.example",
        "seen abroad",
    )
    assert Event.objects.filter(action="token_session.ended").count() == 1


def test_a_session_leads_to_everything_it_did(session: TokenSession) -> None:
    browser = staff_browser()

    (table,) = browser.get(f"{LIST}{session.pk}/change/").context["tables"]
    trail = browser.get(table.more).context["cl"].result_list

    did = list(Event.objects.filter(session_id=session.pk).order_by("-id"))
    about = list(Event.objects.filter(subject_id=session.public_id))
    assert list(trail) == sorted({*did, *about}, key=lambda event: event.pk, reverse=True)
    assert table.more.endswith(f"q={encode_id('ses', session.pk)}")


@conforms("ASVS 5 V7", "7.4.5", "Staff end any session, one or many at once.")
def test_ending_many_asks_for_a_reason_first_and_then_ends_each(session: TokenSession) -> None:
    browser = staff_browser()
    (other,) = sessions(1, client=session.client)

    asked = end_many(browser, session, other)
    untouched = TokenSession.objects.filter(ended_at__isnull=False).count()
    done = end_many(browser, session, other, once="a", reason="spring cleaning")

    assert (asked.status_code, untouched) == (200, 0)
    assert list(asked.context["sessions"]) == sorted([session, other], key=lambda s: s.pk)[::-1]
    assert "2 of 2 chosen sessions ended now" in done.content.decode()
    assert Event.objects.filter(action="token_session.ended").count() == 2


def test_ending_many_sent_twice_is_done_once(session: TokenSession) -> None:
    browser = staff_browser()
    end_many(browser, session, once="a", reason="spring cleaning")

    again = end_many(browser, session, once="a", reason="spring cleaning")

    assert "nothing was done twice" in again.content.decode()
    assert Event.objects.filter(action="token_session.ended").count() == 1


def test_more_sessions_than_one_request_can_end_are_refused(session: TokenSession) -> None:
    chosen = [session, *sessions(200, client=session.client)]

    answer = end_many(staff_browser(), *chosen, once="a", reason="spring cleaning")

    assert "201 sessions are chosen and at most 200" in answer.content.decode()
    assert TokenSession.objects.filter(ended_at__isnull=False).count() == 0


def test_ending_many_without_a_reason_ends_none(session: TokenSession) -> None:
    answer = end_many(staff_browser(), session, once="a", reason=" ")

    session.refresh_from_db()
    assert (set(answer.context["form"].errors), session.ended_at) == ({"reason"}, None)


def test_ending_more_than_two_hundred_at_once_is_refused_before_any_ends(
    session: TokenSession,
) -> None:
    browser = staff_browser()
    others = sessions(200, client=session.client)

    asked = end_many(browser, session, *others)
    refused = end_many(browser, session, *others, once="a", reason="spring cleaning")
    ended = TokenSession.objects.filter(ended_at__isnull=False).count()
    end_many(browser, *others, once="b", reason="spring cleaning")

    said = "201 sessions are chosen and at most 200 end at a time: none was ended."
    assert (said in asked.content.decode(), said in refused.content.decode()) == (True, True)
    assert (ended, Event.objects.filter(action="token_session.ended").count()) == (0, 200)


def test_a_viewer_ends_nothing(session: TokenSession) -> None:
    browser = staff_browser(StaffRole.VIEWER)

    one = browser.post(end_page(session), {"once": "a", "reason": "mischief"})
    end_many(browser, session, once="b", reason="mischief")

    session.refresh_from_db()
    assert (one.status_code, session.ended_at) == (403, None)


@pytest.mark.parametrize("path", ("add/", "{pk}/delete/"))
def test_nobody_adds_or_deletes_a_session(session: TokenSession, path: str) -> None:
    browser = staff_browser()

    answer = browser.post(LIST + path.format(pk=session.pk), {"post": "yes"})

    assert (answer.status_code, TokenSession.objects.filter(pk=session.pk).count()) == (403, 1)


def test_posting_to_the_page_of_a_session_changes_nothing(session: TokenSession) -> None:
    """The stock form of the library lets staff re-point a live token; this page has no form."""
    browser = staff_browser()
    before = TokenSession.objects.filter(pk=session.pk).values().get()

    browser.post(f"{LIST}{session.pk}/change/", {"scopes": "audit:read", "user": "1"})

    assert TokenSession.objects.filter(pk=session.pk).values().get() == before


def test_pages_say_when_a_token_was_issued_and_not_when_one_was_used(
    session: TokenSession,
) -> None:
    browser = staff_browser()
    addresses = (
        LIST,
        f"{LIST}{session.pk}/change/",
        "/admin/oauth/client/",
        f"/admin/oauth/client/{session.client_id}/change/",
    )

    pages = [browser.get(address).content.decode() for address in addresses]

    assert ["Last used" in page for page in pages] == [False] * 4
    assert ["Last token" in page for page in pages] == [True] * 4
