"""Whom a provider made comes in by that provider alone, and by nothing that outlives its word."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core import mail
from django.test import Client as Browser

from apps.audit.models import Event
from apps.core.errors import ForbiddenError
from apps.governance.services.federated import link_identity
from apps.governance.services.federation import deactivate_federation
from apps.identity.models import FederatedIdentity, Federation, User
from tests.conformance.compliance import conforms
from tests.factories.federation import Upstream, federation, providing, sign_in_by
from tests.factories.world import SETUP

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
REFUSED = "This account belongs to your company's provider, which alone signs you in."


@pytest.fixture
def acme() -> Iterator[Upstream]:
    with providing() as found:
        federation(issuer=found.issuer)
        yield found


@pytest.fixture
def private() -> Iterator[Upstream]:
    """Somebody's own mailbox, at a provider that staff let vouch for others."""
    with providing(sub="p-1", email="ada@mail.example") as found:
        federation("Mail", issuer=found.issuer, allowed_domains=["mail.example"])
        yield found


@pytest.fixture
def browser(acme: Upstream) -> Browser:
    """Ada's, whom Acme's provider has just made."""
    found = Browser()
    sign_in_by(found, acme)
    return found


def ada() -> User:
    return User.objects.get(email="ada@acme.example")


def whoever(browser: Browser) -> User | None:
    user = browser.get("/account/").wsgi_request.user
    return user if isinstance(user, User) else None


def told(answer: Any) -> str:
    """The newest message on the page."""
    return [str(one) for one in answer.context["messages"]][-1]


@pytest.mark.usefixtures("private")
def test_linking_is_not_offered_to_a_made_person(browser: Browser) -> None:
    page = browser.get("/account/links/").content.decode()
    answer = browser.post("/account/by/mail/link/", follow=True)

    assert "Link Mail" not in page
    assert answer.redirect_chain[-1][0] == "/account/links/"
    assert told(answer) == REFUSED


@pytest.mark.usefixtures("browser", "private")
def test_linking_a_made_person_is_refused_in_the_service() -> None:
    other = Federation.objects.get(slug="mail")
    given = {"user": ada(), "subject": "p-1", "email": "ada@mail.example"}

    with pytest.raises(ForbiddenError, match="belongs to your company's provider"):
        link_identity(actor=SETUP, at=datetime.now(tz=UTC), federation=other, **given)

    assert FederatedIdentity.objects.count() == 1


@conforms("ASVS 5 V6", "6.8.1", "A second provider does not let in whom another one made.")
def test_another_provider_linked_before_lets_no_made_person_in(
    browser: Browser, private: Upstream
) -> None:
    """As it could be linked once; the first provider is switched off now."""
    at, user = datetime.now(tz=UTC), whoever(browser)
    own, other = (Federation.objects.get(slug=slug) for slug in ("acme", "mail"))
    federated = FederatedIdentity.objects.get(user=user)
    row = {"subject": "p-1", "email": "ada@mail.example", "made_person": False}
    times = {"created_at": at, "confirmed_at": at, "asked_at": at}
    FederatedIdentity.objects.create(federation=other, user=federated.user, **row, **times)
    federated.user.socialaccount_set.create(provider="mail", uid="p-1")
    deactivate_federation(actor=SETUP, at=at, federation=own, reason="left")

    later = Browser()
    answer = sign_in_by(later, private, "mail")

    assert (answer["Location"], whoever(later)) == ("/account/login/", None)
    failed = Event.objects.filter(action="user.sign_in_failed").latest("id")
    assert failed.data == {"reason": "by a provider only"}


def test_a_made_person_cannot_set_a_password(browser: Browser) -> None:
    password = "another long password 1"
    form = {"password1": password, "password2": password}

    answer = browser.post("/account/password/set/", form, follow=True)

    assert answer.redirect_chain == [("/account/", 302)]
    assert told(answer) == REFUSED
    assert ada().has_usable_password() is False
    assert mail.outbox == []


def test_the_account_page_offers_a_made_person_no_password(browser: Browser) -> None:
    assert "Change password" not in browser.get("/account/").content.decode()


@pytest.mark.usefixtures("private")
def test_coming_back_to_link_ends_at_the_same_refusal(browser: Browser) -> None:
    """Somebody who set out to link before they were made a provider's person."""
    session = browser.session
    pending = {"federation": str(Federation.objects.get(slug="mail").pk), "user": str(ada().pk)}
    said = {"subject": "p-1", "email": "ada@mail.example", "at": datetime.now(tz=UTC).timestamp()}
    session["countersign.link"] = {**pending, **said}
    session.save()

    answer = browser.post("/account/links/confirm/", follow=True)

    assert told(answer) == REFUSED
    assert FederatedIdentity.objects.count() == 1
