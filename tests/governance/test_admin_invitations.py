"""Invitations on the staff's pages: what became of them, and taking one back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from apps.audit.models import Event
from apps.core.errors import NotFoundError
from apps.governance.models import Invitation
from apps.governance.selectors import invited_by_token
from tests.factories.identity import staff_browser
from tests.factories.portal import Company, browser_of, company, mailed_link
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
NEW = "dee@acme.example"


def now() -> datetime:
    return datetime.now(tz=UTC)


@pytest.fixture
def acme(world: World) -> Company:
    return company(world.acme, world.bo)


@pytest.fixture
def invitation(acme: Company) -> Invitation:
    boss = browser_of(acme.boss.user)
    boss.post("/account/people/invite/", {"email": NEW, "role": "salesperson", "name": ""})
    return Invitation.objects.get()


def page(invitation: Invitation, name: str) -> str:
    return reverse(f"admin:governance_invitation_{name}", args=[invitation.pk])


def withdraw(browser: Browser, invitation: Invitation, reason: str = "never met them") -> Any:
    return browser.post(page(invitation, "withdraw"), {"once": "a", "reason": reason}, follow=True)


def test_withdrawn_invitation_leads_nowhere_and_the_trail_says_why(invitation: Invitation) -> None:
    link = mailed_link()

    answer = withdraw(staff_browser(), invitation)

    event = Event.objects.get(action="invitation.cancelled")
    assert "Its link works no more." in answer.content.decode()
    assert Browser().get(link, follow=True).status_code == 404
    assert event.data == {"role": "salesperson", "reason": "never met them"}
    with pytest.raises(NotFoundError):
        invited_by_token(link.split("/")[-2], at=now())


def test_invitation_is_not_withdrawn_without_a_reason(invitation: Invitation) -> None:
    answer = withdraw(staff_browser(), invitation, reason=" ")

    invitation.refresh_from_db()
    assert set(answer.context["form"].errors) == {"reason"}
    assert invitation.cancelled_at is None


def test_two_who_take_it_back_at_once_are_told_of_each_other(invitation: Invitation) -> None:
    browser = staff_browser()
    Invitation.objects.update(cancelled_at=now())

    withdraw(browser, invitation)

    assert Event.objects.filter(action="invitation.cancelled").count() == 0


@pytest.mark.parametrize(
    ("changes", "state"),
    (
        ({}, "open"),
        ({"accepted_at": now()}, "accepted"),
        ({"cancelled_at": now()}, "withdrawn"),
        ({"expires_at": now() - timedelta(days=1)}, "expired"),
        ({"mail_failed_at": now()}, "not sent"),
    ),
)
def test_page_says_what_became_of_it_and_shows_no_hash(
    invitation: Invitation, changes: dict[str, datetime], state: str
) -> None:
    Invitation.objects.update(**changes)

    shown = staff_browser().get(page(invitation, "change"))

    assert f">{state}<" in dict(shown.context["facts"])["State"]
    assert invitation.token_sha256 not in shown.content.decode()
