"""Token exchange (RFC 8693) of our own access tokens: narrower, delegated, never wider."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.oauth.models import AccessToken, TokenSession
from apps.oauth.models.clients import AuthMethod, GrantType
from apps.oauth.selectors import live_sessions
from apps.oauth.services import end_dead_sessions, end_session, suspend_client
from apps.oauth.services.dpop import fresh_nonce
from apps.partners.models import PartnerUser
from apps.partners.services import suspend_partner
from apps.projects.models import Project
from apps.projects.states import ProjectStatus
from tests.conformance.stage import (
    Keyholder,
    call_api,
    changed,
    claims_in,
    post_proved,
    with_key,
)
from tests.factories.issuers import (
    ACCESS_TOKEN,
    HERE,
    ORDERS,
    ask,
    error_of,
    exchange,
    exchanger,
    id_token,
    token_of,
    told,
    trusted,
)
from tests.factories.jose import client_key, dpop_proof
from tests.factories.oauth import access_token, basic, code_for, pkce, post_form, redeem
from tests.factories.world import SETUP, World, project
from tests.oauth.test_statements import statements

pytestmark = pytest.mark.django_db

API = f"{HERE}/api/v1"
FILES = "https://files.buyer.example"
SHIPMENTS = "shipments:read"
BOTH = f"{ORDERS} {SHIPMENTS}"
REFUSED = (400, "invalid_request")
APP = (GrantType.AUTHORIZATION_CODE, GrantType.TOKEN_EXCHANGE)
MACHINE = (GrantType.CLIENT_CREDENTIALS, GrantType.TOKEN_EXCHANGE)


@pytest.fixture
def app(world: World) -> Any:
    """An application that people use and that may narrow its own tokens."""
    return exchanger(
        partner=world.acme, grants=APP, allowed_resources=[FILES], dpop_bound_access_tokens=False
    )


@pytest.fixture
def service() -> Any:
    """A service of the buyer's behind our API, to which tokens are sent."""
    return exchanger(is_resource_server=True, allowed_resources=[FILES], scopes=[ORDERS, SHIPMENTS])


@pytest.fixture
def token(world: World, app: Any) -> str:
    return token_for(world, app)


def token_for(world: World, app: Any, headers: dict[str, str] | None = None, **changes: Any) -> str:
    verifier = pkce()
    code = code_for(world.bo, app, verifier, **changes)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "https://app.example/callback",
        "code_verifier": verifier.verifier,
    }
    return token_of(ask(app, {**form, "headers": headers}))


def swap(new: Any, token: str, **changes: Any) -> Any:
    return exchange(new, token, ACCESS_TOKEN, **{"scope": None, **changes})


def proof(key: Any) -> dict[str, str]:
    nonce = fresh_nonce(datetime.now(tz=UTC))
    return {"DPoP": dpop_proof(key, "POST", f"{HERE}/oauth/token", nonce=nonce)}


# --- Who may --------------------------------------------------------------------------------------
def test_a_client_that_found_the_token_is_refused(world: World, token: str) -> None:
    finder = exchanger(partner=world.acme)

    assert error_of(swap(finder, token)) == REFUSED


def test_a_server_that_the_token_was_not_sent_to_is_refused(token: str) -> None:
    other = exchanger(is_resource_server=True, audience=FILES)

    assert error_of(swap(other, token)) == REFUSED


def test_a_server_of_another_vendor_is_refused(world: World, token: str) -> None:
    other = exchanger(partner=world.globex, is_resource_server=True)

    assert error_of(swap(other, token)) == REFUSED


def test_a_machines_token_is_narrowed_by_itself_alone(world: World, service: Any) -> None:
    machine = exchanger(partner=world.acme, grants=MACHINE)
    whole = access_token(machine)

    narrowed = claims_in(token_of(swap(machine, whole, scope=ORDERS)))

    assert error_of(swap(service, whole)) == REFUSED
    assert (narrowed["sub"], narrowed["scope"]) == (machine.client.client_id, ORDERS)
    assert "act" not in narrowed


def test_what_is_no_access_token_of_ours_is_refused(world: World, app: Any) -> None:
    trusted(partner=world.acme)
    verifier = pkce()
    answer = told(redeem(app, code_for(world.bo, app, verifier), verifier))

    for text in (id_token("bo@acme.example"), answer["access_token"][:-4] + "AAAA", "x", "a.b.c"):
        assert error_of(swap(app, text)) == REFUSED


def test_an_ended_token_is_refused(service: Any, token: str, at: datetime) -> None:
    end_session(actor=SETUP, at=at, session=TokenSession.objects.get(), reason="over")

    assert error_of(swap(service, token)) == REFUSED


def test_a_person_who_acts_for_another_company_since_is_refused(
    world: World, service: Any, token: str
) -> None:
    PartnerUser.objects.filter(user=world.bo).update(partner=world.globex)

    assert error_of(swap(service, token)) == REFUSED


# --- Never wider ----------------------------------------------------------------------------------
def test_scopes_are_kept_or_fewer(app: Any, token: str) -> None:
    assert told(swap(app, token))["scope"].split() == BOTH.split()
    assert told(swap(app, token, scope=ORDERS))["scope"] == ORDERS


def test_a_scope_the_token_does_not_hold_is_refused(world: World, app: Any) -> None:
    narrow = token_for(world, app, scope=ORDERS)

    assert error_of(swap(app, narrow, scope=BOTH)) == (400, "invalid_scope")
    assert error_of(swap(app, narrow, scope="openid")) == (400, "invalid_scope")


def test_a_scope_that_is_not_the_servers_is_refused_or_left_out(token: str) -> None:
    service = exchanger(is_resource_server=True, scopes=[ORDERS])

    assert error_of(swap(service, token, scope=BOTH)) == (400, "invalid_scope")
    assert told(swap(service, token))["scope"] == ORDERS


def test_where_nothing_is_left_nothing_is_given(token: str) -> None:
    service = exchanger(is_resource_server=True, scopes=["projects:read"])

    assert error_of(swap(service, token)) == (400, "invalid_scope")


def test_a_role_that_was_taken_away_takes_its_scopes(
    world: World, service: Any, token: str
) -> None:
    PartnerUser.objects.filter(user=world.bo).update(role="none")

    assert error_of(swap(service, token)) == (400, "invalid_scope")


def test_a_client_that_narrows_stays_within_the_tokens_audience(
    world: World, app: Any, token: str
) -> None:
    files = token_for(world, app, resource=FILES)

    assert claims_in(token_of(swap(app, token)))["aud"] == API
    assert claims_in(token_of(swap(app, token, resource=API)))["aud"] == API
    assert error_of(swap(app, token, resource=FILES)) == (400, "invalid_target")
    assert claims_in(token_of(swap(app, files)))["aud"] == FILES
    assert error_of(swap(app, files, resource=API)) == (400, "invalid_target")


def test_a_server_calls_on_where_staff_let_it(service: Any, token: str) -> None:
    assert claims_in(token_of(swap(service, token, resource=FILES)))["aud"] == FILES
    other = "https://mail.buyer.example"
    assert error_of(swap(service, token, resource=other)) == (400, "invalid_target")


def test_projects_are_those_both_may_act_in(world: World, token: str) -> None:
    harbour = project("HARBOUR", world.buyer, world.acme)
    only_there = exchanger(is_resource_server=True)
    only_there.client.projects.set([harbour])
    here = exchanger(is_resource_server=True)
    here.client.projects.set([harbour, world.office])

    assert error_of(swap(only_there, token)) == REFUSED
    assert claims_in(token_of(swap(here, token)))["projects"] == [world.office.public_id]


def limits(world: World, amount: str) -> str:
    return json.dumps(
        [
            {
                "type": "procurement_purchasing",
                "identifier": world.office.public_id,
                "limits": {"per_order": {"amount": amount, "currency": "EUR"}},
            }
        ]
    )


def test_limits_are_kept_or_lower(world: World, app: Any, service: Any) -> None:
    bounded = token_for(world, app, authorization_details=limits(world, "500.00"))

    kept = told(swap(service, bounded))
    lower = told(swap(service, bounded, authorization_details=limits(world, "50.00")))
    higher = swap(service, bounded, authorization_details=limits(world, "501.00"))

    assert kept["authorization_details"][0]["limits"]["per_order"]["amount"] == "500.00"
    assert lower["authorization_details"][0]["limits"]["per_order"]["amount"] == "50.00"
    assert error_of(higher) == (400, "invalid_authorization_details")


def test_a_token_without_limits_may_be_given_some(world: World, app: Any, token: str) -> None:
    answer = told(swap(app, token, authorization_details=limits(world, "50.00")))

    assert answer["authorization_details"][0]["limits"]["per_order"]["amount"] == "50.00"
    assert call_api(answer["access_token"]).status_code == 200


def test_it_expires_no_later_than_what_it_came_of(service: Any, token: str) -> None:
    service.client.access_token_seconds = 3600
    service.client.save(update_fields=["access_token_seconds"])

    answer = told(swap(service, token))

    assert claims_in(answer["access_token"])["exp"] == claims_in(token)["exp"]
    assert "refresh_token" not in answer


# --- Who acts (RFC 8693 section 4.1) --------------------------------------------------------------
def test_the_server_acts_for_the_person(world: World, service: Any, token: str) -> None:
    answer = told(swap(service, token))

    claims = claims_in(answer["access_token"])
    assert answer["issued_token_type"] == ACCESS_TOKEN
    assert (claims["sub"], claims["client_id"]) == (world.bo.public_id, service.client.client_id)
    assert claims["act"] == {"sub": service.client.client_id}
    assert claims["partner"] == world.acme.public_id
    assert claims["auth_time"] == claims_in(token)["auth_time"]
    session = live_sessions(at=datetime.now(tz=UTC)).get(client=service.client)
    assert session.lineage == [
        AccessToken.objects.get(session__client__name="Exchanger", session__lineage=[]).jti
    ]
    assert call_api(answer["access_token"]).status_code == 200


def test_introspection_tells_who_acts(service: Any, token: str) -> None:
    delegated = token_of(swap(service, token))
    authorization = basic(service.client, service.secret)

    answer = told(post_form("/oauth/introspect", {"token": delegated}, authorization=authorization))

    assert (answer["active"], answer["act"]) == (True, {"sub": service.client.client_id})


def test_a_chain_has_the_present_actor_outermost_and_three_at_most(token: str) -> None:
    chain = [exchanger(is_resource_server=True) for _ in range(4)]
    names = [one.client.client_id for one in chain]
    for one in chain[:3]:
        token = token_of(swap(one, token))

    act = {"sub": names[2], "act": {"sub": names[1], "act": {"sub": names[0]}}}
    assert claims_in(token)["act"] == act
    assert error_of(swap(chain[3], token)) == REFUSED
    assert claims_in(token_of(swap(chain[2], token)))["act"] == act


# --- Its end --------------------------------------------------------------------------------------
def _end(world: World, app: Any, service: Any, token: str) -> None:
    del world, service, token
    end_session(
        actor=SETUP,
        at=datetime.now(tz=UTC),
        session=TokenSession.objects.get(client=app.client),
        reason="over",
    )


def _revoke(world: World, app: Any, service: Any, token: str) -> None:
    del world, service
    post_form("/oauth/revoke", {"token": token}, authorization=basic(app.client, app.secret))


def _suspend_app(world: World, app: Any, service: Any, token: str) -> None:
    del world, service, token
    suspend_client(actor=SETUP, at=datetime.now(tz=UTC), client=app.client, reason="x")


def _suspend_service(world: World, app: Any, service: Any, token: str) -> None:
    del world, app, token
    suspend_client(actor=SETUP, at=datetime.now(tz=UTC), client=service.client, reason="x")


def _suspend_partner(world: World, app: Any, service: Any, token: str) -> None:
    del app, service, token
    suspend_partner(actor=SETUP, at=datetime.now(tz=UTC), partner=world.acme, reason="x")


def _deactivate(world: World, app: Any, service: Any, token: str) -> None:
    del app, service, token
    world.bo.is_active = False
    world.bo.save(update_fields=["is_active"])


def _close(world: World, app: Any, service: Any, token: str) -> None:
    del app, service, token
    Project.objects.filter(pk=world.office.pk).update(status=ProjectStatus.CLOSED)


ENDS: dict[str, Callable[[World, Any, Any, str], None]] = {
    "its session": _end,
    "it was revoked": _revoke,
    "its client": _suspend_app,
    "the acting client": _suspend_service,
    "its partner": _suspend_partner,
    "its person": _deactivate,
    "its last project": _close,
}


@pytest.mark.parametrize("what", ENDS)
def test_it_ends_with_what_the_first_token_stood_on(
    world: World, app: Any, service: Any, token: str, what: str
) -> None:
    last = exchanger(is_resource_server=True)
    delegated = token_of(swap(service, token))
    once_more = token_of(swap(last, delegated))
    assert [call_api(one).status_code for one in (delegated, once_more)] == [200, 200]

    ENDS[what](world, app, service, token)

    assert [call_api(one).status_code for one in (delegated, once_more)] == [401, 401]
    assert error_of(swap(last, delegated)) == REFUSED
    at = datetime.now(tz=UTC)
    assert not live_sessions(at=at).filter(client__in=[service.client, last.client]).exists()


def test_the_row_of_a_session_whose_first_token_ended_follows(
    app: Any, service: Any, token: str, at: datetime
) -> None:
    swap(service, token)
    AccessToken.objects.filter(session__client=app.client).update(revoked_at=at)

    ended = end_dead_sessions(at=at + timedelta(seconds=1), limit=10)

    session = TokenSession.objects.get(client=service.client)
    assert (ended, session.end_reason) == (1, "the token it was exchanged for has ended")


def test_revoking_a_token_ends_what_it_was_exchanged_for_and_no_more(
    world: World, app: Any, service: Any, token: str
) -> None:
    swap(service, token)

    _revoke(world, app, service, token)

    ended = dict(TokenSession.objects.values_list("client", "end_reason"))
    assert ended == {
        service.client.pk: "the token it was exchanged for has ended",
        app.client.pk: "",
    }


# --- Bound to a key (RFC 9449) --------------------------------------------------------------------
def test_a_bound_token_is_exchanged_with_its_key_and_stays_bound(
    world: World, app: Any, service: Any
) -> None:
    key = client_key()
    bound = token_for(world, app, headers=proof(key))

    assert error_of(swap(app, bound)) == REFUSED
    assert error_of(swap(app, bound, headers=proof(client_key()))) == REFUSED
    assert error_of(swap(service, bound)) == REFUSED
    answer = told(swap(app, bound, headers=proof(key)))
    assert answer["token_type"] == "DPoP"
    assert claims_in(answer["access_token"])["cnf"] == {"jkt": key.thumbprint()}


def test_a_token_may_become_bound(app: Any, token: str) -> None:
    answer = told(swap(app, token, headers=proof(client_key())))

    assert answer["token_type"] == "DPoP"


def test_a_machines_restricted_scope_stays_with_its_key(world: World) -> None:
    holder, scope = Keyholder(), "vendors.banking:read"
    first = exchanger(partner=world.acme, grants=MACHINE, scopes=[scope])
    hashed = first.client.client_secret
    machine = with_key(first, holder)

    def proved(form: dict[str, str]) -> Any:
        return post_proved(
            "/oauth/token", lambda: {**form, **holder.credentials(machine.client)}, holder
        )

    bound = token_of(proved({"grant_type": "client_credentials", "scope": scope}))
    form = {
        "grant_type": GrantType.TOKEN_EXCHANGE.value,
        "subject_token": bound,
        "subject_token_type": ACCESS_TOKEN,
    }
    kept = told(proved(form))
    bare = post_form("/oauth/token", {**form, **holder.credentials(machine.client)})
    assert error_of(bare) == REFUSED
    assert (kept["scope"], kept["token_type"]) == (scope, "DPoP")

    changed(
        machine, token_endpoint_auth_method=AuthMethod.SECRET_BASIC, client_secret=hashed,
        client_jwks=None,
    )  # fmt: skip
    nonce = fresh_nonce(datetime.now(tz=UTC))
    bound_to = {"DPoP": holder.proof("POST", "/oauth/token", nonce=nonce)}
    by_secret = exchange(first, bound, ACCESS_TOKEN, scope=scope, headers=bound_to)
    assert error_of(by_secret) == (400, "invalid_scope")


# --- Its cost -------------------------------------------------------------------------------------
def test_an_exchange_makes_five_statements_and_its_use_one_more(
    app: Any, service: Any, token: str
) -> None:
    del app
    swap(service, token)

    with statements(5):
        delegated = token_of(swap(service, token))
    call_api(delegated)
    with statements(3):
        assert call_api(delegated).status_code == 200
    with statements(2):
        assert call_api(token).status_code == 200
