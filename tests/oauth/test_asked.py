"""What a person is shown before they agree: who asks, for how long, where, and what for."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.oauth.keys import api_audience
from apps.oauth.models import ClientKind, TokenSession
from apps.oauth.models.clients import AuthMethod, ClientPeople, GrantType
from apps.oauth.policy.metadata import ClientMetadata
from apps.oauth.services import NewClient, register_client
from apps.oauth.views.pages import life_in_words
from tests.factories.device import browser_of, device, scanner, type_code
from tests.factories.oauth import (
    REDIRECT_URI,
    authorize_query,
    basic,
    machine,
    pkce,
    post_form,
    redirect_parameters,
    web_app,
)
from tests.factories.world import SETUP, World

pytestmark = pytest.mark.django_db

LEDGER = "https://ledger.example/api"


@pytest.mark.parametrize(
    ("lasts", "said"),
    (
        (timedelta(minutes=1), "1 minute"),
        (timedelta(seconds=61), "2 minutes"),
        (timedelta(minutes=10), "10 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(minutes=61), "at most 1 hour and 1 minute"),
        (timedelta(minutes=150), "at most 2 hours and 30 minutes"),
        (timedelta(hours=23), "at most 23 hours"),
        (timedelta(hours=23, minutes=59, seconds=59), "at most 1 day"),
        (timedelta(days=1), "at most 1 day"),
        (timedelta(hours=25, minutes=1), "at most 1 day and 2 hours"),
        (timedelta(hours=47), "at most 1 day and 23 hours"),
        (timedelta(hours=47, minutes=1), "at most 2 days"),
        (timedelta(days=90), "at most 90 days"),
    ),
)
def test_lifetime_is_read_in_words(lasts: timedelta, said: str) -> None:
    end = ", or until your company or the buyer ends it" if said.startswith("at most") else ""

    assert life_in_words(lasts) == said + end


def page_for(world: World, new: NewClient, **changes: Any) -> Any:
    query: dict[str, Any] = authorize_query(new, pkce()) | changes
    return browser_of(world.bo).get("/oauth/authorize", query)


def facts(page: Any) -> str:
    return " ".join(page.text.split())


def test_page_says_whose_application_asks(world: World) -> None:
    """Attack: an application of one company, named as if it were another's."""
    foreign = page_for(world, web_app(partner=world.erp))
    own = page_for(world, web_app())

    erp = world.erp.name
    assert f"Web app, an application of <strong>{erp}</strong>" in facts(foreign)
    assert "Web app, the buyer's own application" in facts(own)
    assert "bo@acme.example, acting for <strong>Acme</strong>" in facts(own)


def test_devices_page_says_it_too(world: World) -> None:
    asking = device(scanner(partner=world.erp))

    page = type_code(browser_of(world.bo), asking.user_code)

    assert f"scanner, an application of <strong>{world.erp.name}</strong>" in facts(page)


def ledger_app() -> NewClient:
    return register_client(
        actor=SETUP,
        at=datetime.now(tz=UTC),
        name="Ledger",
        kind=ClientKind.INTERNAL,
        auth_method=AuthMethod.SECRET_BASIC,
        grant_types=[GrantType.AUTHORIZATION_CODE],
        scopes=["purchase_orders:read"],
        redirect_uris=[REDIRECT_URI],
        metadata=ClientMetadata(allowed_resources=[LEDGER], people=ClientPeople.EVERYONE),
    )


@pytest.mark.parametrize(
    ("resources", "said", "not_said"),
    (
        ([], "Who asks", LEDGER),
        ([api_audience()], "Who asks", api_audience()),
        (
            [LEDGER, api_audience()],
            f"<dt>Also at</dt> <dd><code>{LEDGER}</code></dd>",
            "Only at",
        ),
        (
            [LEDGER],
            f"<dt>Only at</dt> <dd><code>{LEDGER}</code>, and not in Countersign itself</dd>",
            "Also at",
        ),
    ),
)
def test_page_says_where_the_access_holds(
    resources: Sequence[str], said: str, not_said: str, world: World
) -> None:
    page = page_for(world, ledger_app(), resource=resources)

    assert (said in facts(page), not_said in facts(page)) == (True, False)


def test_what_was_agreed_to_for_another_resource_does_not_answer_for_ours(world: World) -> None:
    new, browser = ledger_app(), browser_of(world.bo)
    page = browser.get("/oauth/authorize", authorize_query(new, pkce(), resource=LEDGER))
    handle = page.context["request_handle"]
    browser.post("/oauth/authorize", {"request_handle": handle, "decision": "allow"})

    ours = browser.get("/oauth/authorize", authorize_query(new, pkce()))

    assert (ours.status_code, "request_handle" in ours.context) == (200, True)


def limited(world: World, *actions: str) -> str:
    entry = {"type": "procurement_purchasing", "identifier": world.office.public_id}
    return json.dumps([entry | {"actions": list(actions)}])


def test_page_names_no_action_that_the_scopes_do_not_allow(world: World) -> None:
    """Attack: "May approve and cancel purchase orders", with a scope to read them."""
    new = web_app(
        partner=world.acme, scopes=["purchase_orders:read", "purchase_orders:acknowledge"]
    )
    wanted = limited(world, "approve", "acknowledge", "cancel")
    browser = browser_of(world.bo)

    page = browser.get(
        "/oauth/authorize", authorize_query(new, pkce(), authorization_details=wanted)
    )
    handle = page.context["request_handle"]
    browser.post("/oauth/authorize", {"request_handle": handle, "decision": "allow"})

    assert "May acknowledge purchase orders." in facts(page)
    assert TokenSession.objects.get(client=new.client).authorization_details[0]["actions"] == [
        "acknowledge"
    ]


def test_request_for_nothing_but_actions_beyond_the_scopes_is_refused(world: World) -> None:
    new = web_app(partner=world.acme, scopes=["purchase_orders:read"])

    answer = page_for(world, new, authorization_details=limited(world, "approve", "cancel"))

    assert redirect_parameters(answer)["error"] == "invalid_authorization_details"


def test_machine_that_names_an_action_beyond_its_scopes_is_refused(world: World) -> None:
    new = machine(partner=world.erp, scopes=["purchase_orders:create"])
    form = {"grant_type": "client_credentials", "scope": "purchase_orders:create"}

    answers = [
        post_form(
            "/oauth/token",
            {**form, "authorization_details": limited(world, *actions)},
            authorization=basic(new.client, new.secret),
        )
        for actions in (("create", "issue"), ("create",))
    ]

    assert [answer.status_code for answer in answers] == [400, 200]
    assert answers[0].json()["error"] == "invalid_authorization_details"


def test_limits_of_a_refresh_are_those_of_the_session_or_refused(world: World) -> None:
    """An action that was left out at the consent is not slipped in later, and not ignored."""
    scopes = ["purchase_orders:acknowledge", "offline_access"]
    new, proof = web_app(partner=world.acme, scopes=scopes), pkce()
    browser = browser_of(world.bo)
    wanted = {"authorization_details": limited(world, "approve", "acknowledge")}
    page = browser.get("/oauth/authorize", authorize_query(new, proof, **wanted))
    handle = page.context["request_handle"]
    answer = browser.post("/oauth/authorize", {"request_handle": handle, "decision": "allow"})
    form = {
        "grant_type": "authorization_code",
        "code": redirect_parameters(answer)["code"],
        "redirect_uri": REDIRECT_URI,
        "code_verifier": proof.verifier,
    }
    authorization = basic(new.client, new.secret)

    wider = post_form("/oauth/token", {**form, **wanted}, authorization=authorization)
    same = post_form("/oauth/token", form, authorization=authorization)

    assert wider.json()["error"] == "invalid_authorization_details"
    assert same.json()["authorization_details"][0]["actions"] == ["acknowledge"]
