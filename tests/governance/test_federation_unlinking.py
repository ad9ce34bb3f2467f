"""Linking and unlinking: the person hears of it, and so do the applications it signed in to."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.test import Client as Browser

from apps.governance.services.federated import link_identity, unlink_identity
from apps.governance.services.federation import deactivate_federation
from apps.identity.models import FederatedIdentity, Federation, User
from apps.oauth.models import LogoutNotice, TokenSession
from apps.oauth.selectors import live_sessions
from tests.conformance.compliance import conforms
from tests.factories.factors import give_password
from tests.factories.federation import Upstream, federation, providing, set_out, sign_in_by
from tests.factories.governance import sessions
from tests.factories.oauth import authorize_query, machine, pkce, redeem, redirect_parameters
from tests.factories.openid import openid_app
from tests.factories.portal import colleague
from tests.factories.world import SETUP, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
LINKS = "/account/links/"


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with providing() as found:
        federation(issuer=found.issuer)
        yield found


@pytest.fixture
def ada(world: World) -> User:
    return colleague(world.acme, "ada@acme.example").user


@pytest.fixture
def browser(ada: User) -> Browser:
    found = Browser()
    give_password(found, ada)
    return found


def link(browser: Browser, upstream: Upstream) -> None:
    back = upstream.agree(set_out(browser, suffix="link/")).partition("/account")[2]
    browser.get(f"/account{back}")
    browser.post(f"{LINKS}confirm/")


def unlink(browser: Browser) -> None:
    browser.post(LINKS, {"account": str(SocialAccount.objects.get().pk)})


@conforms("ASVS 5 V6", "6.3.7", "Linking a provider and unlinking it is told by mail.")
def test_linking_and_unlinking_is_told_by_mail(browser: Browser, upstream: Upstream) -> None:
    link(browser, upstream)
    unlink(browser)

    linked, unlinked = mail.outbox
    assert linked.to == unlinked.to == ["ada@acme.example"]
    assert linked.subject == "[Countersign] A provider has been linked to your account"
    assert "by Acme from now on, as ada@acme.example there." in linked.body
    assert unlinked.subject == "[Countersign] A provider is linked to your account no more"
    assert "signed in to by Acme no more." in unlinked.body


def test_a_provider_that_is_switched_off_can_be_unlinked(
    browser: Browser, upstream: Upstream
) -> None:
    link(browser, upstream)
    acme = Federation.objects.get()
    deactivate_federation(actor=SETUP, at=datetime.now(tz=UTC), federation=acme, reason="over")

    unlink(browser)

    assert FederatedIdentity.objects.exists() is False
    assert "signed in to by Acme no more." in mail.outbox[-1].body


def test_unlinking_tells_the_applications_at_once(
    browser: Browser, upstream: Upstream, world: World
) -> None:
    """The other browser, by which she signed in to them, may not be seen for days."""
    link(browser, upstream)
    other, proof = Browser(), pkce()
    sign_in_by(other, upstream)
    app = openid_app(
        partner=world.acme, scopes=("openid",), backchannel_logout_uri="https://app.example/out"
    )
    page = other.get("/oauth/authorize", authorize_query(app, proof, scope="openid"))
    form = {"request_handle": page.context["request_handle"], "decision": "allow"}
    redeem(app, redirect_parameters(other.post("/oauth/authorize", form))["code"], proof)

    unlink(browser)

    session = TokenSession.objects.get(kind="user")
    assert session.ended_at is not None
    assert LogoutNotice.objects.get().session_id == session.pk


@pytest.mark.usefixtures("upstream")
def test_unlinking_ends_however_many_sessions(ada: User, world: World) -> None:
    at, acme = datetime.now(tz=UTC), Federation.objects.get()
    given = {"user": ada, "subject": "ada-1", "email": ada.email}
    link_identity(actor=SETUP, at=at, federation=acme, **given)
    sessions(501, client=machine(partner=world.acme).client, user=ada)
    TokenSession.objects.filter(user=ada).update(federation=acme)

    unlink_identity(actor=SETUP, at=at, user=ada, federation_slug=acme.slug)

    assert live_sessions(at=at).filter(user=ada).exists() is False
