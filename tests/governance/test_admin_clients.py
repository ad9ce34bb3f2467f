"""Clients in the admin: registered, held back, their secrets shown once and never again."""

import json
import re
from typing import Any

import pytest
from django.urls import reverse

from apps.audit.models import Event
from apps.identity.models import StaffRole
from apps.oauth.models import Client, ClientStatus, TokenSession
from tests.factories.governance import sessions
from tests.factories.identity import staff_browser
from tests.factories.oauth import NewClient, access_token, basic, machine, post_form
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
READ = "purchase_orders:read"
ADD = "/admin/oauth/client/add/"


def act(client: Client, name: str) -> str:
    return reverse(f"admin:oauth_client_{name}", args=[client.pk])


def page_of(client: Client) -> str:
    return act(client, "change")


def shown_secret(answer: Any) -> str:
    (secret,) = re.findall(r'id="client-secret">([^<]+)<', answer.content.decode())
    return str(secret)


def token_status(client_id: str, secret: str | None) -> int:
    form = {"grant_type": "client_credentials", "scope": READ}
    answer = post_form("/oauth/token", form, authorization=basic(client_id, secret))
    return int(answer.status_code)


def form_for(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "once": "a-form",
        "name": "Acme orders",
        "partner": str(world.acme.pk),
        "grant_types": ["client_credentials"],
        "auth_method": "client_secret_basic",
        "bundle": "chosen",
        "scopes": [READ],
        "reasons": "It reads its orders.",
        **changes,
    }


def test_approver_is_offered_to_administrators_only() -> None:
    def roles(role: StaffRole, address: str) -> list[str]:
        form = staff_browser(role).get(address).context["form"]
        return [value for value, _label in form.fields["role"].choices]

    assert "approver_admin" in roles(StaffRole.ADMINISTRATOR, ADD)
    officers = roles(StaffRole.ONBOARDING_OFFICER, ADD)
    assert ("approver_admin" in officers, "editor" in officers) == (False, True)


def test_registering_shows_a_secret_that_works_and_records_who_did_it(world: World) -> None:
    browser = staff_browser()

    answer = browser.post(ADD, form_for(world))

    client = Client.objects.get()
    event = Event.objects.get(action="client.created")
    assert token_status(client.client_id, shown_secret(answer)) == 200
    assert (client.partner, client.kind, client.allowed_scopes) == (
        world.acme,
        "partner_tool",
        [READ],
    )
    assert client.user is not None
    assert (client.user.email, event.actor_id) == (
        "administrator@buyer.example",
        client.user.public_id,
    )
    assert event.session_id == TokenSession.objects.get(kind="staff").pk
    assert "no-store" in answer["Cache-Control"]


def test_the_secret_is_shown_once_and_its_hash_never(world: World) -> None:
    browser = staff_browser()
    secret = shown_secret(browser.post(ADD, form_for(world)))
    client = Client.objects.get()

    pages = [
        browser.get(address).content.decode()
        for address in (page_of(client), "/admin/oauth/client/", "/admin/", act(client, "rotate"))
    ]

    assert [secret in page for page in pages] == [False] * 4
    assert [client.client_secret in page for page in pages] == [False] * 4


def test_sending_the_form_again_registers_nothing_more(world: World) -> None:
    browser = staff_browser()
    browser.post(ADD, form_for(world))

    again = browser.post(ADD, form_for(world), follow=True)

    assert (Client.objects.count(), again.redirect_chain[0][0]) == (1, "/admin/oauth/client/")
    assert "nothing was done twice" in again.content.decode()


def test_snippets_are_ready_to_paste(world: World) -> None:
    answer = staff_browser().post(ADD, form_for(world))

    client, secret = Client.objects.get(), shown_secret(answer)
    curl, python = (snippet["text"] for snippet in answer.context["snippets"])
    assert f"-u '{client.client_id}:{secret}'" in curl
    assert "https://buyer.example/oauth/token" in curl
    compile(python, "snippet", "exec")
    assert (client.client_id in python, secret in python) == (True, True)


def test_a_public_client_gets_no_secret(world: World) -> None:
    answer = staff_browser().post(
        ADD,
        form_for(
            world,
            auth_method="none",
            grant_types=["authorization_code", "refresh_token"],
            redirect_uris="http://127.0.0.1:8765/callback\nhttps://app.example/callback",
        ),
    )

    client = Client.objects.get()
    assert (client.is_public, answer.context["secret"], answer.context["snippets"]) == (
        True,
        None,
        [],
    )
    assert client.redirect_uris.split() == [
        "http://127.0.0.1:8765/callback",
        "https://app.example/callback",
    ]


def test_the_usual_scopes_are_the_roles_without_the_restricted(world: World) -> None:
    staff_browser().post(ADD, form_for(world, bundle="usual", scopes=[], role="admin"))

    scopes = set(Client.objects.get().allowed_scopes)
    assert {"vendors.tax:read", "vendors.banking:read", "audit:read"} & scopes == {
        "vendors.tax:read"
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    (
        ({"scopes": ["audit:read"]}, "scopes"),
        ({"reasons": " "}, "reasons"),
        ({"grant_types": []}, "grant_types"),
        ({"scopes": ["no:such"]}, "scopes"),
        ({"scopes": []}, "scopes"),
        ({"role": "viewer"}, "role"),
        ({"grant_types": ["authorization_code"]}, "redirect_uris"),
        ({"redirect_uris": "http://app.example/"}, "redirect_uris"),
        ({"auth_method": "none"}, "grant_types"),
        ({"grant_types": ["password"]}, "grant_types"),
        ({"name": " "}, "name"),
        ({"partner": "00000000-0000-0000-0000-000000000000"}, "partner"),
    ),
)
def test_what_cannot_be_registered_is_said_at_its_field_and_nothing_is_written(
    world: World, changes: dict[str, Any], field: str
) -> None:
    browser = staff_browser()

    answer = browser.post(ADD, form_for(world, **changes))

    assert (answer.status_code, set(answer.context["form"].errors)) == (200, {field})
    assert Client.objects.count() == 0


def test_a_form_that_was_refused_may_be_sent_again(world: World) -> None:
    browser = staff_browser()
    browser.post(ADD, form_for(world, role="viewer"))

    browser.post(ADD, form_for(world))

    assert Client.objects.count() == 1


@pytest.fixture
def live(world: World) -> NewClient:
    """Acme's client with a token that works."""
    new = machine(partner=world.acme, scopes=[READ])
    access_token(new)
    return new


def test_rotating_shows_the_new_secret_while_the_old_one_still_works(live: NewClient) -> None:
    browser = staff_browser()

    answer = browser.post(act(live.client, "rotate"), {"once": "a", "overlap_hours": "24"})

    fresh = shown_secret(answer)
    client_id = live.client.client_id
    assert fresh != live.secret
    assert (token_status(client_id, fresh), token_status(client_id, live.secret)) == (200, 200)


def test_rotating_without_overlap_ends_the_old_secret_at_once(live: NewClient) -> None:
    browser = staff_browser()

    answer = browser.post(act(live.client, "rotate"), {"once": "a", "overlap_hours": "0"})

    client_id = live.client.client_id
    assert (
        token_status(client_id, shown_secret(answer)),
        token_status(client_id, live.secret),
    ) == (200, 401)


def test_reloading_the_page_of_a_new_secret_does_not_push_it_out(live: NewClient) -> None:
    browser = staff_browser()
    form = {"once": "a", "overlap_hours": "24"}
    fresh = shown_secret(browser.post(act(live.client, "rotate"), form))

    again = browser.post(act(live.client, "rotate"), form)

    assert (again.status_code, again["Location"]) == (302, page_of(live.client))
    assert Event.objects.filter(action="client.secret_rotated").count() == 1
    assert token_status(live.client.client_id, live.secret) == 200
    assert token_status(live.client.client_id, fresh) == 200


def test_rotating_tells_that_an_earlier_secret_ends(live: NewClient) -> None:
    browser = staff_browser()
    before = browser.get(act(live.client, "rotate")).context["explanation"]
    browser.post(act(live.client, "rotate"), {"once": "a", "overlap_hours": "24"})

    after = browser.get(act(live.client, "rotate")).context["explanation"]

    assert (len(before), len(after)) == (1, 2)


def test_suspending_says_what_it_will_do_then_does_it_with_the_reason(live: NewClient) -> None:
    browser = staff_browser()
    before = browser.get(act(live.client, "suspend"))

    answer = browser.post(
        act(live.client, "suspend"), {"once": "a", "reason": "leaked key"}, follow=True
    )

    live.client.refresh_from_db()
    event = Event.objects.get(action="client.suspended")
    assert before.context["explanation"][0] == "Ends at once, in every process: 1 live session."
    assert "1 live session ended" in answer.content.decode()
    assert (live.client.status, event.data["reason"]) == ("suspended", "leaked key")
    assert token_status(live.client.client_id, live.secret) == 401


def test_resuming_lets_the_client_ask_again(live: NewClient) -> None:
    browser = staff_browser()
    browser.post(act(live.client, "suspend"), {"once": "a", "reason": "leaked key"})

    browser.post(act(live.client, "resume"), {"once": "b", "reason": "replaced"})

    assert token_status(live.client.client_id, live.secret) == 200
    assert Event.objects.get(action="client.resumed").data["reason"] == "replaced"


def test_ending_sessions_leaves_the_client_active(live: NewClient) -> None:
    sessions(2, client=live.client)

    answer = staff_browser().post(
        act(live.client, "end-sessions"), {"once": "a", "reason": "audit"}, follow=True
    )

    live.client.refresh_from_db()
    ended = live.client.sessions.filter(ended_at__isnull=False).count()
    assert (live.client.status, ended) == ("active", 3)
    assert "3 live sessions of Machine ended" in answer.content.decode()


@pytest.mark.parametrize("name", ("suspend", "end-sessions"))
@pytest.mark.parametrize("reason", ("", "   "))
def test_access_is_not_taken_away_without_a_reason(live: NewClient, name: str, reason: str) -> None:
    answer = staff_browser().post(act(live.client, name), {"once": "a", "reason": reason})

    live.client.refresh_from_db()
    assert (answer.status_code, set(answer.context["form"].errors)) == (200, {"reason"})
    assert (live.client.status, live.client.not_before) == (ClientStatus.ACTIVE, None)


def test_an_act_that_is_not_possible_any_more_leads_back(live: NewClient) -> None:
    answer = staff_browser().get(act(live.client, "resume"), follow=True)

    assert answer.redirect_chain == [(page_of(live.client), 302)]
    assert "not possible" in answer.content.decode()


def test_two_who_suspend_at_once_see_what_the_other_did(live: NewClient) -> None:
    browser = staff_browser()
    form = {"once": "a", "reason": "leaked key"}
    Client.objects.filter(pk=live.client.pk).update(status="suspended")

    browser.post(act(live.client, "suspend"), form)

    assert Event.objects.filter(action="client.suspended").count() == 0


def test_a_viewer_cannot_post_an_act(live: NewClient) -> None:
    browser = staff_browser(StaffRole.VIEWER)

    answers = [
        browser.post(act(live.client, "suspend"), {"once": "a", "reason": "mischief"}),
        browser.post(act(live.client, "rotate"), {"once": "b", "overlap_hours": "0"}),
        browser.post(ADD, {"once": "c"}),
    ]

    live.client.refresh_from_db()
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert live.client.status == "active"


def test_the_page_shows_the_client_and_its_live_sessions(live: NewClient) -> None:
    answer = staff_browser().get(page_of(live.client))

    tables = {table.title: table for table in answer.context["tables"]}
    assert list(tables) == ["Live sessions", "Trail"]
    assert len(tables["Live sessions"].rows) == 1
    assert json.dumps(dict(answer.context["facts"]), default=str).count(READ) == 1
