"""Partners and people in the admin: let in, held back, thrown out with evidence."""

import re
from datetime import datetime
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from apps.audit.models import Event
from apps.core.actor import Actor
from apps.governance.models import Offboarding
from apps.governance.services.offboarding import offboard_partner
from apps.identity.models import StaffRole, User
from apps.oauth.models import Client
from apps.partners.models import Partner, PartnerUser
from tests.factories.gateway import ORDERS, Caller
from tests.factories.identity import PASSWORD, staff_browser
from tests.factories.oauth import access_token, basic, machine, post_form
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
ADD = "/admin/partners/partner/add/"
READ = "purchase_orders:read"


def act(partner: Partner, name: str) -> str:
    return reverse(f"admin:partners_partner_{name}", args=[partner.pk])


def onboard_form(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "once": "a-form",
        "name": "Initech",
        "kind": "vendor",
        "contact_email": "it@initech.example",
        "projects": [str(world.office.pk)],
        "bundle": "usual",
        **changes,
    }


def token_for(client: Client, secret: str) -> Any:
    form = {"grant_type": "client_credentials", "scope": READ}
    return post_form("/oauth/token", form, authorization=basic(client, secret))


def test_onboarding_ends_with_a_secret_by_which_the_partner_calls_the_api(world: World) -> None:
    answer = staff_browser(StaffRole.ONBOARDING_OFFICER).post(ADD, onboard_form(world))

    partner = Partner.objects.get(name="Initech")
    (secret,) = re.findall(r'id="client-secret">([^<]+)<', answer.content.decode())
    token = token_for(partner.clients.get(), secret).json()["access_token"]
    assert Caller(token).get(ORDERS).status_code == 200
    assert partner.contacts.get().email == "it@initech.example"
    assert list(partner.memberships.values_list("project", flat=True)) == [world.office.pk]
    event = Event.objects.get(action="partner.onboarded")
    assert event.private["actor_label"] == "onboarding_officer@buyer.example"


@pytest.mark.parametrize(
    ("changes", "field"),
    (
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"contact_email": "nobody"}, "contact_email"),
        ({"kind": "friend"}, "kind"),
        ({"role": "viewer"}, "role"),
        ({"bundle": "chosen", "scopes": []}, "scopes"),
        ({"bundle": "chosen", "scopes": ["audit:read"], "reasons": "To look."}, "scopes"),
        ({"bundle": "chosen", "scopes": ["purchase_orders:read"]}, "reasons"),
        ({"projects": ["nonsense"]}, "projects"),
    ),
)
def test_what_cannot_be_onboarded_is_said_at_its_field_and_nothing_is_written(
    world: World, changes: dict[str, Any], field: str
) -> None:
    browser = staff_browser()
    before = Partner.objects.count()

    answer = browser.post(ADD, onboard_form(world, **changes))

    assert (answer.status_code, set(answer.context["form"].errors)) == (200, {field})
    assert (Partner.objects.count(), Client.objects.count()) == (before, 0)


def test_onboarding_sent_twice_is_done_once(world: World) -> None:
    browser = staff_browser()
    browser.post(ADD, onboard_form(world))

    browser.post(ADD, onboard_form(world))

    assert Partner.objects.filter(name="Initech").count() == 1


def test_suspending_refuses_the_partner_at_once_and_resuming_revives_nothing(world: World) -> None:
    browser, new = staff_browser(), machine(partner=world.acme, scopes=[READ])
    caller = Caller(access_token(new))
    explained = browser.get(act(world.acme, "suspend")).context["explanation"][0]

    browser.post(act(world.acme, "suspend"), {"once": "a", "reason": "unpaid bill"})
    held = caller.get(ORDERS).status_code
    browser.post(act(world.acme, "resume"), {"once": "b", "reason": "paid"})

    assert explained.startswith("Ends at once, in every process: 1 live session of")
    assert (held, caller.get(ORDERS).status_code) == (401, 401)
    assert Caller(access_token(new)).get(ORDERS).status_code == 200
    reasons = Event.objects.filter(action__startswith="partner.s") | Event.objects.filter(
        action="partner.resumed"
    )
    assert [event.data["reason"] for event in reasons.order_by("id")] == ["unpaid bill", "paid"]


def test_the_dry_run_of_an_offboarding_names_what_is_there_and_changes_nothing(
    world: World,
) -> None:
    browser, caller = (
        staff_browser(),
        Caller(access_token(machine(partner=world.acme, scopes=[READ]))),
    )

    lines = browser.get(act(world.acme, "offboard")).context["explanation"]

    assert lines == [
        "1 person: no sign-in any more",
        "1 client: disabled for good",
        "1 live session: ended",
        "1 access token: refused",
        "0 refresh tokens: refused",
        "0 unredeemed codes: refused",
        "1 project membership: no access any more",
        "0 open orders: stay as they are, for you to settle",
        "People: bo@acme.example",
        "Clients: Machine",
        "This cannot be undone. The evidence is kept, and the trail stays whole.",
    ]
    assert caller.get(ORDERS).status_code == 200
    assert Offboarding.objects.count() == 0


def test_offboarding_leads_to_evidence_that_can_be_kept(world: World) -> None:
    browser, caller = (
        staff_browser(),
        Caller(access_token(machine(partner=world.acme, scopes=[READ]))),
    )

    page = browser.post(
        act(world.acme, "offboard"), {"once": "a", "reason": "late again"}, follow=True
    )
    evidence = Offboarding.objects.get()
    report = browser.get(f"/admin/governance/offboarding/{evidence.pk}/report/")

    assert caller.get(ORDERS).status_code == 401
    assert page.request["PATH_INFO"] == f"/admin/governance/offboarding/{evidence.pk}/change/"
    body = report.json()
    assert (body["reason"], body["by"]["label"], body["sessions_ended"]) == (
        "late again",
        "administrator@buyer.example",
        1,
    )
    assert body["subject"] == {"id": world.acme.public_id, "label": "Acme"}
    assert report["Content-Disposition"] == f"attachment; filename={evidence.public_id}.json"


def test_an_offboarded_partner_offers_no_act_and_shows_the_evidence(
    world: World, operator: Actor, at: datetime
) -> None:
    offboard_partner(actor=operator, at=at, partner=world.acme, reason="late again")
    browser = staff_browser()

    page = browser.get(act(world.acme, "change"))
    again = browser.post(act(world.acme, "offboard"), {"once": "a", "reason": "twice"}, follow=True)

    assert page.context["acts"] == []
    assert "Evidence" in str(dict(page.context["facts"])["Offboarding"])
    assert (Offboarding.objects.count(), again.status_code) == (1, 200)


def test_nobody_is_offboarded_without_a_reason(world: World) -> None:
    answer = staff_browser().post(act(world.acme, "offboard"), {"once": "a", "reason": " "})

    world.acme.refresh_from_db()
    assert (set(answer.context["form"].errors), world.acme.status) == ({"reason"}, "active")


def test_a_person_added_to_a_partner_signs_in_and_acts_for_it(world: World) -> None:
    form = {
        "once": "a",
        "email": "Zoe@Acme.example",
        "name": "Zoe",
        "password": PASSWORD,
        "role": "salesperson",
    }

    staff_browser().post(act(world.acme, "add-person"), form)

    person = PartnerUser.objects.get(user__email="zoe@acme.example")
    browser = Browser()
    entered = browser.post("/account/login/", {"login": "zoe@acme.example", "password": PASSWORD})
    assert (person.partner, person.role, entered["Location"]) == (
        world.acme,
        "salesperson",
        "/account/",
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    (
        ({"email": "bo@acme.example"}, "email"),
        ({"password": "short"}, "password"),
        ({"role": "viewer"}, "role"),
    ),
)
def test_a_person_who_cannot_be_added_is_refused_at_the_field(
    world: World, changes: dict[str, str], field: str
) -> None:
    form = {"once": "a", "email": "zoe@acme.example", "password": PASSWORD, "role": "manager"}

    answer = staff_browser().post(act(world.acme, "add-person"), form | changes)

    assert set(answer.context["form"].errors) == {field}
    assert PartnerUser.objects.filter(partner=world.acme).count() == 1


def test_the_page_of_a_partner_shows_what_belongs_to_it(world: World) -> None:
    machine(partner=world.acme, scopes=[READ])
    machine(partner=world.globex, scopes=[READ])

    page = staff_browser().get(act(world.acme, "change"))

    shown = {table.title: len(table.rows) for table in page.context["tables"]}
    assert {name: shown[name] for name in ("People", "Clients", "Live sessions", "Projects")} == {
        "People": 1,
        "Clients": 1,
        "Live sessions": 0,
        "Projects": 1,
    }
    assert "Globex" not in page.content.decode().partition("<main")[2]


def test_a_member_of_staff_is_added_with_a_role_and_thrown_out_again() -> None:
    browser = staff_browser()
    form = {"once": "a", "email": "new@buyer.example", "password": PASSWORD, "staff_role": "viewer"}

    browser.post("/admin/identity/user/add/", form)
    user = User.objects.get(email="new@buyer.example")
    entered = Browser().post("/account/login/", {"login": user.email, "password": PASSWORD})
    browser.post(
        reverse("admin:identity_user_offboard", args=[user.pk]), {"once": "b", "reason": "left"}
    )

    user.refresh_from_db()
    assert [group.name for group in user.groups.all()] == ["viewer"]
    assert (entered["Location"], user.is_active) == ("/account/", False)


def test_no_page_shows_a_password_or_its_hash() -> None:
    browser = staff_browser()
    user = User.objects.get()

    pages = [
        browser.get(address).content.decode()
        for address in ("/admin/identity/user/", f"/admin/identity/user/{user.pk}/change/")
    ]

    assert [user.password in page or PASSWORD in page for page in pages] == [False, False]
