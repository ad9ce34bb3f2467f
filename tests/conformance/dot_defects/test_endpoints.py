"""Defects of the stock library's endpoints; each of these fails on it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from apps.oauth.models.clients import AuthMethod
from tests.conformance.compliance import conforms
from tests.conformance.stage import (
    CC,
    ISSUER,
    allow,
    ask,
    call_api,
    error_of,
    post,
    sent_back,
    signed_in,
    tokens_of,
    told,
)
from tests.factories.device import answer, device, scanner
from tests.factories.oauth import (
    access_token,
    basic,
    code_for,
    machine,
    pkce,
    redeem,
    web_app,
)
from tests.factories.world import World

pytestmark = pytest.mark.django_db

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
def app(world: World) -> Any:
    return web_app(partner=world.acme, scopes=["openid", "purchase_orders:read"])


# --- Introspection --------------------------------------------------------------------------------
@conforms("Library", "defect 3", "A client learns nothing about a token that is not for it.")
def test_any_client_is_not_told_of_any_token(app: Any, world: World) -> None:
    token = tokens_of(world.bo, app)["access_token"]

    found = told(post("/oauth/introspect", {"token": token}, new=machine(partner=world.globex)))

    assert found == {"active": False}


@conforms("Library", "defect 3", "A public client introspects nothing.")
def test_public_client_cannot_introspect_by_its_name(app: Any, world: World) -> None:
    public = web_app(partner=world.acme, auth_method=AuthMethod.NONE)
    form = {"token": tokens_of(world.bo, app)["access_token"], "client_id": public.client.client_id}

    assert error_of(post("/oauth/introspect", form)) == (401, "invalid_client")


@conforms("Library", "defect 3", "A token in an address is not introspected.")
def test_introspection_by_get_does_not_exist(world: World) -> None:
    new = machine(partner=world.acme, is_resource_server=True)
    header = {"Authorization": basic(new.client, new.secret)}

    assert Browser().get("/oauth/introspect?token=x", headers=header).status_code == 405


@conforms("Library", "defect 3", "An introspection answer is kept by nobody.")
def test_introspection_is_not_stored(app: Any, world: World) -> None:
    server = machine(is_resource_server=True)
    token = tokens_of(world.bo, app)["access_token"]

    told_of = post("/oauth/introspect", {"token": token}, new=server)

    assert (told(told_of)["active"], told_of["Cache-Control"]) == (True, "no-store")


# --- Devices --------------------------------------------------------------------------------------
@conforms("Library", "defect 5", "The device endpoint answers, with a scope and without.")
def test_device_authorization_answers(world: World) -> None:
    new = scanner(partner=world.acme)
    forms = ({"scope": "purchase_orders:read"}, {})

    statuses = [
        post("/oauth/device_authorization", {**form, "client_id": new.client.client_id}).status_code
        for form in forms
    ]

    assert statuses == [200, 200]


@conforms("Library", "defect 5", "A device code that is missing or unknown is 400.")
@pytest.mark.parametrize(
    ("form", "expected"),
    (
        ({}, "invalid_request"),
        ({"device_code": "nothing"}, "invalid_grant"),
        ({"device_code": "a\x00b"}, "invalid_request"),
    ),
)
def test_missing_and_unknown_device_codes_are_400(
    form: dict[str, str], expected: str, world: World
) -> None:
    new = scanner(partner=world.acme)
    asked = {"grant_type": DEVICE_CODE, "client_id": new.client.client_id, **form}

    assert error_of(post("/oauth/token", asked)) == (400, expected)


@conforms("Library", "defect 5", "A device that polls too fast is told to slow down.")
def test_hasty_device_is_told_to_slow_down(world: World) -> None:
    waiting = device(scanner(partner=world.acme))

    errors = [error_of(waiting.poll()) for _ in range(2)]

    assert errors == [(400, "authorization_pending"), (400, "slow_down")]


@conforms("Library", "finding 3", "A device code is redeemed once, by its own client, in time.")
def test_device_code_is_redeemed_once_by_its_own_client(world: World) -> None:
    mine, other = scanner(partner=world.acme), scanner(partner=world.acme)
    waiting = device(mine)
    answer(world.bo, waiting)

    stolen = replace(waiting, new=other).poll()
    first, second = waiting.poll(), waiting.poll()

    assert error_of(stolen) == (400, "invalid_grant")
    assert (first.status_code, error_of(second)) == (200, (400, "invalid_grant"))


@conforms("Library", "finding 3", "An expired device code is not redeemed.")
def test_expired_device_code_is_refused(world: World, time_machine: Any) -> None:
    waiting = device(scanner(partner=world.acme))
    answer(world.bo, waiting)
    time_machine.move_to(datetime.now(tz=UTC) + timedelta(minutes=11))

    assert error_of(waiting.poll()) == (400, "expired_token")


# --- The authorization endpoint -------------------------------------------------------------------
@conforms("Library", "defect 6", "prompt=none answers the client whatever the person has done.")
def test_prompt_none_is_answered_in_each_case(app: Any, world: World) -> None:
    browser = signed_in(world.bo)

    nobody = sent_back(ask(Browser(), app, prompt="none"))["error"]
    not_agreed = sent_back(ask(browser, app, prompt="none"))["error"]
    allow(browser, ask(browser, app))

    assert (nobody, not_agreed) == ("login_required", "consent_required")
    assert "code" in sent_back(ask(browser, app, prompt="none"))


@conforms("Library", "section 5.1", "No parameter of the client's own skips the consent page.")
@pytest.mark.parametrize("name", ("approval_prompt", "skip_authorization", "allow"))
def test_client_cannot_skip_the_page(name: str, app: Any, world: World) -> None:
    assert ask(signed_in(world.bo), app, **{name: "auto"}).status_code == 200


@conforms("Library", "section 5.5", "What is posted with the answer is not what is granted.")
def test_hidden_fields_grant_nothing(app: Any, world: World) -> None:
    proof, browser = pkce(), signed_in(world.bo)
    page = ask(browser, app, proof, scope="openid")
    form = {
        "request_handle": page.context["request_handle"],
        "decision": "allow",
        "scope": "openid purchase_orders:read",
        "state": "forged",
    }

    back = sent_back(browser.post("/oauth/authorize", form))

    assert back["state"] == "a-state"
    assert told(redeem(app, back["code"], proof))["scope"] == "openid"


@conforms("Library", "section 1.1", "plain is refused before the person is asked.")
@pytest.mark.parametrize("changes", ({"code_challenge_method": "plain"}, {"code_challenge": "x"}))
def test_weak_challenge_is_refused_before_the_page(
    changes: dict[str, str], app: Any, world: World
) -> None:
    assert sent_back(ask(signed_in(world.bo), app, **changes))["error"] == "invalid_request"


@conforms("Library", "defect 10", "Errors by redirect name the issuer, too.")
def test_refusal_by_the_person_names_the_issuer(app: Any, world: World) -> None:
    browser = signed_in(world.bo)
    page = ask(browser, app)
    form = {"request_handle": page.context["request_handle"], "decision": "deny"}

    back = sent_back(browser.post("/oauth/authorize", form))

    assert (back["error"], back["iss"]) == ("access_denied", ISSUER)


@conforms("Library", "defect 10", "The consent page is kept by nobody and framed by nobody.")
def test_consent_page_is_not_stored_and_has_a_policy(app: Any, world: World) -> None:
    page = ask(signed_in(world.bo), app)

    assert "no-store" in page["Cache-Control"]
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]


# --- The token endpoint ---------------------------------------------------------------------------
@conforms("Library", "defect 7", "A NUL in a client id or a code is 400 or 401.")
@pytest.mark.parametrize("name", ("client_id", "code", "refresh_token", "token", "device_code"))
@pytest.mark.parametrize("path", ("/oauth/token", "/oauth/introspect", "/oauth/revoke"))
def test_nul_is_refused(path: str, name: str, world: World) -> None:
    new = machine(partner=world.acme, is_resource_server=True)
    form = {"grant_type": "authorization_code", "client_id": new.client.client_id, name: "\x00"}

    assert error_of(post(path, form)) == (400, "invalid_request")


@conforms("Library", "defect 7", "A NUL in the Basic header is 400 or 401.")
def test_nul_in_the_header_is_refused(world: World) -> None:
    del world
    answer = post("/oauth/token", CC, Authorization=basic("\x00", "\x00"))

    assert error_of(answer) == (401, "invalid_client")


@conforms("Library", "defect 9", "A redirect URI that differs is invalid_grant.")
def test_redirect_mismatch_is_invalid_grant(app: Any, world: World) -> None:
    proof = pkce()
    code = code_for(world.bo, app, proof)

    mismatch = redeem(app, code, proof, redirect_uri="https://app.example/other")

    assert error_of(mismatch) == (400, "invalid_grant")


@conforms("Library", "defect 9", "A missing grant type is invalid_request.")
def test_missing_grant_type_is_told_as_such(world: World) -> None:
    answer = post("/oauth/token", {"scope": ""}, new=machine(partner=world.acme))

    assert error_of(answer) == (400, "invalid_request")


@conforms("Library", "defect 9", "An empty scope is as if it had been left out.")
def test_empty_scope_is_accepted(world: World) -> None:
    answer = post("/oauth/token", {**CC, "scope": ""}, new=machine(partner=world.acme))

    assert answer.status_code == 200


@conforms("Library", "defect 9", "A missing scope at the resource is said in the challenge.")
def test_missing_scope_is_said_in_the_challenge(world: World) -> None:
    refused = call_api(access_token(machine(partner=world.acme, scopes=["rfps:read"])))

    assert refused.status_code == 403
    assert 'error="insufficient_scope"' in refused["WWW-Authenticate"]


@conforms("Library", "defect 10", "Discovery names every endpoint and the grant types.")
def test_discovery_is_whole(world: World) -> None:
    del world
    document = told(Browser().get("/.well-known/openid-configuration"))
    needed = {
        "introspection_endpoint",
        "revocation_endpoint",
        "device_authorization_endpoint",
        "pushed_authorization_request_endpoint",
        "grant_types_supported",
        "code_challenge_methods_supported",
    }

    assert needed - set(document) == set()


@conforms("Library", "finding 8", "Nobody registers a client of their own.")
@pytest.mark.parametrize("path", ("applications/", "applications/register/", "register", "o/"))
def test_person_cannot_register_a_client(path: str, world: World) -> None:
    browser = signed_in(world.bo)

    statuses = [browser.get(f"/oauth/{path}").status_code, browser.get(f"/o/{path}").status_code]

    assert statuses == [404, 404]
