"""Inviting by mail: one link, three days, once; and nobody learns who is here by inviting them."""

import re
from datetime import UTC, datetime, timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client as Browser

from apps.audit.models import Event
from apps.core.actor import Origin
from apps.core.errors import DomainError, NotFoundError
from apps.governance.models import Invitation
from apps.governance.services.deactivation import deactivate_person
from apps.governance.services.invitations import MOST_A_DAY, accept_invitation, invite_person
from apps.governance.services.people import change_person_role
from apps.identity.models import User
from apps.oauth.crypto import sha256_hex
from apps.partners.models import Partner, PartnerUser
from apps.partners.services import set_portal_roles, suspend_partner
from tests.conformance.compliance import conforms
from tests.factories.identity import PASSWORD
from tests.factories.portal import Company, browser_of, company, mailed_link
from tests.factories.threads import at_once
from tests.factories.world import SETUP, World, make_world
from tests.governance.test_portal_people import actor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
PEOPLE = "/account/people/"
INVITE = f"{PEOPLE}invite/"
ACCEPT = "/account/invitation/"
NEW = "dee@acme.example"
CHOSEN = {"password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def acme(world: World) -> Company:
    return company(world.acme, world.bo)


@pytest.fixture
def boss(acme: Company) -> Browser:
    return browser_of(acme.boss.user)


def invite(boss: Browser, email: str = NEW, role: str = "salesperson", **more: str) -> Any:
    return boss.post(INVITE, {"email": email, "role": role, "name": "Dee", **more})


def follow(path: str, browser: Browser | None = None) -> Any:
    return (browser or Browser()).get(path, follow=True)


def accept(path: str, **changes: str) -> Any:
    browser = Browser()
    browser.get(path)
    return browser.post(ACCEPT, {**CHOSEN, **changes})


def of(invitation: Invitation, act: str) -> str:
    return f"{PEOPLE}invitations/{invitation.public_id}/{act}/"


def allow(partner: Partner, *roles: str) -> None:
    set_portal_roles(actor=SETUP, at=datetime.now(tz=UTC), partner=partner, roles=roles)


def test_who_is_invited_chooses_a_password_and_acts_for_the_company(boss: Browser) -> None:
    invite(boss)
    link = mailed_link()
    before = User.objects.filter(email=NEW).exists()

    shown = follow(link)
    answer = accept(link)

    user = User.objects.get(email=NEW)
    assert (before, shown.status_code, answer["Location"]) == (False, 200, "/account/login/")
    assert (user.name, user.partner_user.role, user.check_password(PASSWORD)) == (
        "Dee",
        "salesperson",
        True,
    )
    signed_in = Browser().post("/account/login/", {"login": NEW, "password": PASSWORD})
    assert signed_in["Location"] == "/account/"
    actions = Event.objects.filter(action__startswith="invitation.").order_by("id")
    assert [event.action for event in actions] == ["invitation.sent", "invitation.accepted"]


def test_the_secret_is_kept_as_a_hash_and_stands_in_no_event_and_in_no_shown_address(
    boss: Browser,
) -> None:
    invite(boss)
    link = mailed_link()
    secret = link.rstrip("/").rpartition("/")[2]

    page = follow(link)

    assert Invitation.objects.get().token_sha256 == sha256_hex(secret)
    assert secret not in str(list(Event.objects.values()))
    assert page.request["PATH_INFO"] == ACCEPT
    assert secret not in page.content.decode()


@conforms("ASVS 5 V6", "6.4.1", "The link of an invitation sets a password once.")
def test_following_the_link_uses_nothing_up_and_accepting_does(boss: Browser) -> None:
    invite(boss)
    link = mailed_link()
    follow(link)
    follow(link)

    first, second = accept(link), accept(link)

    assert (first.status_code, second.status_code) == (302, 404)
    assert User.objects.filter(email=NEW).count() == 1


def test_a_weak_password_is_refused_and_the_link_still_works(boss: Browser) -> None:
    invite(boss)
    link = mailed_link()

    weak = accept(link, password1="password", password2="password")
    unequal = accept(link, password2="something else entirely")

    assert [weak.status_code, unequal.status_code] == [200, 200]
    assert not User.objects.filter(email=NEW).exists()
    assert accept(link).status_code == 302


@conforms("ASVS 5 V6", "6.4.1", "The link of an invitation is random and ends after three days.")
def test_the_link_ends_after_three_days(boss: Browser, at: datetime) -> None:
    invite(boss)
    link = mailed_link()
    sent = Invitation.objects.get()
    assert sent.expires_at - sent.sent_at == timedelta(days=3)
    Invitation.objects.update(expires_at=at)

    assert (follow(link).status_code, accept(link).status_code) == (404, 404)
    assert "Too old" in boss.get(PEOPLE).content.decode()


def test_sending_again_replaces_the_link_and_is_not_done_twice_at_once(boss: Browser) -> None:
    invite(boss)
    first = mailed_link()
    early = boss.post(of(Invitation.objects.get(), "resend"), follow=True)
    Invitation.objects.update(sent_at=datetime.now(tz=UTC) - timedelta(minutes=6))

    boss.post(of(Invitation.objects.get(), "resend"))
    second = mailed_link()

    assert "It was sent a moment ago" in early.content.decode()
    assert len(mail.outbox) == 2
    assert (accept(first).status_code, accept(second).status_code) == (404, 302)


def test_an_invitation_taken_back_leads_nowhere(boss: Browser) -> None:
    invite(boss)
    link = mailed_link()

    boss.post(of(Invitation.objects.get(), "cancel"))

    assert (follow(link).status_code, accept(link).status_code) == (404, 404)
    assert Event.objects.filter(action="invitation.cancelled").count() == 1
    Invitation.objects.update(sent_at=datetime.now(tz=UTC) - timedelta(minutes=6))
    assert invite(boss).status_code == 302


def test_taking_back_and_inviting_again_sends_no_second_mail_at_once(boss: Browser) -> None:
    invite(boss)
    boss.post(of(Invitation.objects.get(), "cancel"))

    early = invite(boss)
    Invitation.objects.update(sent_at=datetime.now(tz=UTC) - timedelta(minutes=6))
    later = invite(boss)

    assert (early.status_code, set(early.context["form"].errors)) == (200, {"email"})
    assert (later.status_code, len(mail.outbox)) == (302, 2)


def test_a_link_that_leads_nowhere_makes_no_session() -> None:
    answers = [Browser().get(f"{ACCEPT}{number}/") for number in range(3)]

    assert {answer.status_code for answer in answers} == {404}
    assert Session.objects.count() == 0


@pytest.mark.parametrize("path", ("x", "%00", "%ff", "x" * 5000, "..", "a%2fb"))
def test_a_made_up_link_is_not_found(path: str) -> None:
    answer = follow(f"{ACCEPT}{path}/")

    assert answer.status_code == 404


def strip(page: Any, email: str) -> str:
    """The page but for the address and what differs from page to page anyway."""
    text = page.content.decode().replace(email, "…")
    text = re.sub(r'(value|href|action)="[^"]*"', "", text)
    return re.sub(r"\d+ \w+ \d{4}, \d\d:\d\d", "", text)


@conforms(
    "ASVS 5 V6", "6.3.8", "Inviting an address does not tell whether somebody signs in with it."
)
@pytest.mark.parametrize("taken", ("cy@globex.example", "CY@Globex.Example", "staff@buyer.example"))
def test_who_is_here_already_is_not_found_out_by_inviting(
    world: World, boss: Browser, taken: str
) -> None:
    User.objects.create_user(
        "staff@buyer.example", PASSWORD, is_staff=True, created_at=datetime.now(tz=UTC)
    )
    stranger = boss.post(INVITE, {"email": NEW, "role": "manager"}, follow=True)
    boss.post(of(Invitation.objects.get(), "cancel"))
    boss.get(PEOPLE)

    known = boss.post(INVITE, {"email": taken, "role": "manager"}, follow=True)

    assert strip(known, taken.lower()) == strip(stranger, NEW)
    assert mail.outbox[-1].to == [taken.lower()]
    assert re.findall(r"https?://\S+", str(mail.outbox[-1].body)) == []
    assert "Globex" not in str(mail.outbox[-1].body)
    assert PartnerUser.objects.get(user=world.cy).partner == world.globex


def test_a_link_to_an_address_that_signs_in_here_changes_nothing(
    world: World, acme: Company, at: datetime
) -> None:
    """The mail has no link; whoever had the secret all the same takes nobody over."""
    made = invite_person(
        actor=actor(acme.boss), at=at, partner=acme.partner, email=world.cy.email, role="admin"
    )

    with pytest.raises(DomainError):
        accept_invitation(origin=Origin(), at=at, token=made.token, password=PASSWORD + "!")

    cy = User.objects.get(pk=world.cy.pk)
    assert (cy.password, cy.partner_user.partner) == (world.cy.password, world.globex)
    assert Invitation.objects.get().accepted_at is None


@pytest.mark.parametrize(
    ("changes", "field"),
    (
        ({"email": "nobody"}, "email"),
        ({"email": "bo@acme.example"}, "email"),
        ({"email": "a\x00b@acme.example"}, "email"),
        ({"email": "x" * 250 + "@a.example"}, "email"),
        ({"role": "approver_admin"}, "role"),
        ({"role": "admin\x00"}, "role"),
        ({"name": "x" * 201}, "name"),
    ),
)
def test_what_cannot_be_invited_is_said_at_its_field(
    boss: Browser, changes: dict[str, str], field: str
) -> None:
    answer = boss.post(INVITE, {"email": NEW, "role": "manager", "name": "", **changes})

    assert (answer.status_code, set(answer.context["form"].errors)) == (200, {field})
    assert (Invitation.objects.count(), mail.outbox) == (0, [])


def test_a_role_staff_do_not_allow_is_not_invited_to_nor_accepted(
    acme: Company, boss: Browser
) -> None:
    invite(boss, role="admin")
    link = mailed_link()
    allow(acme.partner, "salesperson")

    forged = invite(boss, email="eve@acme.example", role="admin")

    assert (forged.status_code, accept(link).status_code) == (200, 404)
    assert not User.objects.filter(email=NEW).exists()


def test_an_address_is_invited_once_at_a_time(boss: Browser) -> None:
    invite(boss)

    again = invite(boss, email=NEW.upper())

    assert (again.status_code, set(again.context["form"].errors)) == (200, {"__all__"})
    assert len(mail.outbox) == 1


def test_the_portal_is_no_way_to_send_mail_to_the_world(acme: Company, boss: Browser) -> None:
    now = datetime.now(tz=UTC)
    Invitation.objects.bulk_create(
        Invitation(
            partner=acme.partner, email=f"p{n}@a.example", role="manager", token_sha256=str(n),
            invited_by=acme.boss.user, created_at=now, sent_at=now, expires_at=now,
            cancelled_at=now,
        )
        for n in range(MOST_A_DAY)
    )  # fmt: skip

    answer = invite(boss)

    said = answer.context["form"].non_field_errors()
    assert said == ["These are enough invitations for one day."]
    assert mail.outbox == []


def test_what_the_inviter_types_is_not_in_the_mail(boss: Browser) -> None:
    invite(boss, name="Win a prize at https://evil.example")

    assert "evil.example" not in str(mail.outbox[0].body)


def test_invitations_end_with_the_access_of_who_sent_them(
    acme: Company, boss: Browser, at: datetime
) -> None:
    invite(boss)
    link = mailed_link()

    counts = deactivate_person(actor=SETUP, at=at, user=acme.boss.user, reason="left")

    assert (counts["invitations"], accept(link).status_code) == (1, 404)


def test_invitations_end_with_the_role_of_who_sent_them(
    acme: Company, boss: Browser, at: datetime
) -> None:
    invite(boss)
    link = mailed_link()

    change_person_role(actor=actor(acme.deputy), at=at, person=acme.boss, role="manager")

    assert accept(link).status_code == 404


def test_a_suspended_company_takes_nobody_in(acme: Company, boss: Browser, at: datetime) -> None:
    invite(boss)
    link = mailed_link()

    suspend_partner(actor=SETUP, at=at, partner=acme.partner, reason="unpaid")

    assert accept(link).status_code == 404


def test_accepting_signs_nobody_in_and_somebody_else_out(boss: Browser, world: World) -> None:
    invite(boss)
    theirs = browser_of(world.cy)
    theirs.get(mailed_link())

    answer = theirs.post(ACCEPT, CHOSEN, follow=True)

    assert answer.wsgi_request.path == "/account/login/"
    assert not answer.wsgi_request.user.is_authenticated


@pytest.mark.django_db(transaction=True)
def test_of_many_who_follow_one_link_at_once_one_is_made() -> None:
    acme = company((world := make_world()).acme, world.bo)
    at = datetime.now(tz=UTC)
    made = invite_person(
        actor=actor(acme.boss), at=at, partner=acme.partner, email=NEW, role="manager"
    )

    def take() -> str:
        try:
            accept_invitation(origin=Origin(), at=at, token=made.token, password=PASSWORD)
        except NotFoundError:
            return "refused"
        return "done"

    outcomes = at_once(*[take] * 4)

    assert sorted(outcomes) == ["done", "refused", "refused", "refused"]
    assert User.objects.filter(email=NEW).count() == 1


# --- A mail server that does not take it ----------------------------------------------------------


def refuse_mail(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def send_messages(*_args: object) -> int:
        raise error

    monkeypatch.setattr(EmailBackend, "send_messages", send_messages)


@pytest.mark.parametrize("error", (SMTPServerDisconnected("gone"), ConnectionRefusedError()))
def test_mail_that_cannot_be_sent_loses_nothing_and_may_be_sent_again_at_once(
    boss: Browser, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    with monkeypatch.context() as patch:
        refuse_mail(patch, error)
        failed = boss.post(INVITE, {"email": NEW, "role": "salesperson", "name": ""}, follow=True)
    invitation = Invitation.objects.get()
    lost = invitation.token_sha256

    answer = boss.post(of(invitation, "resend"), follow=True)

    invitation.refresh_from_db()
    page = failed.content.decode()
    assert (failed.status_code, "could not be sent" in page, "is invited." in page) == (
        200,
        True,
        False,
    )
    assert "Not sent" in page
    assert f"{NEW} is invited again." in answer.content.decode()
    assert (invitation.token_sha256 != lost, invitation.mail_failed_at) == (True, None)
    assert accept(mailed_link())["Location"] == "/account/login/"


def test_mail_that_fails_again_is_said_again(
    boss: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    invite(boss)
    Invitation.objects.update(sent_at=datetime.now(tz=UTC) - timedelta(hours=1))
    refuse_mail(monkeypatch, TimeoutError())

    answer = boss.post(of(Invitation.objects.get(), "resend"), follow=True)

    assert "could not be sent" in answer.content.decode()
    assert Invitation.objects.get().mail_failed_at is not None
