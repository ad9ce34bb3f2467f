"""The pages on which staff ask for restricted scopes and decide about them."""

from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from apps.identity.models import StaffRole
from apps.oauth.models import Client, RestrictedScopeRequest
from tests.factories.identity import staff_browser
from tests.factories.oauth import machine
from tests.factories.scope_requests import BANKING, asked_for
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
READ = "purchase_orders:read"
ADD = "/admin/oauth/client/add/"


def page(request: RestrictedScopeRequest, name: str = "change") -> str:
    return reverse(f"admin:oauth_restrictedscoperequest_{name}", args=[request.pk])


def form_for(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "once": "a-form",
        "name": "Acme orders",
        "partner": str(world.acme.pk),
        "environment": "sandbox",
        "grant_types": ["authorization_code"],
        "redirect_uris": "https://acme.example/callback",
        "auth_method": "client_secret_basic",
        "role": "admin",
        "bundle": "chosen",
        "scopes": [READ, BANKING],
        "reasons": f"It reads.\n{BANKING}: It pays them.",
        **changes,
    }


def offered(browser: Browser, request: RestrictedScopeRequest) -> set[str]:
    return {str(act["label"]) for act in browser.get(page(request)).context["acts"]}


def test_registering_says_what_waits_and_the_second_person_gives_it(world: World) -> None:
    officer, security = (
        staff_browser(role) for role in (StaffRole.ONBOARDING_OFFICER, StaffRole.SECURITY_OFFICER)
    )

    shown = officer.post(ADD, form_for(world))
    client, request = Client.objects.get(), RestrictedScopeRequest.objects.get()
    before = client.allowed_scopes
    answer = security.post(page(request, "approve"), {"once": "b"}, follow=True)

    client.refresh_from_db()
    assert f"Not given yet: {BANKING}" in shown.content.decode()
    assert (before, client.allowed_scopes) == ([READ], [READ, BANKING])
    assert f"Acme orders may have {BANKING} from now on." in answer.content.decode()
    assert client.scope_reasons == {READ: "It reads.", BANKING: "It pays them."}


@pytest.mark.parametrize("method", ("client_secret_basic", "client_secret_post"))
def test_machine_that_could_never_use_the_scope_is_told_so_at_once(
    world: World, method: str
) -> None:
    never = {"grant_types": ["client_credentials"], "redirect_uris": "", "auth_method": method}

    answer = staff_browser().post(ADD, form_for(world, **never))

    told = f"a machine uses it with private_key_jwt only, and this client has {method}."
    assert answer.context["form"].errors == {"scopes": [f"{BANKING} is restricted: {told}"]}
    assert (Client.objects.count(), RestrictedScopeRequest.objects.count()) == (0, 0)


def test_onboarding_gives_no_restricted_scope_to_a_client_with_a_secret(world: World) -> None:
    form = {
        "once": "a-form", "name": "Umbrella", "kind": "vendor", "contact_email": "it@u.example",
        "projects": [str(world.office.pk)], "role": "admin", "bundle": "chosen",
        "scopes": [READ, BANKING], "reasons": "It pays.",
    }  # fmt: skip

    answer = staff_browser().post("/admin/partners/partner/add/", form)

    assert list(answer.context["form"].errors) == ["scopes"]
    assert not Client.objects.exists()


def test_whoever_asked_is_offered_no_decision_and_refused_one(world: World) -> None:
    boss = staff_browser()
    boss.post(ADD, form_for(world))
    request = RestrictedScopeRequest.objects.get()

    answer = boss.post(page(request, "approve"), {"once": "b"})

    request.refresh_from_db()
    assert offered(boss, request) == {"Withdraw"}
    assert "Whoever asked does not decide" in answer.content.decode()
    assert (request.state, Client.objects.get().allowed_scopes) == ("open", [READ])


def test_approving_asks_who_it_is_again(world: World) -> None:
    request = asked_for(machine(partner=world.acme).client)
    browser = staff_browser(StaffRole.SECURITY_OFFICER)
    session = browser.session
    for record in session["account_authentication_methods"]:
        record["at"] = 0
    session.save()

    answer = browser.post(page(request, "approve"), {"once": "b"})

    request.refresh_from_db()
    assert (answer.status_code, request.state) == (302, "open")
    assert "/account/reauthenticate/" in answer["Location"]


def test_refusing_and_withdrawing_say_why(world: World) -> None:
    refused, withdrawn = (asked_for(machine(partner=world.acme).client) for _ in range(2))
    browser = staff_browser()

    browser.post(page(refused, "refuse"), {"once": "a", "reason": "too much"})
    browser.post(page(withdrawn, "withdraw"), {"once": "b", "reason": "a mistake"})

    rows = RestrictedScopeRequest.objects.order_by("pk").values_list("state", "decision")
    assert list(rows) == [("refused", "too much"), ("withdrawn", "a mistake")]
    assert "too much" in str(dict(browser.get(page(refused)).context["facts"])["Why so"])


def test_client_page_shows_what_waits_and_what_for(world: World) -> None:
    browser = staff_browser()
    browser.post(ADD, form_for(world))
    client = Client.objects.get()

    shown = browser.get(reverse("admin:oauth_client_change", args=[client.pk])).context

    facts, tables = dict(shown["facts"]), [table.title for table in shown["tables"]]
    assert tables == ["Waits for a second person", "Live sessions", "Trail"]
    assert (facts["Environment"], "It reads." in facts["Scopes"]) == ("Sandbox", True)


def test_adding_a_restricted_scope_says_that_it_waits(world: World) -> None:
    browser = staff_browser()
    browser.post(ADD, form_for(world, scopes=[READ]))
    client = Client.objects.get()
    edit = reverse("admin:oauth_client_edit", args=[client.pk])
    form = {"once": "a", "redirect_uris": client.redirect_uris, "scopes": [READ, BANKING],
            "access_token_seconds": 600, "refresh_idle_seconds": 604800,
            "session_seconds": 7776000}  # fmt: skip

    unexplained = browser.post(edit, form)
    answer = browser.post(edit, {**form, "reasons": "It pays them."}, follow=True)

    client.refresh_from_db()
    assert set(unexplained.context["form"].errors) == {"reasons"}
    assert f"A second person decides about {BANKING}." in answer.content.decode()
    assert client.allowed_scopes == [READ]


def test_request_that_is_too_old_offers_nothing(world: World) -> None:
    request = asked_for(machine(partner=world.acme).client)
    RestrictedScopeRequest.objects.update(expires_at=request.asked_at)
    browser = staff_browser()

    shown = browser.get(page(request)).context

    assert (offered(browser, request), "expired" in dict(shown["facts"])["State"]) == (set(), True)


def test_viewer_sees_requests_and_decides_nothing(world: World) -> None:
    request = asked_for(machine(partner=world.acme).client)
    browser = staff_browser(StaffRole.VIEWER)

    answers = [
        browser.post(page(request, name), {"once": name, "reason": "x"}).status_code
        for name in ("approve", "refuse", "withdraw")
    ]

    assert (offered(browser, request), answers) == (set(), [403, 403, 403])
