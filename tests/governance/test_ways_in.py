"""Staff help somebody who cannot get in any more, and get no way in by it themselves."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core import mail
from django.test import Client as Browser

from apps.audit.models import Event
from apps.core.actor import Actor
from apps.core.errors import ForbiddenError, InvalidTransitionError
from apps.governance.services.federation import deactivate_federation
from apps.governance.services.ways_in import OWN, detach_from_provider, reset_second_factors
from apps.identity.models import FederatedIdentity, Federation, StaffRole, User
from apps.identity.policy.actors import person_actor
from apps.oauth.models import TokenSession
from tests.conformance.compliance import conforms
from tests.factories.factors import app_of, give_code, give_password
from tests.factories.federation import Upstream, federation, providing, sign_in_by
from tests.factories.identity import staff, staff_browser
from tests.factories.world import SETUP, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
PASSWORD = "a password chosen by mail"
RESET = "/account/password/reset/"


def do(browser: Browser, user: User, act: str) -> Any:
    address = f"/admin/identity/user/{user.pk}/{act}/"
    form = browser.get(address).context["form"]
    return browser.post(address, {"reason": "asked", "once": form.fields["once"].initial})


def actor_for(user: User) -> Actor:
    return person_actor(user, SETUP.origin)


def is_in(browser: Browser) -> bool:
    return browser.get("/account/").status_code == 200


@pytest.fixture
def ada(upstream: Upstream) -> User:
    """Whom the provider made."""
    sign_in_by(Browser(), upstream)
    return User.objects.get(email="ada@acme.example")


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with providing() as found:
        federation(issuer=found.issuer)
        yield found


def switch_off() -> None:
    acme, at = Federation.objects.get(), datetime.now(tz=UTC)
    deactivate_federation(actor=SETUP, at=at, federation=acme, reason="gone for good")


@conforms("ASVS 5 V6", "6.4.4", "A lost factor is reset by staff, with a reason, and told by mail.")
def test_a_lost_second_factor_is_reset_by_an_officer() -> None:
    user, theirs = person("bo@acme.example"), Browser()
    app = app_of(user)
    give_password(theirs, user)
    give_code(theirs, app.code())
    before = is_in(theirs)

    do(staff_browser(StaffRole.SECURITY_OFFICER), user, "reset-factors")

    assert (before, is_in(theirs)) == (True, False)
    assert Authenticator.objects.filter(user=user).exists() is False
    event = Event.objects.get(action="user.mfa_reset")
    assert event.data == {"reason": "asked", "factors": ["recovery_codes", "totp"]}
    (told,) = mail.outbox
    assert (told.to, told.subject) == (
        ["bo@acme.example"],
        "[Countersign] Your second factors have been reset",
    )
    again = Browser()
    give_password(again, user)
    assert is_in(again)


@pytest.mark.parametrize(
    "role", (StaffRole.VIEWER, StaffRole.ONBOARDING_OFFICER, StaffRole.PROCUREMENT_MANAGER)
)
def test_resetting_is_for_officers_and_administrators(role: StaffRole) -> None:
    user = person("bo@acme.example")
    app_of(user)

    answer = staff_browser(role).post(f"/admin/identity/user/{user.pk}/reset-factors/")

    assert (answer.status_code, Authenticator.objects.filter(user=user).count()) == (403, 2)


def test_nobody_resets_their_own_factors() -> None:
    user = staff()
    app_of(user)

    with pytest.raises(ForbiddenError) as refused:
        reset_second_factors(
            actor=actor_for(user), at=datetime.now(tz=UTC), user=user, reason="lost"
        )

    assert (str(refused.value), Authenticator.objects.count()) == (OWN, 2)


def test_resetting_needs_a_factor(at: datetime) -> None:
    user = person("bo@acme.example")

    with pytest.raises(InvalidTransitionError, match="no second factor"):
        reset_second_factors(actor=SETUP, at=at, user=user, reason="lost")


def test_people_of_a_provider_that_is_gone_get_a_password(ada: User, upstream: Upstream) -> None:
    switch_off()

    do(staff_browser(), ada, "detach")
    link = f"{settings.PUBLIC_URL}{RESET}"
    Browser().post(RESET, {"email": ada.email})
    (chosen,) = re.findall(r"https?://\S+", str(mail.outbox[-1].body))
    theirs = Browser()
    form = theirs.get(chosen.removeprefix(settings.PUBLIC_URL), follow=True).request["PATH_INFO"]
    theirs.post(form, {"password1": PASSWORD, "password2": PASSWORD})
    give_password(theirs, ada, PASSWORD)

    assert (mail.outbox[0].to, link in mail.outbox[0].body) == ([ada.email], True)
    assert is_in(theirs)
    event = Event.objects.filter(action="user.unlinked").get()
    assert event.data["reason"] == "asked"
    assert sign_in_refused(upstream)


def sign_in_refused(upstream: Upstream) -> bool:
    """Also once the provider is back: the account is not its any more."""
    Federation.objects.update(is_active=True)
    return sign_in_by(Browser(), upstream).status_code == 403


def test_what_they_had_before_ends(ada: User, upstream: Upstream) -> None:
    theirs = Browser()
    sign_in_by(theirs, upstream)
    theirs.get("/admin/")
    User.objects.filter(pk=ada.pk).update(password="hash of one got by mail")
    Federation.objects.update(is_active=False)

    detach_from_provider(actor=SETUP, at=datetime.now(tz=UTC), user=ada, reason="gone")

    assert User.objects.get(pk=ada.pk).has_usable_password() is False
    assert (is_in(theirs), TokenSession.objects.get().ended_at is None) == (False, False)


def test_people_of_a_provider_that_is_on_stay_its(ada: User) -> None:
    page = staff_browser().get(f"/admin/identity/user/{ada.pk}/change/").content.decode()

    with pytest.raises(InvalidTransitionError, match="No provider that is switched off"):
        detach_from_provider(actor=SETUP, at=datetime.now(tz=UTC), user=ada, reason="gone")

    assert "Give another way in" not in page
    assert FederatedIdentity.objects.exists()


def test_detaching_is_for_administrators(ada: User) -> None:
    switch_off()

    browser = staff_browser(StaffRole.SECURITY_OFFICER)

    assert browser.post(f"/admin/identity/user/{ada.pk}/detach/").status_code == 403
