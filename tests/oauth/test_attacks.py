"""Attacks on the token endpoint and on tokens, each written before its guard."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.actor import Origin
from apps.core.ids import encode_id, new_id
from apps.core.keys import active_key
from apps.identity.models import User
from apps.oauth.errors import InvalidGrantError
from apps.oauth.keys import api_audience
from apps.oauth.models import AccessToken, Client, RefreshToken, SigningKey, TokenSession
from apps.oauth.models.clients import AuthMethod
from apps.oauth.selectors import refresh_token_row
from apps.oauth.services import resume_client, rotate_secret, suspend_client
from apps.oauth.services.minting import Terms
from apps.oauth.services.tokens import refresh_tokens
from apps.partners.models import PartnerUser, Role
from apps.projects.models import Project
from tests.conformance.compliance import conforms
from tests.factories.oauth import (
    REDIRECT_URI,
    access_token,
    authorize_query,
    basic,
    code_for,
    consent,
    machine,
    pkce,
    post_form,
    redeem,
    redirect_parameters,
    refresh,
    web_app,
)
from tests.factories.world import SETUP, World, person, project

pytestmark = pytest.mark.django_db

CC = {"grant_type": "client_credentials"}


def error_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, json.loads(answer.content)["error"]


def call_api(token: str) -> Any:
    return Browser().get("/api/v1/purchase-orders", headers={"Authorization": f"Bearer {token}"})


def tokens_of(world: World, new: Any) -> dict[str, str]:
    proof = pkce()
    found: dict[str, str] = json.loads(redeem(new, code_for(world.bo, new, proof), proof).content)
    return found


# --- Client authentication ------------------------------------------------------------------------
@conforms(
    "RFC 6749",
    "5.2",
    "A failed authentication is 401 with the scheme to use, whoever failed.",
)
def test_unknown_client_and_wrong_secret_get_the_same_answer(world: World) -> None:
    new = machine(partner=world.acme)

    unknown = post_form("/oauth/token", CC, authorization=basic("cli_nobody", "x" * 43))
    wrong = post_form("/oauth/token", CC, authorization=basic(new.client, "x" * 43))

    assert error_of(unknown) == (401, "invalid_client")
    assert unknown.content == wrong.content
    assert unknown["WWW-Authenticate"] == wrong["WWW-Authenticate"]
    assert unknown["WWW-Authenticate"].startswith("Basic ")


@conforms("RFC 6749", "2.3", "One method of authentication for each request.")
def test_secret_in_header_and_body_is_refused(world: World) -> None:
    new = machine(partner=world.acme)

    answer = post_form(
        "/oauth/token",
        {**CC, "client_id": new.client.client_id, "client_secret": str(new.secret)},
        authorization=basic(new.client, new.secret),
    )

    assert error_of(answer) == (400, "invalid_request")


@conforms("ASVS 5 V10", "10.4.10", "Confidential clients authenticate in the back channel.")
@conforms("RFC 6749", "3.2.1", "A client with credentials authenticates at the token endpoint.")
def test_client_id_alone_does_not_authenticate_a_confidential_client(world: World) -> None:
    new = machine(partner=world.acme)

    answer = post_form("/oauth/token", {**CC, "client_id": new.client.client_id})

    assert error_of(answer) == (401, "invalid_client")


def test_another_method_than_the_registered_one_is_refused(world: World) -> None:
    new = machine(partner=world.acme, auth_method=AuthMethod.SECRET_POST)

    answer = post_form("/oauth/token", CC, authorization=basic(new.client, new.secret))

    assert error_of(answer) == (401, "invalid_client")


def test_both_secrets_work_during_the_overlap_and_only_the_new_one_after(world: World) -> None:
    new = machine(partner=world.acme)
    at = datetime.now(tz=UTC)
    rotated = rotate_secret(actor=SETUP, at=at, client=new.client, overlap=timedelta(hours=1))

    def status(secret: str | None) -> int:
        return post_form("/oauth/token", CC, authorization=basic(new.client, secret)).status_code

    assert [status(new.secret), status(rotated.secret)] == [200, 200]
    Client.objects.update(previous_secret_expires_at=at - timedelta(seconds=1))
    assert [status(new.secret), status(rotated.secret)] == [401, 200]


def test_no_secret_is_stored_or_written_to_the_trail(world: World) -> None:
    new = machine(partner=world.acme)
    access_token(new)

    stored = json.dumps(list(Client.objects.values()), default=str)
    trail = json.dumps(list(Event.objects.values("data", "private")), default=str)

    assert str(new.secret) not in stored
    assert str(new.secret) not in trail


# --- Hostile input --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "body",
    (
        b"",
        b"grant_type=client_credentials&grant_type=client_credentials",
        b"grant_type=client_credentials&client_id=%00&client_secret=x",
        b"grant_type=%ff%fe",
        b"grant_type=client_credentials&scope=" + b"a" * 200_000,
        b"grant_type=password&username=a&password=b&client_id=x",
        b"grant_type=authorization_code&code=%00&client_id=x",
        b"client=1&user=2&scopes=3&grant_type=client_credentials",
        b"\xff\xfe\x00",
        b"{}",
    ),
)
def test_hostile_form_never_gives_a_5xx(body: bytes, world: World) -> None:
    del world
    for path in ("/oauth/token", "/oauth/revoke", "/oauth/introspect"):
        answer = Browser().post(path, data=body, content_type="application/x-www-form-urlencoded")

        assert answer.status_code in (400, 401)
        assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ("/oauth/token", "/oauth/revoke", "/oauth/introspect"))
def test_other_content_types_and_methods_are_refused(path: str, world: World) -> None:
    del world
    assert Browser().post(path, data="{}", content_type="application/json").status_code == 400
    assert Browser().get(path).status_code == 405
    assert Browser().put(path, data=b"x").status_code == 405
    assert (
        Browser()
        .post(f"{path}?grant_type=x", data="", content_type="application/x-www-form-urlencoded")
        .status_code
        == 400
    )


@pytest.mark.parametrize(
    "header", ("Basic", "Basic !!", "Basic YQ==", "Bearer x", "Basic 4pyT", "Basic YTo=", "é")
)
def test_unreadable_authorization_header_proves_nothing(header: str, world: World) -> None:
    del world
    answer = post_form("/oauth/token", CC, authorization=header)

    assert error_of(answer) == (401, "invalid_client")
    assert answer["WWW-Authenticate"].startswith("Basic ")


def test_refused_client_is_challenged_whatever_it_tried(world: World) -> None:
    del world
    answer = post_form("/oauth/token", {**CC, "client_id": "x", "client_secret": "y"})

    assert (answer.status_code, answer["WWW-Authenticate"].split()[0]) == (401, "Basic")


@conforms("House", "forms", "A body of three megabytes is an OAuth error.")
@pytest.mark.parametrize("path", ("/oauth/token", "/oauth/revoke", "/oauth/introspect"))
def test_body_of_three_megabytes_is_refused_as_an_oauth_error(path: str, world: World) -> None:
    del world
    answer = Browser().post(
        path, data=b"a" * 3_000_000, content_type="application/x-www-form-urlencoded"
    )

    assert error_of(answer) == (400, "invalid_request")
    assert answer["Cache-Control"] == "no-store"


# --- Grants ---------------------------------------------------------------------------------------
def test_client_id_that_differs_from_the_header_is_refused(world: World) -> None:
    new, other = machine(partner=world.acme), machine(partner=world.acme)

    answer = post_form(
        "/oauth/token",
        {**CC, "client_id": other.client.client_id},
        authorization=basic(new.client, new.secret),
    )

    assert error_of(answer) == (400, "invalid_request")


def test_client_past_its_date_is_refused(world: World) -> None:
    new = machine(partner=world.acme)
    Client.objects.update(expires_at=datetime.now(tz=UTC))

    answer = post_form("/oauth/token", CC, authorization=basic(new.client, new.secret))

    assert error_of(answer) == (401, "invalid_client")


def test_parameter_of_nine_kilobytes_is_refused(world: World) -> None:
    new = machine(partner=world.acme)

    answer = post_form(
        "/oauth/token", {**CC, "scope": "a" * 9000}, authorization=basic(new.client, new.secret)
    )

    assert error_of(answer) == (400, "invalid_request")


@conforms("OAuth 2.1", "8.4.2", "On loopback the port is free, and nothing else.")
def test_native_app_on_loopback_chooses_its_port_and_nothing_else(world: World) -> None:
    new = web_app(
        partner=world.acme,
        auth_method=AuthMethod.NONE,
        redirect_uris=["http://127.0.0.1:8765/callback"],
    )

    def status(uri: str) -> int:
        return int(authorize(world, new, redirect_uri=uri).status_code)

    assert status("http://127.0.0.1:9999/callback") == 200
    assert status("http://127.0.0.1:9999/other") == 400
    assert status("http://[::1]:8765/callback") == 400
    assert status("https://127.0.0.1:9999/callback") == 400


def test_verifier_that_is_too_short_is_refused(world: World) -> None:
    new, proof = web_app(partner=world.acme), pkce()
    code = code_for(world.bo, new, proof)

    assert error_of(redeem(new, code, proof, code_verifier="short")) == (400, "invalid_grant")


@conforms("ASVS 5 V10", "10.4.4", "Neither implicit nor password exist.")
@conforms("OAuth 2.1", "10", "The password grant does not exist.")
def test_password_and_implicit_do_not_exist(world: World) -> None:
    new = machine(partner=world.acme)
    answer = post_form(
        "/oauth/token",
        {"grant_type": "password"},
        authorization=basic(new.client, new.secret),
    )

    assert error_of(answer) == (400, "unsupported_grant_type")


@conforms("ASVS 5 V10", "10.4.4", "A client uses only the grants it is registered for.")
@conforms("RFC 6749", "5.2", "A grant the client is not registered for is unauthorized_client.")
def test_grant_the_client_does_not_have_is_unauthorized(world: World) -> None:
    new = web_app(partner=world.acme)

    answer = post_form("/oauth/token", CC, authorization=basic(new.client, new.secret))

    assert error_of(answer) == (400, "unauthorized_client")


@conforms("ASVS 5 V10", "10.4.11", "A client has the scopes it needs and no others.")
@conforms("RFC 6749", "5.2", "A scope beyond what the client may have is invalid_scope.")
def test_scope_the_client_does_not_have_is_refused_and_recorded(world: World) -> None:
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])

    answer = post_form(
        "/oauth/token",
        {**CC, "scope": "purchase_orders:read invoices:read"},
        authorization=basic(new.client, new.secret),
    )

    assert error_of(answer) == (400, "invalid_scope")
    assert AccessToken.objects.count() == 0
    refusal = Event.objects.get(action=Action.TOKEN_REFUSED)
    assert (refusal.client_id, refusal.data) == (
        new.client.client_id,
        {"code": "invalid_scope", "endpoint": "/oauth/token"},
    )


def test_scope_named_twice_is_given_once(world: World) -> None:
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])

    access_token(new, scopes=["purchase_orders:read"] * 3)

    assert AccessToken.objects.get().scope == "purchase_orders:read"


def test_internal_client_whose_projects_have_closed_gets_no_token(world: World) -> None:
    new = machine(scopes=["purchase_orders:read"], projects=[world.office])
    token = access_token(new)
    Project.objects.update(status="closed")

    answer = post_form("/oauth/token", CC, authorization=basic(new.client, new.secret))

    assert call_api(token).status_code == 401
    assert error_of(answer) == (400, "unauthorized_client")


@conforms("RFC 9700", "2.3", "A token carries no more than was asked for.", level="SHOULD")
def test_no_scope_asked_is_no_scope_given(world: World) -> None:
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])

    token = access_token(new, scopes=[])

    assert AccessToken.objects.get().scope == ""
    assert call_api(token).status_code == 403


def test_partner_without_an_open_project_gets_no_token(world: World) -> None:
    new = machine(partner=world.acme)
    world.office.status = "closed"
    world.office.save(update_fields=["status"])

    answer = post_form("/oauth/token", CC, authorization=basic(new.client, new.secret))

    assert error_of(answer) == (400, "unauthorized_client")


# --- Codes ----------------------------------------------------------------------------------------
@conforms("ASVS 5 V10", "10.4.2", "A code works once, and reuse revokes what was issued.")
@conforms("OAuth 2.1", "7.5.2", "Tokens of a code that was used twice are revoked.")
@conforms("RFC 6749", "4.1.2", "A code is used once; a second use takes back what it gave.")
def test_code_used_twice_is_refused_and_what_it_gave_is_revoked(world: World) -> None:
    new, proof = web_app(partner=world.acme), pkce()
    code = code_for(world.bo, new, proof)
    first = json.loads(redeem(new, code, proof).content)

    again = redeem(new, code, proof)

    assert error_of(again) == (400, "invalid_grant")
    assert call_api(first["access_token"]).status_code == 401
    assert error_of(refresh(new, first["refresh_token"])) == (400, "invalid_grant")
    assert Event.objects.filter(action=Action.TOKEN_REUSED).count() == 1


@conforms("RFC 6749", "4.1.3", "A code is its client's own.")
def test_code_of_another_client_is_refused_and_stays_good(world: World) -> None:
    new, other, proof = web_app(partner=world.acme), web_app(partner=world.acme), pkce()
    code = code_for(world.bo, new, proof)

    stolen = redeem(other, code, proof)

    assert error_of(stolen) == (400, "invalid_grant")
    assert redeem(new, code, proof).status_code == 200


@conforms("ASVS 5 V10", "10.4.6", "The verifier of a code is required and checked.")
@conforms("RFC 9700", "2.1.1", "A challenge that was sent is enforced at the token endpoint.")
def test_wrong_verifier_is_refused(world: World) -> None:
    new, proof = web_app(partner=world.acme), pkce()

    answer = redeem(new, code_for(world.bo, new, proof), pkce())

    assert error_of(answer) == (400, "invalid_grant")


@conforms("OAuth 2.1", "4.1.3", "A token request without its verifier is refused.")
def test_missing_verifier_is_refused(world: World) -> None:
    new, proof = web_app(partner=world.acme), pkce()
    code = code_for(world.bo, new, proof)

    answer = redeem(new, code, proof, code_verifier="")

    assert error_of(answer) == (400, "invalid_request")


@conforms("RFC 6749", "4.1.3", "The redirect URI at the token endpoint is that of the request.")
def test_other_redirect_uri_at_the_token_endpoint_is_refused(world: World) -> None:
    new, proof = web_app(partner=world.acme), pkce()
    code = code_for(world.bo, new, proof)

    answer = redeem(new, code, proof, redirect_uri="https://app.example/other")

    assert error_of(answer) == (400, "invalid_grant")


@conforms("ASVS 5 V10", "10.4.3", "A code lives a minute at most.")
@conforms("RFC 6749", "4.1.2", "A code lives ten minutes at most; here it is one.")
def test_code_older_than_a_minute_is_refused(world: World, time_machine: Any) -> None:
    new, proof = web_app(partner=world.acme), pkce()
    code = code_for(world.bo, new, proof)
    time_machine.move_to(datetime.now(tz=UTC) + timedelta(seconds=61))

    assert error_of(redeem(new, code, proof)) == (400, "invalid_grant")


def test_code_dies_when_the_person_is_disabled_before_it_is_redeemed(world: World) -> None:
    new, proof = web_app(partner=world.acme), pkce()
    code = code_for(world.bo, new, proof)
    User.objects.filter(pk=world.bo.pk).update(is_active=False)

    assert error_of(redeem(new, code, proof)) == (400, "invalid_grant")


# --- The authorization endpoint -------------------------------------------------------------------
def authorize(world: World, new: Any, **changes: str) -> Any:
    browser = Browser()
    browser.force_login(world.bo)
    query = {k: v for k, v in authorize_query(new, pkce(), **changes).items() if v}
    return browser.get("/oauth/authorize", query)


@conforms(
    "ASVS 5 V10",
    "10.4.1",
    "Redirect URIs are matched exactly against the client's own list.",
)
@conforms("OAuth 2.1", "2.3.1", "A redirect URI is registered whole and matched exactly.")
@conforms("RFC 6749", "3.1.2.4", "Nobody is redirected to an address that does not match.")
@conforms("RFC 9700", "2.1", "Redirect URIs are compared to the letter.")
@pytest.mark.parametrize(
    "uri",
    (
        "https://app.example/callback/",
        "https://app.example/callback?x=1",
        "https://app.example:8443/callback",
        "https://APP.example/callback",
        "http://app.example/callback",
        "https://app.example.evil.example/callback",
        "https://app.example/callback#x",
    ),
)
def test_redirect_uri_must_match_to_the_letter_and_is_not_followed(uri: str, world: World) -> None:
    answer = authorize(world, web_app(partner=world.acme), redirect_uri=uri)

    assert answer.status_code == 400
    assert "Location" not in answer


@conforms("OAuth 2.1", "4.1.2.1", "Errors carry the state and the issuer.")
@conforms(
    "RFC 6749",
    "4.1.2.1",
    "A fault in the request is told by redirect with its code and the state.",
)
@pytest.mark.parametrize(
    ("changes", "expected"),
    (
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "too-short"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unauthorized_client"),
        ({"response_type": "none"}, "unauthorized_client"),
        ({"scope": "audit:read"}, "invalid_scope"),
    ),
)
def test_fault_in_the_request_is_told_to_the_client_with_state_and_issuer(
    changes: dict[str, str], expected: str, world: World
) -> None:
    answer = authorize(world, web_app(partner=world.acme), **changes)

    assert answer.status_code == 303
    assert answer["Location"].startswith(REDIRECT_URI)
    told = redirect_parameters(answer)
    assert (told["error"], told["state"]) == (expected, "a-state")
    assert told["iss"] == "https://buyer.example"


@conforms("ASVS 5 V10", "10.2.2", "A client of several servers can tell which one answers.")
@conforms("RFC 9700", "4.4.2", "Against mix-up the answer names the issuer.")
def test_success_names_the_issuer(world: World) -> None:
    told = redirect_parameters(consent(world.bo, web_app(partner=world.acme), pkce()))

    assert sorted(told) == ["code", "iss", "state"]
    assert told["iss"] == "https://buyer.example"


@conforms("RFC 9700", "4.2.4", "The redirect with a code leaves no referrer.")
def test_redirect_with_a_code_leaves_no_referrer(world: World) -> None:
    answer = consent(world.bo, web_app(partner=world.acme), pkce())

    assert (answer.status_code, answer["Referrer-Policy"]) == (303, "no-referrer")


@conforms("RFC 6749", "4.1.2.1", "A person's refusal is access_denied.")
def test_refused_consent_gives_access_denied_and_an_event(world: World) -> None:
    told = redirect_parameters(
        consent(world.bo, web_app(partner=world.acme), pkce(), decision="deny")
    )

    assert told["error"] == "access_denied"
    assert Event.objects.filter(action=Action.CONSENT_REFUSED).count() == 1
    assert TokenSession.objects.count() == 0


def test_person_of_another_vendor_cannot_let_this_vendors_app_in(world: World) -> None:
    new = web_app(partner=world.acme)
    browser = Browser()
    browser.force_login(world.cy)

    answer = browser.get("/oauth/authorize", authorize_query(new, pkce()))

    assert redirect_parameters(answer)["error"] == "access_denied"
    denial = Event.objects.get(action=Action.REQUEST_DENIED)
    assert (denial.actor_id, denial.data) == (world.cy.public_id, {"code": "access_denied"})


def test_person_without_a_role_cannot_let_an_app_in(world: World) -> None:
    del world
    new = web_app()
    browser = Browser()
    browser.force_login(person("nobody@nordwind.example"))

    answer = browser.get("/oauth/authorize", authorize_query(new, pkce()))

    assert redirect_parameters(answer)["error"] == "access_denied"


@conforms("ASVS 5 V10", "10.7.1", "What the person agreed to is what was shown.")
def test_consent_is_for_what_was_shown_not_for_what_is_posted(world: World) -> None:
    new, proof = web_app(partner=world.acme), pkce()
    browser = Browser()
    browser.force_login(world.bo)
    page = browser.get(
        "/oauth/authorize", authorize_query(new, proof, scope="purchase_orders:read")
    )

    browser.post(
        "/oauth/authorize",
        {
            "request_handle": page.context["request_handle"],
            "decision": "allow",
            "scope": "offline_access",
            "redirect_uri": "https://evil.example/",
        },
    )

    assert TokenSession.objects.get().scopes == ["purchase_orders:read"]


def test_consent_gives_no_more_than_the_page_showed(world: World) -> None:
    new, proof = (
        web_app(partner=world.acme, scopes=["purchase_orders:read", "vendors:write"]),
        pkce(),
    )
    browser = Browser()
    browser.force_login(world.bo)
    page = browser.get("/oauth/authorize", authorize_query(new, proof))
    PartnerUser.objects.update(role=Role.ADMIN)  # May hand on vendors:write, which was not shown.
    project("FLEET", world.buyer, world.acme)

    browser.post(
        "/oauth/authorize",
        {"request_handle": page.context["request_handle"], "decision": "allow"},
    )

    session = TokenSession.objects.get()
    assert session.scopes == ["purchase_orders:read"]
    assert session.project_ids == [world.office.pk]


def test_person_without_an_open_project_is_told_before_consent(world: World) -> None:
    Project.objects.update(status="closed")
    new = web_app()  # The buyer's own app, which any partner's person may use.

    told = redirect_parameters(authorize(world, new))

    assert told["error"] == "access_denied"


@conforms("ASVS 5 V10", "10.7.2", "The person is told for how long.")
def test_consent_page_says_how_long_access_lasts(world: World) -> None:
    stays = authorize(world, web_app(partner=world.acme))
    leaves = authorize(world, web_app(partner=world.acme), scope="purchase_orders:read")

    assert stays.context["expires_text"].startswith("at most 90 days")
    assert leaves.context["expires_text"] == "10 minutes"


def test_consent_page_answers_once(world: World) -> None:
    new = web_app(partner=world.acme)
    browser = Browser()
    browser.force_login(world.bo)
    page = browser.get("/oauth/authorize", authorize_query(new, pkce()))
    answer = {"request_handle": page.context["request_handle"], "decision": "allow"}

    first = browser.post("/oauth/authorize", answer)
    second = browser.post("/oauth/authorize", answer)

    assert [first.status_code, second.status_code] == [303, 400]
    assert TokenSession.objects.count() == 1


@conforms("OAuth 2.1", "7.9", "The authorization endpoint is protected from request forgery.")
@conforms("RFC 6749", "10.12", "The consent form is protected from forgery by other sites.")
def test_consent_needs_the_csrf_token(world: World) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(world.bo)
    page = browser.get("/oauth/authorize", authorize_query(web_app(partner=world.acme), pkce()))

    answer = browser.post(
        "/oauth/authorize",
        {"request_handle": page.context["request_handle"], "decision": "allow"},
    )

    assert answer.status_code == 403


@conforms("OAuth 2.1", "7.10", "Clickjacking is prevented by frame-ancestors.")
@conforms("RFC 6749", "10.13", "The consent page cannot be framed.")
def test_consent_page_cannot_be_framed_or_kept(world: World) -> None:
    answer = authorize(world, web_app(partner=world.acme))

    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert "form-action 'self' https://app.example" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "same-origin"


def test_signed_out_person_signs_in_first_and_comes_back(world: World) -> None:
    query = authorize_query(web_app(partner=world.acme), pkce())

    answer = Browser().get("/oauth/authorize", query)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/login/?next=/oauth/authorize")


@conforms("RFC 6749", "3.3", "A scope that differs from what was asked is told in the answer.")
def test_scope_beyond_the_persons_role_is_not_granted(world: World) -> None:
    new = web_app(partner=world.acme, scopes=["purchase_orders:read", "vendors.banking:read"])
    proof = pkce()

    body = json.loads(redeem(new, code_for(world.bo, new, proof), proof).content)

    assert body["scope"] == "purchase_orders:read"


# --- Refresh tokens -------------------------------------------------------------------------------
def test_lost_answer_is_given_again_within_thirty_seconds(world: World, time_machine: Any) -> None:
    new = web_app(partner=world.acme)
    first = tokens_of(world, new)["refresh_token"]
    lost = json.loads(refresh(new, first).content)
    time_machine.move_to(datetime.now(tz=UTC) + timedelta(seconds=29))

    again = refresh(new, first)

    assert json.loads(again.content)["refresh_token"] == lost["refresh_token"]
    assert RefreshToken.objects.count() == 2


@conforms(
    "ASVS 5 V10",
    "10.4.5",
    "Replay of a rotated refresh token revokes all of its authorization.",
)
@conforms("OAuth 2.1", "4.3.1", "Replay of a refresh token is detected and ends the grant.")
@conforms("RFC 9700", "4.14.2", "A refresh token that is used again ends its whole family.")
def test_refresh_token_used_again_later_kills_the_family(world: World, time_machine: Any) -> None:
    new = web_app(partner=world.acme)
    first = tokens_of(world, new)["refresh_token"]
    second = json.loads(refresh(new, first).content)
    time_machine.move_to(datetime.now(tz=UTC) + timedelta(seconds=31))

    again = refresh(new, first)

    assert error_of(again) == (400, "invalid_grant")
    assert error_of(refresh(new, second["refresh_token"])) == (400, "invalid_grant")
    assert call_api(second["access_token"]).status_code == 401
    assert Event.objects.filter(action=Action.TOKEN_REUSED).count() == 1


def test_grandparent_within_thirty_seconds_kills_the_family(world: World) -> None:
    new = web_app(partner=world.acme)
    first = tokens_of(world, new)["refresh_token"]
    second = json.loads(refresh(new, first).content)["refresh_token"]
    third = json.loads(refresh(new, second).content)["refresh_token"]

    assert error_of(refresh(new, first)) == (400, "invalid_grant")
    assert error_of(refresh(new, third)) == (400, "invalid_grant")


@conforms("OAuth 2.1", "4.3", "The binding of refresh token and client is kept.")
@conforms("RFC 6749", "6", "A refresh token is its client's own.")
def test_refresh_token_of_another_client_is_refused(world: World) -> None:
    new, other = web_app(partner=world.acme), web_app(partner=world.acme)
    token = tokens_of(world, new)["refresh_token"]

    assert error_of(refresh(other, token)) == (400, "invalid_grant")
    assert refresh(new, token).status_code == 200


@conforms("OAuth 2.1", "4.3.3", "A new refresh token keeps the scope of the one before.")
@conforms("RFC 6749", "6", "A refresh asks for no scope beyond the grant's.")
def test_refresh_cannot_widen_and_narrowing_is_not_permanent(world: World) -> None:
    new = web_app(
        partner=world.acme, scopes=["purchase_orders:read", "rfps:read", "offline_access"]
    )
    proof = pkce()
    code = code_for(world.bo, new, proof, scope="purchase_orders:read offline_access")
    token = json.loads(redeem(new, code, proof).content)["refresh_token"]

    wider = refresh(new, token, scope="purchase_orders:read rfps:read")
    narrow = json.loads(refresh(new, token, scope="purchase_orders:read").content)
    full = json.loads(refresh(new, narrow["refresh_token"]).content)

    assert error_of(wider) == (400, "invalid_scope")
    assert narrow["scope"] == "purchase_orders:read"
    assert full["scope"] == "purchase_orders:read offline_access"


def test_scope_withdrawn_from_the_client_disappears_at_the_next_refresh(world: World) -> None:
    new = web_app(partner=world.acme)
    token = tokens_of(world, new)["refresh_token"]
    Client.objects.update(allowed_scopes=["offline_access"])

    body = json.loads(refresh(new, token).content)

    assert body["scope"] == "offline_access"


def test_role_taken_away_disappears_at_the_next_refresh(world: World) -> None:
    new = web_app(partner=world.acme, scopes=["purchase_orders:acknowledge", "offline_access"])
    token = tokens_of(world, new)["refresh_token"]
    PartnerUser.objects.update(role=Role.SALESPERSON)

    body = json.loads(refresh(new, token).content)

    assert body["scope"] == "offline_access"
    assert TokenSession.objects.get().role == Role.SALESPERSON


def test_person_who_left_the_partner_cannot_refresh(world: World) -> None:
    new = web_app(partner=world.acme)
    token = tokens_of(world, new)["refresh_token"]
    PartnerUser.objects.all().delete()

    assert error_of(refresh(new, token)) == (400, "invalid_grant")


def test_token_rotated_and_followed_in_between_counts_as_reuse(world: World) -> None:
    """What a request finds when others were faster between its check and its update."""
    new = web_app(partner=world.acme)
    first = tokens_of(world, new)["refresh_token"]
    at = datetime.now(tz=UTC)
    stale = refresh_token_row(first, at=at)
    assert stale is not None
    refresh(new, json.loads(refresh(new, first).content)["refresh_token"])

    with pytest.raises(InvalidGrantError):
        refresh_tokens(
            presented=first,
            row=stale,
            client=new.client,
            terms=Terms(scopes=["purchase_orders:read"]),
            rotates=True,
            origin=Origin(),
            at=at,
        )

    assert Event.objects.filter(action=Action.TOKEN_REUSED).count() == 1
    assert TokenSession.objects.get().ended_at is not None


@conforms("RFC 9700", "4.14.2", "Whether a refresh token is issued is decided by the grant.")
def test_without_offline_access_there_is_no_refresh_token(world: World) -> None:
    new, proof = web_app(partner=world.acme), pkce()
    code = code_for(world.bo, new, proof, scope="purchase_orders:read")

    assert "refresh_token" not in json.loads(redeem(new, code, proof).content)


@conforms(
    "OAuth 2.1",
    "4.3.3",
    "A refresh token of a client that is inactive expires.",
    level="SHOULD",
)
@conforms("RFC 9700", "4.14.2", "A refresh token that is not used expires.", level="SHOULD")
def test_idle_refresh_token_expires_after_seven_days(world: World, time_machine: Any) -> None:
    new = web_app(partner=world.acme)
    token = tokens_of(world, new)["refresh_token"]
    time_machine.move_to(datetime.now(tz=UTC) + timedelta(days=7, seconds=1))

    assert error_of(refresh(new, token)) == (400, "invalid_grant")


# --- Suspension -----------------------------------------------------------------------------------
@conforms("FAPI 2.0", "5.3.4-3", "A token of a suspended client is refused at the next request.")
def test_suspension_ends_access_at_the_next_request_and_resuming_revives_nothing(
    world: World,
) -> None:
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])
    token, at = access_token(new), datetime.now(tz=UTC)
    before = call_api(token).status_code

    ended = suspend_client(actor=SETUP, at=at, client=new.client, reason="a test")
    suspended = call_api(token).status_code
    asked = post_form("/oauth/token", CC, authorization=basic(new.client, new.secret))
    resume_client(actor=SETUP, at=at, client=new.client, reason="a test")

    assert (before, ended, suspended) == (200, 1, 401)
    assert error_of(asked) == (401, "invalid_client")
    assert call_api(token).status_code == 401
    assert call_api(access_token(new)).status_code == 200


# --- Access tokens at the resource ----------------------------------------------------------------
def forged(claims: dict[str, Any], *, key: Any = None, **header: str) -> str:
    active = active_key(SigningKey)
    return jwt.encode(
        {"alg": "ES256", "typ": "at+jwt", "kid": active.kid, **header},
        claims,
        key or active.private,
        algorithms=["ES256", "HS256", "none"],
    )


def good_claims(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, active_key(SigningKey).public, algorithms=["ES256"]).claims)


@conforms("ASVS 5 V10", "10.3.1", "The API accepts only tokens meant for it.")
def test_id_token_is_not_an_access_token(world: World) -> None:
    claims = good_claims(access_token(machine(partner=world.acme, scopes=["purchase_orders:read"])))

    assert call_api(forged(claims)).status_code == 200
    assert call_api(forged(claims, typ="JWT")).status_code == 401


@pytest.mark.parametrize(
    "changes",
    (
        {"iss": "https://evil.example"},
        {"aud": "https://buyer.example"},
        {"aud": ["https://other.example"]},
        {"exp": 1},
        {"jti": "6b1b0d4e-0000-7000-8000-000000000000"},
        {"jti": "not-a-uuid"},
        {"jti": 7},
        {"sid": encode_id("ses", new_id())},
        {"sid": None},
        {"scope": None},
        {"exp": "soon"},
    ),
)
def test_token_with_a_wrong_claim_is_refused(changes: dict[str, Any], world: World) -> None:
    claims = good_claims(access_token(machine(partner=world.acme, scopes=["purchase_orders:read"])))

    answer = call_api(forged({**claims, **changes}))

    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]


@conforms("RFC 9068", "4", "A token signed by another key or algorithm is refused.")
def test_token_signed_by_another_key_or_algorithm_is_refused(world: World) -> None:
    claims = good_claims(access_token(machine(partner=world.acme, scopes=["purchase_orders:read"])))
    public_pem = active_key(SigningKey).public.as_pem(private=False)
    confused = OctKey.import_key(b"\n".join(public_pem.splitlines()[1:-1]))

    assert call_api(forged(claims, key=ECKey.generate_key("P-256"))).status_code == 401
    assert call_api(forged(claims, key=confused, alg="HS256")).status_code == 401
    assert call_api(forged(claims, kid="unknown")).status_code == 401


@conforms("House", "headers", "No header of a token is a 5xx.")
@pytest.mark.parametrize(
    "header",
    (
        {"crit": [1]},
        {"crit": "exp"},
        {"kid": 7},
        {"kid": None},
        {"alg": "none"},
        {"alg": 1},
        {"typ": []},
        {"b64": False, "crit": ["b64"]},
        {"jwk": {"kty": "oct", "k": "AA"}},
    ),
)
def test_hostile_token_header_is_401(header: dict[str, Any], world: World) -> None:
    del world
    whole = {"alg": "ES256", "typ": "at+jwt", "kid": active_key(SigningKey).kid, **header}
    parts = [json.dumps(whole).encode(), b"{}", b"signature"]
    token = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts).decode()

    assert call_api(token).status_code == 401


def test_deeply_nested_token_is_401(world: World) -> None:
    del world
    header = {"alg": "ES256", "typ": "at+jwt", "kid": active_key(SigningKey).kid}
    payload = b"[" * 3000 + b"]" * 3000
    token = jws.serialize_compact(header, payload, active_key(SigningKey).private)

    assert call_api(token).status_code == 401


@conforms("ASVS 5 V10", "10.3.2", "What a token may do is decided by its record.")
def test_scopes_claimed_by_a_forged_copy_do_not_count(world: World) -> None:
    """The scopes are the record's: even with our key's signature a wider claim gives nothing."""
    claims = good_claims(access_token(machine(partner=world.acme, scopes=["rfps:read"])))

    assert call_api(forged({**claims, "scope": "purchase_orders:read"})).status_code == 403


@conforms("OAuth 2.1", "5.3.1", "A refusal carries a WWW-Authenticate challenge.")
@pytest.mark.parametrize(
    "header", ("", "Bearer", "Bearer ", "Basic eDp5", "Bearer a.b.c", "Bearer é", "bearer x y")
)
def test_missing_or_unreadable_token_is_401_with_a_challenge(header: str, world: World) -> None:
    del world
    answer = Browser().get("/api/v1/purchase-orders", headers={"Authorization": header})

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer ")


@conforms("OAuth 2.1", "5.1.1", "A token in the query is not accepted.")
def test_token_in_query_or_body_is_not_looked_at(world: World) -> None:
    token = access_token(machine(partner=world.acme, scopes=["purchase_orders:read"]))

    assert Browser().get("/api/v1/purchase-orders", {"access_token": token}).status_code == 401


# --- Revocation and introspection -----------------------------------------------------------------
def revoke(new: Any, token: str) -> int:
    answer = post_form(
        "/oauth/revoke", {"token": token}, authorization=basic(new.client, new.secret)
    )
    return int(answer.status_code)


def test_revoked_access_token_ends_its_machine_session(world: World) -> None:
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])
    token = access_token(new)

    assert revoke(new, token) == 200
    assert call_api(token).status_code == 401
    assert TokenSession.objects.get().ended_at is not None


@conforms("RFC 7009", "2.1", "A client revokes its own tokens alone.")
def test_another_clients_token_is_not_revoked(world: World) -> None:
    new, other = (machine(partner=world.acme, scopes=["purchase_orders:read"]) for _ in range(2))
    token = access_token(new)

    assert revoke(other, token) == 200
    assert call_api(token).status_code == 200


@conforms(
    "RFC 7009",
    "2.1",
    "With a refresh token go the access tokens of its grant.",
    level="SHOULD",
)
def test_revoked_refresh_token_ends_the_session_with_its_access_tokens(world: World) -> None:
    new = web_app(partner=world.acme)
    body = tokens_of(world, new)

    assert revoke(new, body["refresh_token"]) == 200
    assert call_api(body["access_token"]).status_code == 401
    assert error_of(refresh(new, body["refresh_token"])) == (400, "invalid_grant")


def introspect(new: Any, token: str) -> dict[str, Any]:
    answer = post_form(
        "/oauth/introspect", {"token": token}, authorization=basic(new.client, new.secret)
    )
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    return dict(json.loads(answer.content))


def test_resource_server_learns_what_a_live_token_is(world: World) -> None:
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])
    server = machine(is_resource_server=True)

    found = introspect(server, access_token(new))

    assert found["active"] is True
    assert found["scope"] == "purchase_orders:read"
    assert found["client_id"] == found["sub"] == new.client.client_id
    assert found["aud"] == api_audience()
    assert found["partner"] == world.acme.public_id


def test_public_client_cannot_introspect(world: World) -> None:
    public = web_app(partner=world.acme, auth_method=AuthMethod.NONE)

    answer = post_form("/oauth/introspect", {"token": "x", "client_id": public.client.client_id})

    assert error_of(answer) == (401, "invalid_client")


def test_introspection_names_open_projects_only(world: World) -> None:
    fleet = project("FLEET", world.buyer, world.acme)
    token = access_token(machine(partner=world.acme, scopes=["purchase_orders:read"]))
    server = machine(is_resource_server=True)
    Project.objects.filter(pk=fleet.pk).update(status="closed")

    assert introspect(server, token)["projects"] == [world.office.public_id]


@conforms("RFC 7662", "2.2", "Who may not know about a token is told that it is inactive.")
def test_client_that_is_no_resource_server_learns_nothing(world: World) -> None:
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])

    assert introspect(new, access_token(new)) == {"active": False}


@pytest.mark.parametrize("token", ("", "x", "a.b.c", "é" * 10))
def test_nonsense_introspects_as_inactive_or_invalid_request(token: str, world: World) -> None:
    del world
    server = machine(is_resource_server=True)
    answer = post_form(
        "/oauth/introspect", {"token": token}, authorization=basic(server.client, server.secret)
    )

    assert answer.status_code == (200 if token else 400)


@pytest.mark.usefixtures("fresh_cache")
def test_nobody_floods_the_trail_in_a_public_clients_name(world: World) -> None:
    new = web_app(partner=world.acme, auth_method=AuthMethod.NONE)
    form = {
        "grant_type": "authorization_code",
        "client_id": new.client.client_id,
        "code": "made-up",
        "redirect_uri": REDIRECT_URI,
        "code_verifier": pkce().verifier,
    }

    statuses = {post_form("/oauth/token", form).status_code for _ in range(15)}

    assert statuses == {400}
    assert Event.objects.filter(action=Action.TOKEN_REFUSED).count() == 10
