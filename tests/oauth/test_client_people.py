"""Whom a client may act for: the buyer's own for the buyer's people, unless staff say otherwise."""

import json
from datetime import UTC, datetime
from importlib import import_module
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.urls import reverse

from apps.audit.models import Event
from apps.core.errors import ValidationFailedError
from apps.identity.models import StaffRole, User
from apps.oauth.models import Client
from apps.oauth.models.clients import ClientPeople
from apps.oauth.services import NewClient, change_client
from apps.partners.models import Role
from tests.conformance.stage import claims_in
from tests.factories.identity import staff, staff_browser
from tests.factories.oauth import authorize_query, redirect_parameters, refresh, web_app
from tests.factories.oauth import pkce as proof
from tests.factories.openid import openid_app, tokens_for
from tests.factories.portal import browser_of, colleague
from tests.factories.world import SETUP, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
ADD = "/admin/oauth/client/add/"
BUYER, PARTNER, EVERYONE = ClientPeople.BUYER, ClientPeople.PARTNER, ClientPeople.EVERYONE


def intranet(people: ClientPeople | None = None) -> NewClient:
    return openid_app(scopes=("openid", "email", "offline_access", "rfps:read"), people=people)


def answer(user: User, new: NewClient) -> str:
    """`consent` where they are asked, or the error that the application is told."""
    page = browser_of(user).get("/oauth/authorize", authorize_query(new, proof()))
    return "consent" if page.status_code == 200 else redirect_parameters(page)["error"]


def change(new: NewClient, people: ClientPeople) -> None:
    change_client(actor=SETUP, at=datetime.now(tz=UTC), client=new.client, people=people)


def fault(error: pytest.ExceptionInfo[ValidationFailedError]) -> list[tuple[str, str]]:
    return [(one.pointer, one.code) for one in error.value.errors]


def test_no_vendors_person_signs_in_to_what_asks_the_buyers_people_who_they_are(
    world: World,
) -> None:
    app = openid_app(people=None)
    erps = colleague(world.erp, "eve@erp.example", Role.VIEWER).user

    assert app.client.people == BUYER
    assert [answer(user, app) for user in (world.bo, world.cy, erps)] == ["access_denied"] * 3
    assert answer(staff(StaffRole.VIEWER), app) == "consent"


@pytest.mark.parametrize("role", (StaffRole.ONBOARDING_OFFICER, StaffRole.SECURITY_OFFICER))
def test_staff_without_a_role_at_the_buyer_say_who_they_are_and_nothing_more(
    world: World, role: StaffRole
) -> None:
    ann, app = staff(role), intranet()
    world.office.members.create(user=ann, valid_from=ann.created_at)

    given = tokens_for(ann, app)

    assert sorted(given["scope"].split()) == ["email", "openid"]
    assert claims_in(given["id_token"])["sub"] == ann.public_id


def test_staff_without_a_role_give_nothing_to_the_application_of_a_partner(world: World) -> None:
    assert answer(staff(StaffRole.SECURITY_OFFICER), web_app(partner=world.erp)) == "access_denied"


def test_application_for_everybody_takes_a_vendors_person(world: World) -> None:
    assert answer(world.bo, intranet(EVERYONE)) == "consent"


@pytest.mark.parametrize(
    ("owner", "usual"), (("acme", PARTNER), ("erp", EVERYONE)), ids=("vendor", "integration")
)
def test_client_of_a_partner_is_for_whom_it_usually_is(
    world: World, owner: str, usual: ClientPeople
) -> None:
    app = web_app(partner=getattr(world, owner))

    assert app.client.people == usual
    assert answer(world.bo, app) == "consent"
    assert answer(world.cy, app) == ("access_denied" if usual == PARTNER else "consent")


def test_application_of_an_integration_partner_may_be_for_its_own_people(world: World) -> None:
    app = web_app(partner=world.erp, people=PARTNER)
    own = colleague(world.erp, "eve@erp.example", Role.VIEWER).user

    assert (answer(own, app), answer(world.bo, app)) == ("consent", "access_denied")


@pytest.mark.parametrize(
    ("owner", "people"), ((None, PARTNER), ("acme", BUYER), ("acme", EVERYONE))
)
def test_client_is_never_for_whom_it_cannot_be_for(
    world: World, owner: str | None, people: ClientPeople
) -> None:
    partner = getattr(world, owner) if owner else None

    with pytest.raises(ValidationFailedError) as registered:
        web_app(partner=partner, people=people)
    with pytest.raises(ValidationFailedError) as changed:
        change(web_app(partner=partner), people)

    assert fault(registered) == fault(changed) == [("/people", "not-allowed")]


def test_narrowing_whom_a_client_is_for_ends_the_refreshing_of_the_others(world: World) -> None:
    app, ann = intranet(EVERYONE), staff(StaffRole.VIEWER)
    world.office.members.create(user=ann, valid_from=ann.created_at)
    theirs, ours = tokens_for(world.bo, app), tokens_for(ann, app)

    change(app, BUYER)

    refused = refresh(app, theirs["refresh_token"])
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert refresh(app, ours["refresh_token"]).status_code == 200
    data = Event.objects.get(action="client.changed").data
    assert (data["before"]["people"], data["after"]["people"]) == ("everyone", "buyer")


@pytest.mark.parametrize(
    ("given", "people"),
    (
        (("--scope", "openid"), "buyer"),
        (("--scope", "openid", "--people", "everyone"), "everyone"),
        (("--scope", "openid", "--scope", "purchase_orders:read"), "everyone"),
        (("--scope", "purchase_orders:read", "--people", "buyer"), "buyer"),
    ),
)
def test_create_client_says_whom_it_is_for(given: tuple[str, ...], people: str) -> None:
    out = StringIO()
    call_command(
        "create_client", "--internal", "--name", "Intranet", "--auth", "client_secret_basic",
        "--grant", "authorization_code",
        "--redirect-uri", "https://app.example/callback", *given, "--json", stdout=out,
    )  # fmt: skip

    assert Client.objects.get(client_id=json.loads(out.getvalue())["client_id"]).people == people


def test_staff_choose_whom_a_client_is_for_and_change_it(world: World) -> None:
    browser = staff_browser()
    form: dict[str, Any] = {
        "once": "a", "name": "ERP screen", "partner": world.erp.pk, "auth_method": "none",
        "grant_types": ["authorization_code"], "redirect_uris": "https://erp.example/back",
        "bundle": "chosen", "scopes": ["openid"], "reasons": "Sign-in.", "people": "partner",
    }  # fmt: skip

    browser.post(ADD, form)
    client = Client.objects.get(name="ERP screen")
    shown = browser.get(reverse("admin:oauth_client_change", args=[client.pk])).content.decode()
    edit = reverse("admin:oauth_client_edit", args=[client.pk])
    chosen = browser.get(edit).context["form"]["people"].value()
    back = "https://erp.example/back"
    changed = {"once": "b", "scopes": ["openid"], "redirect_uris": back, "people": "everyone"}
    browser.post(edit, changed)

    assert (chosen, "Its partner&#x27;s people" in shown) == ("partner", True)
    assert Client.objects.get().people == "everyone"


def test_clients_from_before_are_for_whom_they_were_but_those_that_ask_who_staff_are(
    world: World,
) -> None:
    migration = import_module("apps.oauth.migrations.0009_client_people")
    made = [web_app(partner=partner).client for partner in (world.acme, world.erp, None)]
    made.append(openid_app().client)
    Client.objects.update(people=BUYER)

    migration.keep_of_partners(apps, None)

    for client in made:
        client.refresh_from_db()
    assert [client.people for client in made] == [PARTNER, EVERYONE, EVERYONE, BUYER]
