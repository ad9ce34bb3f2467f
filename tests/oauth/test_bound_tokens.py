"""What a token is bound to: a key (RFC 9449), an audience (RFC 8707), limits (RFC 9396)."""

import json
import uuid
from typing import Any

import pytest
from django.conf import settings
from django.test import Client as Browser
from joserfc.jwk import Key

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.canonical import canonical_digest
from apps.oauth.keys import api_audience, read_access_token
from apps.oauth.models import Client, Grant, RefreshToken, TokenSession
from apps.oauth.models.clients import AuthMethod
from apps.oauth.selectors import TokenState, token_state
from apps.oauth.services import NewClient
from apps.oauth.services.dpop import fresh_nonce
from apps.projects.models import Project
from apps.projects.states import ProjectStatus
from tests.conformance.compliance import conforms
from tests.factories.device import answer as answer_device
from tests.factories.device import device, scanner
from tests.factories.gateway import ORDERS, Caller, problem
from tests.factories.jose import (
    assertion_form,
    client_assertion,
    client_key,
    dpop_proof,
    use_keys,
)
from tests.factories.oauth import (
    REDIRECT_URI,
    authorize_query,
    basic,
    code_for,
    machine,
    pkce,
    post_form,
    redeem,
    web_app,
)
from tests.factories.procurement import issued
from tests.factories.threads import at_once
from tests.factories.world import World, make_world, project

pytestmark = pytest.mark.django_db
OTHER_API = "https://ledger.buyer.example/api"
TOKEN = "/oauth/token"


def claims(token: str, at: Any, audience: str = "") -> dict[str, Any]:
    return read_access_token(token, audience=audience or api_audience(), at=at).raw


def prove(key: Key, at: Any) -> dict[str, str]:
    url = settings.PUBLIC_URL + TOKEN
    return {"DPoP": dpop_proof(key, "POST", url, nonce=fresh_nonce(at))}


def exchange(new: NewClient, form: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    """A token request by whatever the client is registered with."""
    if new.client.is_public:
        return post_form(TOKEN, {"client_id": new.client.client_id, **form}, headers=headers)
    return post_form(TOKEN, form, authorization=basic(new.client, new.secret), headers=headers)


def body(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.content
    return dict(json.loads(answer.content))


def error(answer: Any) -> tuple[int, str]:
    return answer.status_code, json.loads(answer.content)["error"]


def refresh_form(answer: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"grant_type": "refresh_token", "refresh_token": answer["refresh_token"], **changes}


def told_of(server: NewClient, answer: dict[str, Any]) -> dict[str, Any]:
    authorization = basic(server.client, server.secret)
    form = {"token": answer["access_token"]}
    return dict(post_form("/oauth/introspect", form, authorization=authorization).json())


def state_of(answer: dict[str, Any], at: Any) -> TokenState:
    state = token_state(uuid.UUID(claims(answer["access_token"], at)["jti"]), at=at)
    assert state is not None
    return state


def code_form(world: World, new: NewClient, **changes: Any) -> dict[str, str]:
    proof = pkce()
    return {
        "grant_type": "authorization_code",
        "code": code_for(world.bo, new, proof, **changes),
        "redirect_uri": REDIRECT_URI,
        "code_verifier": proof.verifier,
    }


# --- A key --------------------------------------------------------------------------------------
def test_proof_at_the_token_endpoint_binds_the_token(world: World, at: Any) -> None:
    new, key = machine(partner=world.acme), client_key()

    answer = body(exchange(new, {"grant_type": "client_credentials"}, prove(key, at)))

    assert answer["token_type"] == "DPoP"
    assert claims(answer["access_token"], at)["cnf"] == {"jkt": key.thumbprint()}
    assert TokenSession.objects.get().dpop_jkt == key.thumbprint()


def test_refused_proof_uses_up_no_code(world: World, at: Any) -> None:
    new, key = web_app(partner=world.acme), client_key()
    form = code_form(world, new)

    stale = exchange(new, form, {"DPoP": dpop_proof(key, "POST", settings.PUBLIC_URL + TOKEN)})
    fresh = exchange(new, form, prove(key, at))

    assert error(stale) == (400, "use_dpop_nonce")
    assert stale["DPoP-Nonce"] == fresh_nonce(at)
    assert body(fresh)["token_type"] == "DPoP"


def test_request_for_our_nonce_spends_no_assertion(world: World, at: Any) -> None:
    new, key = machine(partner=world.acme), client_key()
    client = use_keys(new.client, key)
    signed = client_assertion(client.client_id, key, settings.PUBLIC_URL)
    form = {"grant_type": "client_credentials", **assertion_form(signed)}

    without = post_form(
        TOKEN, form, headers={"DPoP": dpop_proof(key, "POST", settings.PUBLIC_URL + TOKEN)}
    )
    again = post_form(TOKEN, form, headers=prove(key, at))

    assert error(without) == (400, "use_dpop_nonce")
    assert body(again)["token_type"] == "DPoP"


def test_code_bound_to_a_key_is_refused_to_another(world: World, at: Any) -> None:
    new, key = web_app(partner=world.acme), client_key()
    form = code_form(world, new, dpop_jkt=key.thumbprint())

    with_another = exchange(new, form, prove(client_key(), at))
    without = exchange(new, form)
    with_its_own = exchange(new, form, prove(key, at))

    assert error(with_another) == (400, "invalid_grant")
    assert error(without) == (400, "invalid_grant")
    assert body(with_its_own)["token_type"] == "DPoP"


@pytest.mark.parametrize("auth_method", (AuthMethod.NONE, AuthMethod.SECRET_BASIC))
def test_refresh_of_a_bound_session_needs_its_key(
    world: World, at: Any, auth_method: AuthMethod
) -> None:
    new, key = web_app(partner=world.acme, auth_method=auth_method), client_key()
    first = body(exchange(new, code_form(world, new), prove(key, at)))
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}

    with_another = exchange(new, form, prove(client_key(), at))
    without = exchange(new, form)
    with_its_own = exchange(new, form, prove(key, at))

    assert error(with_another) == (400, "invalid_grant")
    assert error(without) == (400, "invalid_grant")
    assert body(with_its_own)["token_type"] == "DPoP"


@conforms("FAPI 2.0", "5.3.2.1-9", "A refresh token that is bound to a key is not rotated.")
def test_refresh_token_bound_to_a_key_is_not_rotated(world: World, at: Any) -> None:
    """FAPI 2.0 section 5.3.2.1 no. 9."""
    new, key = web_app(partner=world.acme), client_key()
    first = body(exchange(new, code_form(world, new), prove(key, at)))
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}

    again = [body(exchange(new, form, prove(key, at))) for _ in range(2)]

    assert [one["refresh_token"] for one in again] == [first["refresh_token"]] * 2
    assert RefreshToken.objects.count() == 1


@pytest.mark.parametrize("auth_method", (AuthMethod.NONE, AuthMethod.SECRET_BASIC))
@conforms("RFC 9449", "5", "A refresh token is bound to the key that is shown with it.")
def test_refresh_with_a_key_binds_the_session_to_it(
    world: World, at: Any, auth_method: AuthMethod
) -> None:
    new, key = web_app(partner=world.acme, auth_method=auth_method), client_key()
    first = body(exchange(new, code_form(world, new)))
    bound = body(exchange(new, refresh_form(first), prove(key, at)))

    without = exchange(new, refresh_form(bound))
    with_another = exchange(new, refresh_form(bound), prove(client_key(), at))
    with_its_own = body(exchange(new, refresh_form(bound), prove(key, at)))

    assert [first["token_type"], bound["token_type"]] == ["Bearer", "DPoP"]
    assert TokenSession.objects.get().dpop_jkt == key.thumbprint()
    assert [error(without), error(with_another)] == [(400, "invalid_grant")] * 2
    assert with_its_own["refresh_token"] == bound["refresh_token"]  # Not rotated any more.


def test_lost_answer_of_the_refresh_that_bound_is_given_again(world: World, at: Any) -> None:
    new, key = web_app(partner=world.acme), client_key()
    first = body(exchange(new, code_form(world, new)))

    bound, again = (body(exchange(new, refresh_form(first), prove(key, at))) for _ in range(2))

    assert again["refresh_token"] == bound["refresh_token"]
    assert TokenSession.objects.get().ended_at is None


@pytest.mark.parametrize("keys", (0, 1))
@conforms("RFC 9700", "4.14", "One refresh token in two hands ends the session.")
def test_rotated_token_in_other_hands_than_the_key_ends_the_session(
    world: World, at: Any, keys: int
) -> None:
    """A thief was first and bound the session; whoever has the token too must not just be sent
    away, even within the time in which a lost answer is given again.
    """
    new = web_app(partner=world.acme)
    first = body(exchange(new, code_form(world, new)))
    body(exchange(new, refresh_form(first), prove(client_key(), at)))

    victim = exchange(new, refresh_form(first), prove(client_key(), at) if keys else None)

    assert error(victim) == (400, "invalid_grant")
    assert TokenSession.objects.get().end_reason == "refresh token used twice"


@pytest.mark.django_db(transaction=True)
def test_of_two_keys_shown_at_once_one_binds_the_session(transactional_db: None, at: Any) -> None:
    del transactional_db
    new = web_app(auth_method=AuthMethod.NONE)
    first = body(exchange(new, code_form(make_world(), new)))

    def refreshed() -> Any:
        return exchange(new, refresh_form(first), prove(client_key(), at))

    answers = at_once(*[refreshed] * 4)

    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
    assert TokenSession.objects.get().end_reason == "refresh token used twice"


@pytest.mark.django_db(transaction=True)
def test_one_key_shown_at_once_binds_the_session_once(transactional_db: None, at: Any) -> None:
    del transactional_db
    new, key = web_app(auth_method=AuthMethod.NONE), client_key()
    first = body(exchange(new, code_form(make_world(), new)))

    answers = at_once(
        *[lambda: exchange(new, refresh_form(first), prove(key, at)) for _ in range(4)]
    )

    assert len({body(answer)["refresh_token"] for answer in answers}) == 1
    assert TokenSession.objects.get().dpop_jkt == key.thumbprint()


def test_client_that_proves_itself_by_a_key_may_change_the_other(world: World, at: Any) -> None:
    new, key = web_app(partner=world.acme), client_key()
    first = body(exchange(new, code_form(world, new), prove(client_key(), at)))
    client = use_keys(new.client, key)

    def refreshed(headers: dict[str, str]) -> Any:
        signed = client_assertion(client.client_id, key, settings.PUBLIC_URL)
        return post_form(TOKEN, {**refresh_form(first), **assertion_form(signed)}, headers=headers)

    assert error(refreshed({})) == (400, "invalid_grant")
    assert body(refreshed(prove(client_key(), at)))["token_type"] == "DPoP"


def test_client_that_must_be_bound_gets_nothing_without_a_proof(world: World) -> None:
    new = machine(partner=world.acme)
    Client.objects.update(dpop_bound_access_tokens=True)

    answer = exchange(new, {"grant_type": "client_credentials"})

    assert error(answer) == (400, "invalid_dpop_proof")
    assert not TokenSession.objects.exists()


# --- The restricted tier ------------------------------------------------------------------------
def test_machine_with_a_secret_gets_no_restricted_scope(world: World, at: Any) -> None:
    new = machine(scopes=["audit:read"], projects=[world.office])
    form = {"grant_type": "client_credentials", "scope": "audit:read"}

    bearer = exchange(new, form)
    bound = exchange(new, form, prove(client_key(), at))

    assert error(bearer) == (400, "invalid_scope")
    assert error(bound) == (400, "invalid_scope")


@conforms("ASVS 5 V10", "10.3.5", "Restricted data needs a token that is bound to a key.")
def test_machine_with_a_key_gets_a_restricted_scope_only_bound(world: World, at: Any) -> None:
    new, key = machine(scopes=["audit:read"], projects=[world.office]), client_key()
    client = use_keys(new.client, key)

    def ask(headers: dict[str, str]) -> Any:
        signed = client_assertion(client.client_id, key, settings.PUBLIC_URL)
        form = {"grant_type": "client_credentials", "scope": "audit:read"}
        return post_form(TOKEN, {**form, **assertion_form(signed)}, headers=headers)

    assert error(ask({})) == (400, "invalid_scope")
    assert body(ask(prove(key, at)))["scope"] == "audit:read"


def test_person_gets_restricted_scopes_only_in_bound_tokens(world: World, at: Any) -> None:
    scopes = ["purchase_orders:read", "vendors.banking:read", "offline_access"]
    new = web_app(partner=world.acme, scopes=scopes)
    world.bo.partner_user.role = "admin"
    world.bo.partner_user.save()

    bearer = body(exchange(new, code_form(world, new)))
    bound = body(exchange(new, code_form(world, new, prompt="consent"), prove(client_key(), at)))

    assert bearer["scope"] == "purchase_orders:read offline_access"
    assert bound["scope"] == " ".join(scopes)


@pytest.mark.parametrize("auth_method", (AuthMethod.NONE, AuthMethod.SECRET_BASIC))
def test_restricted_scope_refused_at_first_stays_refused_whatever_key_comes(
    world: World, at: Any, auth_method: AuthMethod
) -> None:
    """A stolen refresh token and the thief's own key do not lead into the restricted tier."""
    scopes = ["purchase_orders:read", "offline_access", "vendors.banking:read"]
    new, key = web_app(partner=world.acme, scopes=scopes, auth_method=auth_method), client_key()
    world.bo.partner_user.role = "admin"
    world.bo.partner_user.save()
    first = body(exchange(new, code_form(world, new)))

    second = body(exchange(new, refresh_form(first), prove(key, at)))
    third = body(exchange(new, refresh_form(second), prove(key, at)))
    asked = exchange(new, refresh_form(second, scope="vendors.banking:read"), prove(key, at))

    assert [one["scope"] for one in (first, second, third)] == [" ".join(scopes[:2])] * 3
    assert error(asked) == (400, "invalid_scope")
    assert TokenSession.objects.get().scopes == scopes[:2]


def test_session_of_before_the_rule_loses_the_restricted_tier_at_refresh(
    world: World, at: Any
) -> None:
    scopes = ["purchase_orders:read", "offline_access", "vendors.banking:read"]
    new, key = web_app(partner=world.acme, scopes=scopes), client_key()
    world.bo.partner_user.role = "admin"
    world.bo.partner_user.save()
    first = body(exchange(new, code_form(world, new)))
    TokenSession.objects.update(scopes=scopes)

    second = body(exchange(new, refresh_form(first), prove(key, at)))
    third = body(exchange(new, refresh_form(second), prove(key, at)))

    assert [second["scope"], third["scope"]] == [" ".join(scopes[:2])] * 2


def test_bound_session_keeps_its_restricted_scopes(world: World, at: Any) -> None:
    scopes = ["purchase_orders:read", "offline_access", "vendors.banking:read"]
    new, key = web_app(partner=world.acme, scopes=scopes), client_key()
    world.bo.partner_user.role = "admin"
    world.bo.partner_user.save()
    first = body(exchange(new, code_form(world, new), prove(key, at)))

    second = body(exchange(new, refresh_form(first), prove(key, at)))

    assert second["scope"] == " ".join(scopes)


# --- An audience --------------------------------------------------------------------------------
def test_token_is_for_the_resource_asked_for(world: World, at: Any) -> None:
    new = machine(partner=world.acme)
    Client.objects.update(allowed_resources=[OTHER_API])

    answer = body(exchange(new, {"grant_type": "client_credentials", "resource": [OTHER_API]}))

    assert claims(answer["access_token"], at, OTHER_API)["aud"] == OTHER_API
    assert problem(Caller(answer["access_token"]).get(ORDERS)) == (401, "token-invalid")


@pytest.mark.parametrize("own", (0, 1))
def test_bearer_token_for_our_api_is_for_nobody_else(world: World, at: Any, own: int) -> None:
    """The other resource server could use it here (RFC 8707 section 3); of a bound token it does
    not have the key.
    """
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])
    Client.objects.update(allowed_resources=[OTHER_API])
    both = [OTHER_API, api_audience()] if own else [api_audience(), OTHER_API]
    form = {"grant_type": "client_credentials", "resource": both}

    bearer = exchange(new, form)
    bound = body(exchange(new, form, prove(client_key(), at)))

    assert error(bearer) == (400, "invalid_target")
    assert claims(bound["access_token"], at)["aud"] == both


def test_bearer_token_of_a_grant_for_several_is_for_our_api(world: World, at: Any) -> None:
    """RFC 8707 section 2.2: whoever does not say which gets what the server chooses."""
    new, key = web_app(partner=world.acme), client_key()
    Client.objects.update(allowed_resources=[OTHER_API])
    both = [OTHER_API, api_audience()]
    first = body(exchange(new, code_form(world, new, resource=both)))

    asked = exchange(new, {**refresh_form(first), "resource": both})
    other = body(exchange(new, {**refresh_form(first), "resource": OTHER_API}))
    bound = body(exchange(new, refresh_form(other), prove(key, at)))

    assert claims(first["access_token"], at)["aud"] == api_audience()
    assert error(asked) == (400, "invalid_target")
    assert claims(other["access_token"], at, OTHER_API)["aud"] == OTHER_API
    assert claims(bound["access_token"], at)["aud"] == both


def test_bearer_token_may_be_for_several_others(world: World, at: Any) -> None:
    new, third = machine(partner=world.acme), "https://third.example/api"
    Client.objects.update(allowed_resources=[OTHER_API, third])
    form = {"grant_type": "client_credentials", "resource": [OTHER_API, third]}

    answer = body(exchange(new, form))

    assert claims(answer["access_token"], at, OTHER_API)["aud"] == [OTHER_API, third]


def test_resource_withdrawn_from_the_client_ends_with_the_next_refresh(
    world: World, at: Any
) -> None:
    new = web_app(partner=world.acme)
    Client.objects.update(allowed_resources=[OTHER_API])
    both = body(exchange(new, code_form(world, new, resource=[OTHER_API, api_audience()])))
    one = body(exchange(new, code_form(world, new, resource=OTHER_API, prompt="consent")))
    Client.objects.update(allowed_resources=[])

    left = body(exchange(new, refresh_form(both), prove(client_key(), at)))
    asked = exchange(new, {**refresh_form(left), "resource": OTHER_API})
    nothing_left = exchange(new, refresh_form(one))

    assert claims(left["access_token"], at)["aud"] == api_audience()
    assert error(asked) == (400, "invalid_target")
    assert error(nothing_left) == (400, "invalid_target")


def test_resource_withdrawn_before_the_code_is_redeemed_is_not_given(world: World) -> None:
    new = web_app(partner=world.acme)
    Client.objects.update(allowed_resources=[OTHER_API])
    form = code_form(world, new, resource=OTHER_API)
    Client.objects.update(allowed_resources=[])

    assert error(exchange(new, form)) == (400, "invalid_target")


def test_resource_withdrawn_from_a_waiting_device_is_not_given(world: World) -> None:
    new = scanner()
    Client.objects.update(allowed_resources=[OTHER_API])
    waiting = device(new, resource=OTHER_API)
    answer_device(world.bo, waiting)
    Client.objects.update(allowed_resources=[])

    assert error(waiting.poll()) == (400, "invalid_target")


@pytest.mark.parametrize("resource", (OTHER_API, "not a uri", f"{OTHER_API}#fragment"))
def test_resource_that_is_not_allowed_is_an_invalid_target(world: World, resource: str) -> None:
    answer = exchange(
        machine(partner=world.acme), {"grant_type": "client_credentials", "resource": resource}
    )

    assert error(answer) == (400, "invalid_target")


def test_token_request_takes_one_of_the_resources_granted(world: World, at: Any) -> None:
    new = web_app(partner=world.acme)
    Client.objects.update(allowed_resources=[OTHER_API])
    form = code_form(world, new, resource=OTHER_API)

    other = exchange(new, {**form, "resource": api_audience()})
    granted = body(exchange(new, form))

    assert error(other) == (400, "invalid_target")
    assert claims(granted["access_token"], at, OTHER_API)["aud"] == OTHER_API


def test_token_for_another_resource_can_be_revoked(world: World) -> None:
    new = machine(partner=world.acme)
    Client.objects.update(allowed_resources=[OTHER_API])
    token = body(exchange(new, {"grant_type": "client_credentials", "resource": OTHER_API}))

    post_form(
        "/oauth/revoke",
        {"token": token["access_token"]},
        authorization=basic(new.client, new.secret),
    )

    assert TokenSession.objects.get().end_reason == "access token revoked"


# --- Limits -------------------------------------------------------------------------------------
def limits(world: World, amount: str = "5000.00", **changes: Any) -> str:
    detail = {
        "type": "procurement_purchasing",
        "identifier": world.office.public_id,
        "limits": {"per_order": {"amount": amount, "currency": "EUR"}},
        **changes,
    }
    return json.dumps([detail])


def test_limits_are_carried_by_session_token_answer_and_introspection(
    world: World, at: Any
) -> None:
    new = machine(partner=world.acme)
    form = {"grant_type": "client_credentials", "authorization_details": limits(world)}
    server = machine(is_resource_server=True)

    answer = body(exchange(new, form))

    session = TokenSession.objects.get()
    told = post_form(
        "/oauth/introspect",
        {"token": answer["access_token"]},
        authorization=basic(server.client, server.secret),
    )
    carried = answer["authorization_details"]
    assert carried[0]["limits"] == {"per_order": {"amount": "5000.00", "currency": "EUR"}}
    assert carried == session.authorization_details
    assert carried == claims(answer["access_token"], at)["authorization_details"]
    assert carried == json.loads(told.content)["authorization_details"]
    assert session.authorization_details_sha256


@conforms("RFC 9396", "3.2", "Details limit the session to the projects they name.")
def test_session_is_bound_to_the_projects_its_limits_name(world: World) -> None:
    project("FLEET", world.buyer, world.acme)
    new = machine(partner=world.acme)

    body(
        exchange(new, {"grant_type": "client_credentials", "authorization_details": limits(world)})
    )

    session = TokenSession.objects.get()
    assert session.project_ids == [world.office.id]
    assert session.project_bound


@conforms("RFC 9396", "5", "Details that name what the client may not touch are refused.")
def test_limits_that_name_anothers_project_are_refused(world: World) -> None:
    foreign = project("SECRET", world.buyer, world.globex)
    form = {
        "grant_type": "client_credentials",
        "authorization_details": limits(world, identifier=foreign.public_id),
    }

    answer = exchange(machine(partner=world.acme), form)

    assert error(answer) == (400, "invalid_authorization_details")


@conforms("RFC 9396", "11.1", "Limits are shown to the person at every request.")
def test_limits_are_shown_and_never_answered_from_memory(world: World) -> None:
    new = web_app(partner=world.acme)
    code_for(world.bo, new, pkce())

    code = code_for(world.bo, new, pkce(), authorization_details=limits(world))

    assert code  # The page was shown again, or code_for would have failed.


def test_refresh_narrows_limits_and_never_widens_them(world: World) -> None:
    new = web_app(partner=world.acme)
    form = code_form(world, new, authorization_details=limits(world))
    first = body(exchange(new, form))
    again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}

    wider = exchange(new, {**again, "authorization_details": limits(world, "5000.01")})
    narrower = body(exchange(new, {**again, "authorization_details": limits(world, "100.00")}))
    after = body(exchange(new, {**again, "refresh_token": narrower["refresh_token"]}))

    assert error(wider) == (400, "invalid_authorization_details")
    assert narrower["authorization_details"][0]["limits"]["per_order"]["amount"] == "100.00"
    assert after["authorization_details"] == first["authorization_details"]


def test_token_narrowed_to_a_project_is_held_to_it(world: World, at: Any) -> None:
    fleet = project("FLEET", world.buyer, world.acme)
    new = web_app(partner=world.acme, scopes=["purchase_orders:read", "offline_access"])
    form = code_form(world, new, authorization_details=both_projects(world, fleet))
    first = body(exchange(new, form))
    only = {"authorization_details": limits(world, identifier=fleet.public_id)}
    server = machine(is_resource_server=True)

    narrow = body(exchange(new, {**refresh_form(first), **only}))
    after = body(exchange(new, refresh_form(narrow)))

    everything = {world.office.public_id, fleet.public_id}
    told = [told_of(server, one)["projects"] for one in (first, narrow, after)]
    said = [claims(one["access_token"], at)["projects"] for one in (first, narrow, after)]
    held = [state_of(one, at) for one in (first, narrow, after)]
    issued = Event.objects.filter(data__jti=claims(narrow["access_token"], at)["jti"]).get()
    session = TokenSession.objects.get()
    assert [set(one) for one in told] == [everything, {fleet.public_id}, everything]
    assert [set(one) for one in said] == [everything, {fleet.public_id}, everything]
    assert [len(one.open_projects) for one in held] == [2, 1, 2]
    assert (held[1].project_ids, held[1].open_projects) == ([fleet.pk], [fleet.pk])
    digest = canonical_digest(narrow["authorization_details"])
    assert held[1].authorization_details_sha256 == digest
    assert held[0].authorization_details_sha256 == session.authorization_details_sha256
    assert held[2].authorization_details_sha256 == session.authorization_details_sha256
    assert issued.data["projects"] == [fleet.public_id]
    assert issued.data["authorization_details_sha256"] == digest


def both_projects(world: World, fleet: Project) -> str:
    either = limits(world), limits(world, identifier=fleet.public_id)
    return json.dumps([json.loads(one)[0] for one in either])


def test_narrowed_token_sees_only_its_project(world: World) -> None:
    order, fleet = issued(world), project("FLEET", world.buyer, world.acme)
    new = web_app(partner=world.acme)
    form = code_form(world, new, authorization_details=both_projects(world, fleet))
    first = body(exchange(new, form))
    only = {"authorization_details": limits(world, identifier=fleet.public_id)}

    narrow = body(exchange(new, {**refresh_form(first), **only}))

    whole, part = Caller(first["access_token"]), Caller(narrow["access_token"])
    assert [len(one.get(ORDERS).json()["data"]) for one in (whole, part)] == [1, 0]
    path = f"{ORDERS}/{order.public_id}"
    assert [one.get(path).status_code for one in (whole, part)] == [200, 404]


def test_narrowed_token_ends_with_its_project(world: World) -> None:
    fleet = project("FLEET", world.buyer, world.acme)
    new, server = web_app(partner=world.acme), machine(is_resource_server=True)
    form = code_form(world, new, authorization_details=both_projects(world, fleet))
    first = body(exchange(new, form))
    only = {"authorization_details": limits(world, identifier=fleet.public_id)}
    narrow = body(exchange(new, {**refresh_form(first), **only}))

    Project.objects.filter(pk=fleet.pk).update(status=ProjectStatus.CLOSED)

    assert told_of(server, narrow) == {"active": False}
    assert told_of(server, first)["projects"] == [world.office.public_id]


def test_limits_at_the_token_endpoint_name_only_projects_of_the_session(world: World) -> None:
    new = web_app(partner=world.acme)
    first = body(exchange(new, code_form(world, new, authorization_details=limits(world))))
    fleet = project("FLEET", world.buyer, world.acme)  # Open to them, yet not of the session.
    foreign = project("SECRET", world.buyer, world.globex)

    answers = [
        exchange(
            new,
            {
                **refresh_form(first),
                "authorization_details": limits(world, identifier=one.public_id),
            },
        )
        for one in (fleet, foreign)
    ]

    assert [error(one) for one in answers] == [(400, "invalid_authorization_details")] * 2


# --- Who is told ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("audience", "scopes", "username"),
    (
        (OTHER_API, ["purchase_orders:read"], None),
        (OTHER_API, ["purchase_orders:read", "email", "openid"], "bo@acme.example"),
        ("", ["purchase_orders:read"], "bo@acme.example"),
    ),
)
def test_other_resource_servers_learn_the_address_with_the_scope_email_alone(
    world: World, audience: str, scopes: list[str], username: str | None
) -> None:
    new = web_app(partner=world.acme, scopes=scopes)
    server = machine(is_resource_server=True)
    Client.objects.update(allowed_resources=[OTHER_API])
    Client.objects.filter(pk=server.client.pk).update(audience=audience or api_audience())
    asked = {"resource": audience} if audience else {}
    token = body(exchange(new, code_form(world, new, **asked)))

    told = told_of(server, token)

    assert (told["active"], told.get("username")) == (True, username)


def test_events_say_whether_a_token_is_bound(world: World, at: Any) -> None:
    new, key = machine(partner=world.acme), client_key()

    body(exchange(new, {"grant_type": "client_credentials"}, prove(key, at)))

    assert Event.objects.get(action=Action.TOKEN_ISSUED).data["dpop_jkt"] == key.thumbprint()


def test_code_of_a_request_without_a_key_stays_unbound(world: World) -> None:
    new = web_app(partner=world.acme)

    answer = redeem(new, code_for(world.bo, new, proof := pkce()), proof)

    assert body(answer)["token_type"] == "Bearer"
    assert Grant.objects.get().dpop_jkt == ""


# --- A network ----------------------------------------------------------------------------------
def test_token_is_refused_outside_the_clients_networks(world: World) -> None:
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])
    token = body(
        exchange(new, {"grant_type": "client_credentials", "scope": "purchase_orders:read"})
    )["access_token"]
    Client.objects.update(networks=["192.0.2.0/24"])

    answers = [
        Browser(REMOTE_ADDR=address).get(ORDERS, headers={"Authorization": f"Bearer {token}"})
        for address in ("192.0.2.9", "198.51.100.9")
    ]

    assert answers[0].status_code == 200
    assert problem(answers[1]) == (403, "ip-not-allowed")
    assert Event.objects.get(action=Action.REQUEST_DENIED).data["code"] == "ip-not-allowed"


def test_consent_page_says_the_limits_in_words(world: World) -> None:
    new, browser = web_app(partner=world.acme), Browser()
    browser.force_login(world.bo)
    query = authorize_query(new, pkce(), authorization_details=limits(world))

    page = browser.get("/oauth/authorize", query)

    assert page.context["limits"] == [
        [
            "Only in the project OFFICE Office.",
            "Changes no purchase orders.",
            "Spends at most EUR 5,000.00 for one order.",
            f"Until {world.office.access_until:%-d %b %Y, %H:%M} UTC.",
        ]
    ]
