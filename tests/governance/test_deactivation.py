"""Taking a person's access for now: at once, everywhere, with one summary; and giving it back."""

from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client as Browser
from django.urls import reverse

from apps.audit.models import Event
from apps.core.actor import Actor, Origin
from apps.core.errors import ForbiddenError, InvalidTransitionError, ValidationFailedError
from apps.governance.selectors import plan_deactivation
from apps.governance.services.deactivation import deactivate_person, reactivate_person
from apps.governance.services.offboarding import offboard_user
from apps.identity.models import StaffRole, User
from apps.oauth.models import Client, TokenSession
from apps.oauth.selectors import live_sessions
from apps.oauth.services import open_staff_session
from apps.partners.models import Partner
from apps.partners.services import set_portal_roles
from tests.conformance.compliance import conforms
from tests.factories.governance import sessions, tokens
from tests.factories.identity import PASSWORD, staff, staff_browser
from tests.factories.oauth import machine
from tests.factories.portal import invited
from tests.factories.world import SETUP, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


def act(user: User, name: str) -> str:
    return reverse(f"admin:identity_user_{name}", args=[user.pk])


def test_the_summary_counts_what_ended(world: World, at: datetime) -> None:
    client = machine(partner=world.acme, scopes=["purchase_orders:read"]).client
    first, _second = sessions(2, client=client, user=world.bo)
    tokens(first)
    Browser().post("/account/login/", {"login": world.bo.email, "password": PASSWORD})

    counts = deactivate_person(actor=SETUP, at=at, user=world.bo, reason="on leave")

    assert counts == {
        "sessions": 2,
        "access_tokens": 1,
        "refresh_tokens": 1,
        "authorization_codes": 0,
        "owned_clients": 0,
        "sign_ins": 1,
        "invitations": 0,
    }
    assert User.objects.get(pk=world.bo.pk).not_before > at
    event = Event.objects.get(action="user.deactivated")
    assert (event.subject_id, event.data) == (
        world.bo.public_id,
        {"reason": "on leave", "counts": counts},
    )
    reasons = TokenSession.objects.filter(user=world.bo).values_list("end_reason", flat=True)
    assert set(reasons) == {"person deactivated: on leave"}


def test_the_page_counts_what_deactivating_then_ends(world: World, operator: Actor) -> None:
    client = machine(partner=world.acme, scopes=["purchase_orders:read"]).client
    Client.objects.filter(pk=client.pk).update(user=world.bo)
    first, _second = sessions(2, client=client, user=world.bo)
    tokens(first)
    for _ in range(3):
        signed_in = Browser()
        signed_in.post("/account/login/", {"login": world.bo.email, "password": PASSWORD})
    at = datetime.now(tz=UTC)
    invited(world.acme, world.bo, at + timedelta(days=3))
    standing = Authenticator.objects.create(user=world.bo, type="totp", data={"secret": ""})

    said = staff_browser().get(act(world.bo, "deactivate")).context["explanation"]
    planned = plan_deactivation(world.bo, at=at)
    counts = deactivate_person(actor=operator, at=at, user=world.bo, reason="on leave")

    at_once = "2 live sessions, with 1 access token, 1 refresh token and 0 unredeemed codes"
    assert said[:4] == (
        f"Ends at once, in every process: {at_once}.",
        "Ends 3 sign-ins in browsers, and takes back 1 invitation that they sent.",
        "1 owned client: go on working.",
        "Their passkeys and other ways to sign in stay, for when they come back.",
    )
    assert counts == planned
    # What the page says stays is still there, and what it says ends is not.
    assert Authenticator.objects.filter(pk=standing.pk).exists()
    assert Client.objects.get(pk=client.pk).status == "active"
    assert plan_deactivation(world.bo, at=datetime.now(tz=UTC)) == {
        **dict.fromkeys(counts, 0), "owned_clients": 1,
    }  # fmt: skip


@conforms("ASVS 5 V7", "7.4.2", "Whose access is taken is signed out everywhere.")
def test_a_sign_in_ends_and_does_not_come_back_with_the_access(
    world: World, operator: Actor, at: datetime
) -> None:
    browser = Browser()
    browser.post("/account/login/", {"login": world.bo.email, "password": PASSWORD})
    before = browser.get("/account/").status_code

    deactivate_person(actor=operator, at=at, user=world.bo, reason="on leave")
    away = browser.get("/account/").status_code
    reactivate_person(actor=operator, at=at, user=world.bo, reason="is back")

    assert (before, away, browser.get("/account/").status_code) == (200, 302, 302)
    again = browser.post("/account/login/", {"login": world.bo.email, "password": PASSWORD})
    assert again["Location"] == "/account/"


def test_a_cookie_that_was_not_used_while_away_does_not_come_back_either(
    world: World, operator: Actor, at: datetime
) -> None:
    """The listing of sign-ins may lack it; the fence is in what a sign-in must match."""
    browser = Browser()
    browser.force_login(world.bo)
    world.bo.usersession_set.all().delete()

    deactivate_person(actor=operator, at=at, user=world.bo, reason="on leave")
    reactivate_person(actor=operator, at=at, user=world.bo, reason="is back")

    assert browser.get("/account/").status_code == 302


@conforms(
    "ASVS 5 V7",
    "7.4.2",
    "Sessions of a person whose access was taken stay dead when it is given back.",
)
def test_token_sessions_from_before_do_not_come_back(
    world: World, operator: Actor, at: datetime
) -> None:
    client = machine(partner=world.acme, scopes=["purchase_orders:read"]).client
    sessions(1, client=client, user=world.bo)

    deactivate_person(actor=operator, at=at, user=world.bo, reason="on leave")
    TokenSession.objects.update(ended_at=None)  # As if the batches had been cut off.
    reactivate_person(actor=operator, at=at, user=world.bo, reason="is back")

    assert live_sessions(at=datetime.now(tz=UTC)).filter(user=world.bo).count() == 0


def test_it_takes_a_reason_somebody_active_and_somebody_else(
    world: World, operator: Actor, at: datetime
) -> None:
    bo = {"actor": operator, "at": at, "user": world.bo}
    with pytest.raises(ValidationFailedError):
        deactivate_person(**bo, reason=" ")
    with pytest.raises(InvalidTransitionError):
        reactivate_person(**bo, reason="is here")
    deactivate_person(**bo, reason="on leave")
    with pytest.raises(InvalidTransitionError):
        deactivate_person(**bo, reason="again")
    offboard_user(**bo, reason="for good")
    with pytest.raises(InvalidTransitionError):
        reactivate_person(**bo, reason="please")
    own = Actor(kind=operator.kind, id="x", label="x", user_id=world.cy.pk)
    with pytest.raises(ForbiddenError):
        deactivate_person(actor=own, at=at, user=world.cy, reason="myself")


def test_staff_take_access_and_give_it_back_in_the_admin(at: datetime) -> None:
    browser, gone = staff_browser(StaffRole.SECURITY_OFFICER), staff(StaffRole.VIEWER)
    open_staff_session(user=gone, at=at, origin=Origin())
    explained = browser.get(act(gone, "deactivate")).context["explanation"]

    told = browser.post(act(gone, "deactivate"), {"once": "a", "reason": "on leave"}, follow=True)
    away = User.objects.get(pk=gone.pk).is_active
    browser.post(act(gone, "reactivate"), {"once": "b", "reason": "is back"})

    at_once = "1 live session, with 0 access tokens, 0 refresh tokens and 0 unredeemed codes"
    assert explained[:3] == (
        f"Ends at once, in every process: {at_once}.",
        "Ends 0 sign-ins in browsers, and takes back 0 invitations that they sent.",
        "0 owned clients: go on working.",
    )
    ended = "1 live session and 0 sign-ins ended, 0 invitations taken back"
    assert [str(message) for message in told.context["messages"]] == [
        f"{gone} has no access from now on: {ended}."
    ]
    assert (away, User.objects.get(pk=gone.pk).is_active) == (False, True)
    assert live_sessions(at=datetime.now(tz=UTC)).filter(user=gone).count() == 0
    assert Event.objects.filter(action__in=("user.deactivated", "user.reactivated")).count() == 2


def test_staff_say_what_a_partners_admins_may_give(world: World) -> None:
    browser = staff_browser()
    page = reverse("admin:partners_partner_portal-roles", args=[world.acme.pk])
    shown = browser.get(page).context["form"].fields["roles"]

    browser.post(page, {"once": "a", "roles": ["salesperson"]})

    assert [value for value, _label in shown.choices] == ["salesperson", "manager", "admin"]
    assert Partner.objects.get(pk=world.acme.pk).portal_roles == ["salesperson"]
    event = Event.objects.get(action="partner.portal_roles_changed")
    assert event.data == {"from": ["admin", "manager", "salesperson"], "to": ["salesperson"]}


def test_a_vendor_is_never_given_the_buyers_roles_to_give(
    world: World, operator: Actor, at: datetime
) -> None:
    with pytest.raises(ValidationFailedError):
        set_portal_roles(actor=operator, at=at, partner=world.acme, roles=["approver_admin"])

    assert "approver_admin" not in Partner.objects.get(pk=world.acme.pk).portal_roles
