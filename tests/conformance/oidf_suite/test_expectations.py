"""What the OpenID Foundation's conformance suite expects to the letter."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from tests.conformance.compliance import conforms
from tests.conformance.stage import (
    Fapi,
    Keyholder,
    allow,
    ask,
    call_api,
    call_proved,
    claims_in,
    error_of,
    fapi_of,
    post,
    sent_back,
    signed_in,
    tokens_of,
    told,
)
from tests.factories.oauth import access_token, machine, pkce, redeem, web_app
from tests.factories.world import World

pytestmark = pytest.mark.django_db

SCOPES = ("openid", "profile", "email", "purchase_orders:read", "offline_access")


@pytest.fixture
def new(world: World) -> Any:
    return web_app(partner=world.acme, scopes=SCOPES)


@pytest.fixture
def fapi(world: World) -> Fapi:
    return fapi_of(web_app(partner=world.acme, scopes=SCOPES))


@conforms("OIDF suite", "oidcc-server", "A nonce that is left out is no fault with the code flow.")
def test_no_nonce_is_no_fault(new: Any, world: World) -> None:
    assert "id_token" in tokens_of(world.bo, new)


@conforms("OIDF suite", "oidcc-max-age-1", "max_age=1 makes the person sign in anew.")
def test_max_age_1(new: Any, world: World, time_machine: Any) -> None:
    browser = signed_in(world.bo)
    time_machine.move_to(datetime.now(tz=UTC) + timedelta(seconds=2))

    assert ask(browser, new, max_age="1").status_code == 302


@conforms("OIDF suite", "oidcc-max-age-10000", "max_age=10000 does not, and auth_time stays.")
def test_max_age_10000(new: Any, world: World) -> None:
    browser, one, two = signed_in(world.bo), pkce(), pkce()
    first = sent_back(allow(browser, ask(browser, new, one)))["code"]
    second = sent_back(ask(browser, new, two, max_age="10000"))["code"]

    times = [
        claims_in(told(redeem(new, code, proof))["id_token"])["auth_time"]
        for code, proof in ((first, one), (second, two))
    ]

    assert times[0] == times[1]


@conforms("OIDF suite", "oidcc-prompt-none-logged-in", "prompt=none keeps the same person.")
def test_prompt_none_logged_in(new: Any, world: World) -> None:
    browser, one, two = signed_in(world.bo), pkce(), pkce()
    first = sent_back(allow(browser, ask(browser, new, one)))["code"]
    second = sent_back(ask(browser, new, two, prompt="none"))["code"]

    subjects = [
        claims_in(told(redeem(new, code, proof))["id_token"])["sub"]
        for code, proof in ((first, one), (second, two))
    ]

    assert subjects[0] == subjects[1]


@conforms("OIDF suite", "oidcc-id-token-hint", "prompt=none with one's own ID token gives a code.")
def test_id_token_hint(new: Any, world: World) -> None:
    browser, proof = signed_in(world.bo), pkce()
    code = sent_back(allow(browser, ask(browser, new, proof)))["code"]
    hint = told(redeem(new, code, proof))["id_token"]

    assert "code" in sent_back(ask(browser, new, prompt="none", id_token_hint=hint))


@conforms(
    "OIDF suite", "oidcc-ensure-request-with-unknown-parameter-succeeds",
    "An unknown parameter does no harm.",
)  # fmt: skip
def test_unknown_parameter(new: Any, world: World) -> None:
    assert ask(signed_in(world.bo), new, extra="foobar").status_code == 200


@conforms("OIDF suite", "oidcc-ensure-request-with-acr-values-succeeds", "acr_values do no harm.")
def test_acr_values(new: Any, world: World) -> None:
    assert ask(signed_in(world.bo), new, acr_values="1 2").status_code == 200


@conforms("OIDF suite", "oidcc-codereuse", "A code used again at once is 400 invalid_grant.")
def test_code_reuse(new: Any, world: World) -> None:
    browser, proof = signed_in(world.bo), pkce()
    code = sent_back(allow(browser, ask(browser, new, proof)))["code"]
    redeem(new, code, proof)

    assert error_of(redeem(new, code, proof)) == (400, "invalid_grant")


@conforms("OIDF suite", "oidcc-codereuse-30seconds", "So it is after 30 seconds, and access ends.")
def test_code_reuse_after_30_seconds(new: Any, world: World, time_machine: Any) -> None:
    browser, proof = signed_in(world.bo), pkce()
    code = sent_back(allow(browser, ask(browser, new, proof)))["code"]
    token = told(redeem(new, code, proof))["access_token"]
    time_machine.move_to(datetime.now(tz=UTC) + timedelta(seconds=30))

    assert error_of(redeem(new, code, proof)) == (400, "invalid_grant")
    assert call_api(token).status_code == 401


@conforms("OIDF suite", "oidcc-userinfo-post-body", "userinfo answers POST with the header.")
def test_userinfo_post(new: Any, world: World) -> None:
    header = {"Authorization": f"Bearer {tokens_of(world.bo, new)['access_token']}"}

    assert Browser().post("/oauth/userinfo", headers=header).status_code == 200


@conforms("OIDF suite", "fapi2 state-only-outer-request-object", "A long state comes back whole.")
def test_state_of_more_than_1000_characters(fapi: Fapi, world: World) -> None:
    browser = signed_in(world.bo)
    request_uri = told(fapi.push(state="x" * 1024))["request_uri"]

    assert sent_back(allow(browser, fapi.show(browser, request_uri)))["state"] == "x" * 1024


@conforms("OIDF suite", "fapi2 nonce", "A nonce of 64 characters comes back.")
def test_nonce_of_64_characters(fapi: Fapi, world: World) -> None:
    body = fapi.tokens(world.bo, nonce="N" * 64)

    assert claims_in(body["id_token"])["nonce"] == "N" * 64


@conforms(
    "OIDF suite", "fapi2 par-attempt-reuse-request_uri-before-authentication",
    "A request_uri is shown twice before the person signs in.",
)  # fmt: skip
def test_request_uri_twice_before_sign_in(fapi: Fapi, world: World) -> None:
    request_uri = told(fapi.push())["request_uri"]
    nobody = Browser()

    shown = [fapi.show(nobody, request_uri).status_code for _ in range(2)]
    nobody.force_login(world.bo)

    assert shown == [302, 302]
    assert "code" in sent_back(allow(nobody, fapi.show(nobody, request_uri)))


@conforms("OIDF suite", "fapi2 refresh without client auth", "It is 400 or 401 and says why.")
def test_refresh_without_client_authentication(fapi: Fapi, world: World) -> None:
    token = fapi.tokens(world.bo)["refresh_token"]
    form = {
        "grant_type": "refresh_token",
        "refresh_token": token,
        "client_id": fapi.new.client.client_id,
    }

    assert error_of(post("/oauth/token", form)) == (401, "invalid_client")


@conforms("OIDF suite", "fapi2 refresh by another client", "It is 400 invalid_grant.")
def test_refresh_by_another_client(fapi: Fapi, world: World) -> None:
    token = fapi.tokens(world.bo)["refresh_token"]
    other = fapi_of(web_app(partner=world.acme, scopes=SCOPES))

    assert error_of(other.refresh(token)) == (400, "invalid_grant")


@conforms("OIDF suite", "fapi2 dpop proof of another key", "It is 400 or 401 at the resource.")
def test_proof_of_another_key_at_the_resource(fapi: Fapi, world: World) -> None:
    token = fapi.tokens(world.bo)["access_token"]

    assert call_proved(token, Keyholder()).status_code == 401


@conforms("OIDF suite", "fapi2 token scheme", "Any case of the scheme is accepted.")
@pytest.mark.parametrize("scheme", ("Bearer", "bEaReR"))
def test_any_case_of_the_scheme(scheme: str, world: World) -> None:
    token = access_token(machine(partner=world.acme, scopes=["purchase_orders:read"]))

    assert call_api(token, scheme=scheme).status_code == 200


@conforms("OIDF suite", "fapi2 par-ensure-get", "A GET at the pushed request endpoint is a 4xx.")
def test_get_of_par(world: World) -> None:
    del world
    assert Browser().get("/oauth/par").status_code == 405


@conforms("OIDF suite", "fapi2 error page", "An expired request_uri is invalid_request_uri.")
def test_expired_request_uri_is_named(fapi: Fapi, world: World, time_machine: Any) -> None:
    body = told(fapi.push())
    time_machine.move_to(datetime.now(tz=UTC) + timedelta(seconds=body["expires_in"] + 1))

    page = fapi.show(signed_in(world.bo), body["request_uri"])

    assert (page.status_code, b"invalid_request_uri" in page.content) == (400, True)
