"""Linking a provider upstream to an account, and unlinking it: nobody gets another's account so."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from allauth.socialaccount.models import SocialAccount
from django.test import Client as Browser

from apps.audit.models import Event
from apps.identity.models import FederatedIdentity, Federation, User
from tests.conformance.compliance import conforms
from tests.factories.federation import Upstream, federation, providing, set_out, sign_in_by
from tests.factories.identity import PASSWORD
from tests.factories.world import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache", "acme")]
CONNECTIONS = "/account/links/"
CONFIRM = "/account/links/confirm/"


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with providing() as found:
        yield found


@pytest.fixture
def acme(upstream: Upstream) -> Federation:
    return federation(issuer=upstream.issuer)


@pytest.fixture
def ada() -> User:
    return person("ada@acme.example")


def signed_in(user: User) -> Browser:
    """By the page, so that it counts as proved a moment ago."""
    browser = Browser()
    browser.post("/account/login/", {"login": user.email, "password": PASSWORD})
    return browser


def come_back_to_link(browser: Browser, upstream: Upstream) -> Any:
    back = urlsplit(upstream.agree(set_out(browser, suffix="link/")))
    return browser.get(f"{back.path}?{back.query}")


def link(browser: Browser, upstream: Upstream) -> Any:
    come_back_to_link(browser, upstream)
    return browser.post(CONFIRM, follow=True)


def linked(user: User) -> bool:
    return FederatedIdentity.objects.filter(user=user).exists()


def test_linking_asks_first_and_then_lets_in(upstream: Upstream, ada: User) -> None:
    browser = signed_in(ada)

    asked = come_back_to_link(browser, upstream)
    page = browser.get(CONFIRM).content.decode()
    before = linked(ada)
    browser.post(CONFIRM)
    later = Browser()
    sign_in_by(later, upstream)

    assert (asked["Location"], before, linked(ada)) == (CONFIRM, False, True)
    assert page.count("ada@acme.example") >= 2
    assert later.get("/account/").wsgi_request.user == ada
    assert Event.objects.get(action="user.linked").subject_id == ada.public_id


def test_a_linked_person_keeps_what_they_may_do(upstream: Upstream, ada: User) -> None:
    """The rules would make staff of her; linking an account raises nobody."""
    link(signed_in(ada), upstream)

    sign_in_by(Browser(), upstream)

    ada.refresh_from_db()
    assert (ada.is_staff, ada.groups.count()) == (False, 0)


def test_linking_needs_a_sign_in_of_a_moment_ago(upstream: Upstream, ada: User) -> None:
    browser = Browser()
    browser.force_login(ada)

    answer = browser.post("/account/by/acme/link/")

    assert answer["Location"].startswith("/account/reauthenticate/")
    assert upstream.asked == []


def test_the_yes_needs_a_sign_in_of_a_moment_ago(upstream: Upstream, ada: User) -> None:
    """Whoever finds the page open later on does not link an account of their own."""
    browser = signed_in(ada)
    come_back_to_link(browser, upstream)

    with time_machine.travel(datetime.now(tz=UTC) + timedelta(minutes=6)):
        answer = browser.post(CONFIRM)

    assert answer["Location"].startswith("/account/reauthenticate/")
    assert linked(ada) is False


def test_linking_needs_somebody_signed_in() -> None:
    answer = Browser().post("/account/by/acme/link/")

    assert answer["Location"].startswith("/account/login/")


def test_a_sign_in_cannot_be_turned_into_linking(upstream: Upstream, ada: User) -> None:
    """Nor by a parameter of the link: the view decides which of both it is."""
    browser = signed_in(ada)
    back = urlsplit(upstream.agree(set_out(browser, process="connect")))

    browser.get(f"{back.path}?{back.query}")
    browser.post(CONFIRM)

    assert linked(ada) is False


@pytest.mark.parametrize(
    "wrong", ({"email_verified": False}, {"email": "ada@evil.example"}, {"email": None})
)
def test_an_account_that_is_not_proven_is_not_linked(
    upstream: Upstream, ada: User, wrong: dict[str, Any]
) -> None:
    upstream.person |= wrong
    browser = signed_in(ada)

    answer = come_back_to_link(browser, upstream)
    browser.post(CONFIRM)

    assert (answer.status_code, linked(ada)) == (403, False)


def test_the_yes_of_another_person_links_nothing(upstream: Upstream, ada: User) -> None:
    bo = person("bo@acme.example")
    browser = signed_in(ada)
    come_back_to_link(browser, upstream)
    session = browser.session
    kept = session["countersign.link"]
    other = signed_in(bo)
    theirs = other.session
    theirs["countersign.link"] = kept
    theirs.save()

    other.post(CONFIRM)

    assert (linked(ada), linked(bo)) == (False, False)


def test_a_yes_that_comes_too_late_links_nothing(upstream: Upstream, ada: User) -> None:
    browser = signed_in(ada)
    come_back_to_link(browser, upstream)
    session = browser.session
    session["countersign.link"] = {**session["countersign.link"], "at": 1}
    session.save()

    browser.post(CONFIRM)

    assert linked(ada) is False


def test_an_account_linked_elsewhere_is_not_taken(upstream: Upstream, ada: User) -> None:
    bo = person("bo@acme.example")
    link(signed_in(bo), upstream)

    page = link(signed_in(ada), upstream).content.decode()

    assert "linked already" in page
    assert (linked(ada), linked(bo)) == (False, True)


# --- Unlinking ------------------------------------------------------------------------------------
def account_of(user: User) -> str:
    return str(SocialAccount.objects.get(user=user).pk)


def test_unlinking_ends_the_way_in(upstream: Upstream, ada: User) -> None:
    browser = signed_in(ada)
    link(browser, upstream)

    browser.post(CONNECTIONS, {"account": account_of(ada)})
    answer = sign_in_by(Browser(), upstream)

    assert (linked(ada), answer.status_code) == (False, 403)
    assert Event.objects.filter(action="user.unlinked").count() == 1


@conforms("ASVS 5 V7", "7.5.1", "Unlinking a provider asks first who it is.")
def test_unlinking_needs_a_sign_in_of_a_moment_ago(upstream: Upstream, ada: User) -> None:
    browser = signed_in(ada)
    link(browser, upstream)

    with time_machine.travel(datetime.now(tz=UTC) + timedelta(minutes=6)):
        answer = browser.post(CONNECTIONS, {"account": account_of(ada)})

    assert answer["Location"].startswith("/account/reauthenticate/")
    assert linked(ada) is True


def test_unlinking_ends_the_sign_ins_by_it(upstream: Upstream, ada: User) -> None:
    browser, elsewhere = signed_in(ada), Browser()
    link(browser, upstream)
    sign_in_by(elsewhere, upstream)

    browser.post(CONNECTIONS, {"account": account_of(ada)})

    assert elsewhere.get("/account/")["Location"].startswith("/account/login/")
    assert browser.get("/account/").status_code == 200


def test_nobody_is_left_without_a_way_in(upstream: Upstream, ada: User) -> None:
    browser = signed_in(ada)
    link(browser, upstream)
    ada.set_unusable_password()
    ada.save()
    later = Browser()
    sign_in_by(later, upstream)

    page = later.post(CONNECTIONS, {"account": account_of(ada)})

    assert linked(ada) is True
    assert page.status_code == 200


def test_whom_the_provider_made_cannot_leave_it(upstream: Upstream) -> None:
    """Unlinked, with a password got by mail, they would outlive its word."""
    sign_in_by(Browser(), upstream)
    made = User.objects.get(email="ada@acme.example")
    User.objects.filter(pk=made.pk).update(password=person("x@acme.example").password)
    browser = Browser()
    sign_in_by(browser, upstream)

    page = browser.post(CONNECTIONS, {"account": account_of(made)})

    assert b"so it stays linked" in page.content
    assert linked(made) is True


def test_nobody_unlinks_another(upstream: Upstream, ada: User) -> None:
    link(signed_in(ada), upstream)
    bo, later = person("bo@acme.example"), Browser()

    signed_in(bo).post(CONNECTIONS, {"account": account_of(ada)})
    sign_in_by(later, upstream)

    assert linked(ada) is True
    assert later.get("/account/").wsgi_request.user == ada


def test_another_provider_is_no_way_in_to_fall_back_on(upstream: Upstream, ada: User) -> None:
    """Staff may switch it off at any time; a password is one's own."""
    link(signed_in(ada), upstream)
    first = account_of(ada)
    with providing() as other:
        federation("Globex", issuer=other.issuer)
        browser = signed_in(ada)
        back = urlsplit(other.agree(set_out(browser, "globex", suffix="link/")))
        browser.get(f"{back.path}?{back.query}")
        browser.post(CONFIRM)
        ada.set_unusable_password()
        ada.save()
        later = Browser()
        sign_in_by(later, other, "globex")

        page = later.post(CONNECTIONS, {"account": first})

    assert b"so it stays linked" in page.content
    assert FederatedIdentity.objects.filter(user=ada).count() == 2


def test_after_unlinking_the_account_upstream_enters_nothing(upstream: Upstream, ada: User) -> None:
    """Neither her account by its address, nor one anew beside it."""
    browser = signed_in(ada)
    link(browser, upstream)
    browser.post(CONNECTIONS, {"account": account_of(ada)})

    thief = Browser()
    answer = sign_in_by(thief, upstream)

    assert (answer.status_code, User.objects.filter(email=ada.email).count()) == (403, 1)
    assert thief.get("/account/")["Location"].startswith("/account/login/")


def test_an_account_that_is_linked_is_not_offered_again(upstream: Upstream, ada: User) -> None:
    browser = signed_in(ada)
    before = browser.get(CONNECTIONS).content.decode()

    after = link(browser, upstream).content.decode()

    assert ("Link Acme" in before, "Link Acme" in after) == (True, False)
    assert "Unlink Acme" in after


def test_links_are_changed_by_forms_of_ours_alone(ada: User) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(ada)

    answers = [
        browser.post(path).status_code
        for path in (CONNECTIONS, CONFIRM, "/account/by/acme/link/", "/account/by/acme/")
    ]

    assert answers == [403, 403, 403, 403]
