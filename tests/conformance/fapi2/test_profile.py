"""FAPI 2.0 Security Profile (Final), sections 5.3.2 to 5.4, for clients of profile `fapi`."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from apps.core.errors import ValidationFailedError
from apps.oauth.models import Client
from apps.oauth.models.clients import AuthMethod, Profile
from apps.oauth.policy.metadata import ClientMetadata, profile_faults
from tests.conformance.compliance import conforms
from tests.conformance.stage import (
    CC,
    ISSUER,
    ORDERS,
    Fapi,
    Keyholder,
    allow,
    ask,
    ath,
    call_api,
    call_proved,
    claims_in,
    error_of,
    fapi_of,
    header_of,
    post,
    post_proved,
    sent_back,
    signed_in,
    told,
)
from tests.factories.oauth import authorize_query, basic, web_app
from tests.factories.world import World

pytestmark = pytest.mark.django_db

SCOPES = ("purchase_orders:read", "offline_access", "openid")


def now() -> int:
    return int(datetime.now(tz=UTC).timestamp())


@pytest.fixture
def fapi(world: World) -> Fapi:
    return fapi_of(web_app(partner=world.acme, scopes=SCOPES))


def machine_token(fapi: Fapi, **changes: Any) -> Any:
    """A token for the client itself, by an assertion with these changes."""
    Client.objects.filter(pk=fapi.new.client.pk).update(grant_types=["client_credentials"])
    client, holder = fapi.new.client, fapi.holder
    return post_proved(
        "/oauth/token", lambda: {**CC, **holder.credentials(client, **changes)}, holder
    )


@conforms("FAPI 2.0", "5.3.2.1-1", "Endpoints are told by both metadata documents.")
def test_metadata_is_there_in_both_places(world: World) -> None:
    del world
    paths = ("oauth-authorization-server", "openid-configuration")

    assert [Browser().get(f"/.well-known/{path}").status_code for path in paths] == [200, 200]


@conforms("FAPI 2.0", "5.3.2.1-3", "Clients are confidential.")
def test_public_client_cannot_be_of_the_profile(world: World) -> None:
    del world
    faults = profile_faults(ClientMetadata(profile=Profile.FAPI), AuthMethod.NONE)

    assert [fault.code for fault in faults] == ["profile-mismatch"]


@conforms("ASVS 5 V10", "10.4.14", "Clients of profile fapi get bound tokens alone.")
@conforms("FAPI 2.0", "5.3.2.1-4", "Every access token is bound to a key.")
def test_token_is_bound(fapi: Fapi, world: World) -> None:
    body = fapi.tokens(world.bo)

    assert body["token_type"] == "DPoP"
    assert claims_in(body["access_token"])["cnf"] == {"jkt": fapi.holder.thumbprint}


@conforms("FAPI 2.0", "5.3.2.1-5", "Without a DPoP proof there is no token.")
def test_code_without_a_proof_gives_nothing(fapi: Fapi, world: World) -> None:
    form = {
        "grant_type": "authorization_code",
        "code": fapi.code(world.bo),
        "redirect_uri": "https://app.example/callback",
        "code_verifier": fapi.verifier.verifier,
        **fapi.credentials,
    }

    assert error_of(post("/oauth/token", form)) == (400, "invalid_dpop_proof")


@conforms("ASVS 5 V10", "10.4.16", "Clients of profile fapi prove themselves by a key.")
@conforms("FAPI 2.0", "5.3.2.1-6", "A secret does not authenticate such a client.")
def test_secret_is_refused(fapi: Fapi) -> None:
    header = basic(fapi.new.client, "x" * 43)

    assert error_of(post("/oauth/token", CC, Authorization=header)) == (401, "invalid_client")


@conforms("FAPI 2.0", "5.3.2.1-8", "The assertion's audience is the issuer as one string.")
@pytest.mark.parametrize(
    "aud",
    ([ISSUER], [ISSUER, "https://other.example"], f"{ISSUER}/oauth/token", f"{ISSUER}/", "x"),
)
def test_other_audiences_of_the_assertion_are_refused(aud: Any, fapi: Fapi) -> None:
    assert error_of(machine_token(fapi, aud=aud)) == (401, "invalid_client")


@conforms("FAPI 2.0", "5.3.2.1-9", "The refresh token stays the same.")
def test_refresh_does_not_rotate(fapi: Fapi, world: World) -> None:
    first = fapi.tokens(world.bo)

    second = told(fapi.refresh(first["refresh_token"]))
    third = told(fapi.refresh(first["refresh_token"]))

    assert [body.get("refresh_token", first["refresh_token"]) for body in (second, third)] == [
        first["refresh_token"]
    ] * 2


@conforms("FAPI 2.0", "5.3.2.1-11", "A code lives for 60 seconds at most.")
def test_code_is_dead_after_a_minute(fapi: Fapi, world: World, time_machine: Any) -> None:
    code = fapi.code(world.bo)
    time_machine.move_to(datetime.now(tz=UTC) + timedelta(seconds=61))

    assert error_of(fapi.redeem(code)) == (400, "invalid_grant")


@conforms("FAPI 2.0", "5.3.2.1-12", "A code is bound to the key the request named.")
def test_code_is_bound_to_the_key_named(fapi: Fapi, world: World) -> None:
    code = fapi.code(world.bo, dpop_jkt=Keyholder().thumbprint)

    assert error_of(fapi.redeem(code)) == (400, "invalid_grant")


@conforms("FAPI 2.0", "5.3.2.1-13", "Clocks may be 10 seconds ahead and no more than 60.")
def test_clock_of_the_client_may_be_a_little_ahead(fapi: Fapi) -> None:
    little = machine_token(fapi, iat=now() + 8, nbf=now() + 8)
    far = machine_token(fapi, iat=now() + 65, nbf=now() + 65, exp=now() + 100)

    assert little.status_code == 200
    assert error_of(far) == (401, "invalid_client")


@conforms("FAPI 2.0", "5.3.2.2-1", "No response type but code is accepted.")
def test_other_response_type_is_refused_when_pushed(fapi: Fapi) -> None:
    assert fapi.push(response_type="code id_token").status_code == 400


@conforms(
    "ASVS 5 V10",
    "10.4.13",
    "For clients of profile fapi codes come from pushed requests alone.",
)
@conforms("FAPI 2.0", "5.3.2.2-3", "A request that was not pushed is refused.")
def test_request_in_the_browser_is_refused(fapi: Fapi, world: World) -> None:
    back = sent_back(ask(signed_in(world.bo), fapi.new))

    assert (back["error"], back["iss"]) == ("invalid_request", ISSUER)


@conforms("FAPI 2.0", "5.3.2.2-4", "A push without client authentication is refused.")
def test_push_without_credentials_is_refused(fapi: Fapi) -> None:
    answer = post("/oauth/par", authorize_query(fapi.new, fapi.verifier))

    assert error_of(answer) == (401, "invalid_client")


@conforms("FAPI 2.0", "5.3.2.2-5", "A push without PKCE, or with plain, is refused.")
@pytest.mark.parametrize("changes", ({"code_challenge": ""}, {"code_challenge_method": "plain"}))
def test_push_without_pkce_is_refused(changes: dict[str, str], fapi: Fapi) -> None:
    assert error_of(fapi.push(**changes)) == (400, "invalid_request")


@conforms("FAPI 2.0", "5.3.2.2-6", "A push has to name its redirect URI.")
def test_push_without_redirect_uri_is_refused(fapi: Fapi) -> None:
    assert error_of(fapi.push(redirect_uri="")) == (400, "invalid_request")


@conforms("FAPI 2.0", "5.3.2.2-7", "The answer names the issuer.")
def test_answer_names_the_issuer(fapi: Fapi, world: World) -> None:
    browser = signed_in(world.bo)

    back = sent_back(allow(browser, fapi.show(browser, told(fapi.push())["request_uri"])))

    assert (back["iss"], back["state"]) == (ISSUER, "s" * 1200)


@conforms("FAPI 2.0", "5.3.2.2-9", "A code is used once.")
def test_code_is_used_once(fapi: Fapi, world: World) -> None:
    code = fapi.code(world.bo)

    assert fapi.redeem(code).status_code == 200
    assert error_of(fapi.redeem(code)) == (400, "invalid_grant")


@conforms("FAPI 2.0", "5.3.2.2-12", "A request_uri lives for less than 600 seconds.")
def test_reference_lives_for_less_than_ten_minutes(fapi: Fapi) -> None:
    assert 0 < told(fapi.push())["expires_in"] < 600


@conforms("FAPI 2.0", "5.3.2.2-14", "A nonce of 64 characters is accepted and returned.")
def test_nonce_of_64_characters_comes_back(fapi: Fapi, world: World) -> None:
    body = fapi.tokens(world.bo, nonce="n" * 64)

    assert claims_in(body["id_token"])["nonce"] == "n" * 64


@conforms(
    "FAPI 2.0",
    "5.3.2.2 note 3",
    "A request_uri may be loaded twice before the answer.",
    level="SHOULD",
)
def test_page_may_be_loaded_twice(fapi: Fapi, world: World) -> None:
    browser, request_uri = signed_in(world.bo), told(fapi.push())["request_uri"]
    fapi.show(browser, request_uri)

    back = sent_back(allow(browser, fapi.show(browser, request_uri)))

    assert "code" in back


@conforms("FAPI 2.0", "5.3.4-1", "The token is accepted in the Authorization header.")
def test_resource_accepts_the_token_with_its_proof(fapi: Fapi, world: World) -> None:
    token = fapi.tokens(world.bo)["access_token"]

    assert call_proved(token, fapi.holder).status_code == 200


@conforms("FAPI 2.0", "5.3.4-3", "A token whose session has ended is refused.")
def test_resource_refuses_a_revoked_token(fapi: Fapi, world: World) -> None:
    token = fapi.tokens(world.bo)["access_token"]
    post("/oauth/revoke", {"token": token, **fapi.credentials})

    assert call_proved(token, fapi.holder).status_code == 401


@conforms("FAPI 2.0", "5.3.4-5", "Without the proof of its key the token is refused.")
def test_resource_refuses_the_token_alone(fapi: Fapi, world: World) -> None:
    token = fapi.tokens(world.bo)["access_token"]

    assert [call_api(token).status_code, call_api(token, scheme="DPoP").status_code] == [401, 401]


@conforms("FAPI 2.0", "5.4.1", "What is signed for such a client is never signed with RS256.")
def test_id_token_is_signed_with_an_algorithm_of_the_profile(fapi: Fapi, world: World) -> None:
    body = fapi.tokens(world.bo)

    names = ("id_token", "access_token")
    assert [header_of(body[name])["alg"] for name in names] == ["ES256", "ES256"]


@conforms("FAPI 2.0", "5.3.2.2-8", "A redirect URI over plain http cannot be registered.")
def test_plain_http_cannot_be_registered(world: World) -> None:
    with pytest.raises(ValidationFailedError):
        web_app(partner=world.acme, redirect_uris=["http://app.example/callback"])


@conforms("FAPI 2.0", "5.3.2.1-2", "The password grant is refused.")
def test_password_grant_is_refused(fapi: Fapi) -> None:
    form = {"grant_type": "password", "username": "x", "password": "y", **fapi.credentials}

    assert post("/oauth/token", form).status_code == 400


@conforms("FAPI 2.0", "5.3.2.2-11", "The browser is sent on with 303.", level="SHOULD")
def test_redirect_is_303(fapi: Fapi, world: World) -> None:
    browser = signed_in(world.bo)

    answer = allow(browser, fapi.show(browser, told(fapi.push())["request_uri"]))

    assert answer.status_code == 303


@conforms("FAPI 2.0", "5.3.2.1-5", "A refresh without a proof gives nothing.")
def test_refresh_without_a_proof_is_refused(fapi: Fapi, world: World) -> None:
    token = fapi.tokens(world.bo)["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": token, **fapi.credentials}

    assert post("/oauth/token", form).status_code == 400


@conforms("FAPI 2.0", "5.3.4-2", "A token in the query is not accepted.")
def test_resource_refuses_a_token_in_the_query(fapi: Fapi, world: World) -> None:
    token = fapi.tokens(world.bo)["access_token"]
    proof = fapi.holder.proof("GET", ORDERS, ath=ath(token))

    answer = Browser().get(ORDERS, {"access_token": token}, headers={"DPoP": proof})

    assert answer.status_code == 401


@conforms("FAPI 2.0", "5.3.4-4", "A token without the scope is refused as RFC 6750 says.")
def test_resource_refuses_a_token_without_the_scope(fapi: Fapi, world: World) -> None:
    token = fapi.tokens(world.bo, scope="openid")["access_token"]

    answer = call_proved(token, fapi.holder)

    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer["WWW-Authenticate"]


@conforms("FAPI 2.0", "5.3.2.2-2", "An authenticated client pushes its request.")
def test_push_is_accepted(fapi: Fapi) -> None:
    assert fapi.push().status_code == 201


@conforms("FAPI 2.0", "5.4.1", "Nothing that is unsigned is accepted.")
def test_unsigned_proof_and_assertion_are_refused(fapi: Fapi) -> None:
    unsigned = f"{fapi.holder.assertion(fapi.new.client).rpartition('.')[0]}."
    form = {**CC, **fapi.credentials, "client_assertion": unsigned}

    assert error_of(post("/oauth/token", form)) == (401, "invalid_client")
