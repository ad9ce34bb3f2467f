"""Taking a person's access for now: at once, everywhere, with one summary; and giving it back."""

from datetime import UTC, datetime

import pytest
from django.test import Client as Browser
from django.urls import reverse

from apps.audit.models import Event
from apps.core.actor import Actor, Origin
from apps.core.errors import ForbiddenError, InvalidTransitionError, ValidationFailedError
from apps.governance.services.deactivation import deactivate_person, reactivate_person
from apps.governance.services.offboarding import offboard_user
from apps.identity.models import StaffRole, User
from apps.oauth.models import TokenSession
from apps.oauth.selectors import live_sessions
from apps.oauth.services import open_staff_session
from apps.partners.models import Partner
from apps.partners.services import set_portal_roles
from tests.conformance.compliance import conforms
from tests.factories.governance import sessions, tokens
from tests.factories.identity import PASSWORD, staff, staff_browser
from tests.factories.oauth import machine
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

    browser.post(act(gone, "deactivate"), {"once": "a", "reason": "on leave"})
    away = User.objects.get(pk=gone.pk).is_active
    browser.post(act(gone, "reactivate"), {"once": "b", "reason": "is back"})

    assert explained[0] == "Ends at once, in every process: 1 live session."
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
