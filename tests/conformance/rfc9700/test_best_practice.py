"""RFC 9700: what experience with OAuth has taught, where no other specification says it."""

import pytest
from django.test import Client as Browser

from apps.core.errors import ValidationFailedError
from apps.oauth.models.clients import AuthMethod
from tests.conformance.compliance import conforms
from tests.conformance.stage import (
    CC,
    Keyholder,
    allow,
    ask,
    claims_in,
    error_of,
    post,
    sent_back,
    signed_in,
    tokens_of,
    told,
    with_key,
)
from tests.factories.oauth import (
    access_token,
    authorize_query,
    machine,
    pkce,
    redeem,
    refresh,
    web_app,
)
from tests.factories.world import World

pytestmark = pytest.mark.django_db


@conforms("RFC 9700", "2.1", "A redirect URI has no pattern in it that could match others.")
@pytest.mark.parametrize(
    "uri", ("https://*.app.example/cb", "https://app.example/*", "https://app.example/cb#x")
)
def test_pattern_cannot_be_registered(uri: str, world: World) -> None:
    with pytest.raises(ValidationFailedError):
        web_app(partner=world.acme, redirect_uris=[uri])


@conforms("RFC 9700", "2.1", "No authorization response leaves over plain http.")
def test_plain_http_cannot_be_registered(world: World) -> None:
    with pytest.raises(ValidationFailedError):
        web_app(partner=world.acme, redirect_uris=["http://app.example/callback"])


@conforms("OAuth 2.1", "4.1.1", "Every client sends a code challenge.")
@conforms("RFC 9700", "2.1.1", "Confidential clients, too, must use PKCE.")
def test_confidential_client_needs_pkce(world: World) -> None:
    back = sent_back(ask(signed_in(world.bo), web_app(partner=world.acme), code_challenge=""))

    assert back["error"] == "invalid_request"


@conforms("OAuth 2.1", "10.1", "The implicit grant does not exist.")
@conforms("ASVS 5 V10", "10.6.1", "No response type but code exists.")
@conforms("RFC 9700", "2.1.2", "No response type puts a token into an address.")
@pytest.mark.parametrize(
    "response_type",
    ("token", "id_token", "id_token token", "code token", "code id_token", "code id_token token"),
)
def test_other_response_types_do_not_exist(response_type: str, world: World) -> None:
    new = web_app(partner=world.acme)

    back = sent_back(ask(signed_in(world.bo), new, response_type=response_type, nonce="n"))

    assert back["error"] in {"unsupported_response_type", "unauthorized_client"}


@conforms("RFC 9700", "2.3", "A token is for one audience.")
def test_token_names_its_audience(world: World) -> None:
    claims = claims_in(access_token(machine(partner=world.acme, scopes=["purchase_orders:read"])))

    assert claims["aud"] == "https://buyer.example/api/v1"


@conforms("RFC 9700", "2.4", "The password grant does not exist.")
def test_password_grant_is_unsupported(world: World) -> None:
    form = {"grant_type": "password", "username": world.bo.email, "password": "x"}

    answer = post("/oauth/token", form, new=machine(partner=world.acme))

    assert error_of(answer) == (400, "unsupported_grant_type")


@conforms("RFC 9700", "2.6", "No page of another origin may read the authorization endpoint.")
def test_authorization_endpoint_has_no_cors(world: World) -> None:
    query = authorize_query(web_app(partner=world.acme), pkce())
    headers = {"Origin": "https://app.example", "Access-Control-Request-Method": "GET"}
    browser = signed_in(world.bo)

    asked = browser.get("/oauth/authorize", query, headers=headers)
    before = browser.options("/oauth/authorize", headers=headers)

    named = [
        [name for name in answer.headers if name.lower().startswith("access-control-")]
        for answer in (asked, before)
    ]
    assert named == [[], []]


@conforms(
    "RFC 9700", "4.2.4", "Pages with a request or an answer in their address leave no referrer."
)
def test_consent_page_tells_its_address_to_nobody_else(world: World) -> None:
    page = ask(signed_in(world.bo), web_app(partner=world.acme))

    assert page["Referrer-Policy"] == "same-origin"


@conforms("RFC 9700", "4.5.3", "A code of one request cannot be put into another.", level="SHOULD")
def test_injected_code_does_not_fit_the_verifier(world: World) -> None:
    new, attackers, victims = web_app(partner=world.acme), pkce(), pkce()
    browser = signed_in(world.bo)
    code = sent_back(allow(browser, ask(browser, new, victims)))["code"]

    assert error_of(redeem(new, code, attackers)) == (400, "invalid_grant")


@conforms("RFC 9700", "4.8.2", "A verifier is refused where it does not belong to the code.")
def test_code_with_a_challenge_is_not_redeemed_without_its_verifier(world: World) -> None:
    new, proof, browser = web_app(partner=world.acme), pkce(), signed_in(world.bo)
    code = sent_back(allow(browser, ask(browser, new, proof)))["code"]

    answer = redeem(new, code, proof, code_verifier="")

    assert answer.status_code == 400


@conforms("FAPI 2.0", "5.3.2.1-7", "No open redirector is exposed.")
@conforms("OAuth 2.1", "7.12.2", "The server is no open redirector.")
@conforms("RFC 9700", "4.11.2", "Nobody is redirected before client and address are known good.")
@pytest.mark.parametrize(
    "changes",
    (
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "//evil.example"},
        {"redirect_uri": "https://app.example@evil.example/callback"},
        {"redirect_uri": "https://app.example/callback/../../evil"},
        {"redirect_uri": "https://app.example/callback%00"},
        {"client_id": "cli_nobody"},
    ),
)
def test_no_open_redirector(changes: dict[str, str], world: World) -> None:
    answer = ask(signed_in(world.bo), web_app(partner=world.acme), **changes)

    assert (answer.status_code, "Location" in answer) == (400, False)


@conforms("FAPI 2.0", "5.3.2.2-10", "A form with an answer is never redirected with 307.")
@conforms("OAuth 2.1", "7.5.3", "Redirects after a form are 303, never 307.")
@conforms("RFC 9700", "4.12", "After a form with credentials or consent the redirect is 303.")
def test_consent_is_answered_with_303(world: World) -> None:
    browser = signed_in(world.bo)

    assert allow(browser, ask(browser, web_app(partner=world.acme))).status_code == 303


@conforms("RFC 9700", "4.14.2", "The refresh token of a public client changes with each use.")
def test_public_client_gets_a_new_refresh_token_each_time(world: World) -> None:
    new = web_app(partner=world.acme, auth_method=AuthMethod.NONE)
    first = tokens_of(world.bo, new)["refresh_token"]

    second = told(refresh(new, first))["refresh_token"]

    assert (bool(second), second != first) == (True, True)


@conforms("RFC 9700", "4.16", "Pages a person decides on, and error pages, cannot be framed.")
@pytest.mark.parametrize("path", ("/oauth/authorize", "/oauth/device", "/account/login/"))
def test_pages_cannot_be_framed(path: str, world: World) -> None:
    answer = signed_in(world.bo).get(path) if "login" not in path else Browser().get(path)

    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"


@conforms("RFC 9700", "2.5", "Clients can authenticate with a key of their own.", level="SHOULD")
def test_asymmetric_client_authentication_exists(world: World) -> None:
    holder = Keyholder()
    new = with_key(machine(partner=world.acme), holder)

    assert post("/oauth/token", {**CC, **holder.credentials(new.client)}).status_code == 200
