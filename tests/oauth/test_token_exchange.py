"""Token exchange (RFC 8693) of a trusted issuer's tokens: what is taken for whom, attacks first."""

import base64
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.core.cache import cache
from joserfc import jwt
from joserfc.jwk import OctKey
from pytest_django import Settings

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.errors import ValidationFailedError
from apps.oauth.crypto import sha256_hex
from apps.oauth.models import RefreshToken, TokenSession, TrustedIssuer
from apps.oauth.models.clients import AuthMethod, GrantType
from apps.oauth.policy.sign_in import ACR_MFA, ACR_PASSWORD
from apps.oauth.services.dpop import fresh_nonce
from apps.oauth.services.issuers import deactivate_issuer, reactivate_issuer
from apps.partners.models import PartnerUser
from apps.partners.services import suspend_partner
from apps.projects.models import Project
from apps.projects.states import ProjectStatus
from tests.conformance.stage import call_api, claims_in
from tests.factories.identity import staff
from tests.factories.issuers import (
    ACCESS_TOKEN,
    AUDIENCE,
    HERE,
    ISSUER,
    JWT,
    KEY,
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
from tests.factories.jose import client_key, dpop_proof, public_jwk, public_jwks
from tests.factories.oauth import machine
from tests.factories.threads import at_once
from tests.factories.web import Site, serving
from tests.factories.world import SETUP, World, make_world, person
from tests.oauth.test_statements import statements

pytestmark = pytest.mark.django_db

BO = "bo@acme.example"
REFUSED = (400, "invalid_request")


@pytest.fixture
def issuer(world: World) -> TrustedIssuer:
    return trusted(partner=world.acme)


@pytest.fixture
def new(world: World, issuer: TrustedIssuer) -> Any:
    del issuer
    return exchanger(partner=world.acme)


def proof(key: Any) -> dict[str, str]:
    nonce = fresh_nonce(datetime.now(tz=UTC))
    return {"DPoP": dpop_proof(key, "POST", f"{HERE}/oauth/token", nonce=nonce)}


# --- Attacks ------------------------------------------------------------------------------------
def unsigned() -> str:
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode()
    return f"{head}.{id_token(BO).split('.')[1]}."


def by_public_key() -> str:
    """Signed with HMAC, the issuer's public key for a secret."""
    secret = OctKey.import_key(json.dumps(public_jwk(KEY)).encode())
    claims = claims_in(id_token(BO))
    return jwt.encode({"alg": "HS256", "kid": KEY.kid}, claims, secret, algorithms=["HS256"])


FORGED: dict[str, Callable[[], str]] = {
    "nobody signed it": unsigned,
    "HMAC with the public key": by_public_key,
    "another key of the same name": lambda: id_token(BO, client_key()),
    "a key the issuer does not have": lambda: id_token(BO, client_key(kid="k2")),
    "a key in its header": lambda: id_token(
        BO, (mine := client_key()), header={"jwk": public_jwk(mine)}
    ),
    "changed afterwards": lambda: ".".join(
        [
            id_token(BO).split(".")[0],
            id_token(BO, sub="x").split(".")[1],
            id_token(BO).split(".")[2],
        ]
    ),
    "an access token": lambda: id_token(BO, header={"typ": "at+jwt"}),
    "a logout token": lambda: id_token(BO, header={"typ": "logout+jwt"}),
    "no JWT at all": lambda: "x",
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_token_is_refused(new: Any, what: str) -> None:
    assert error_of(exchange(new, FORGED[what]())) == REFUSED
    assert not TokenSession.objects.exists()


@pytest.mark.parametrize(
    "changes",
    (
        {"iss": "https://other.example"},
        {"iss": f"{ISSUER}/"},
        {"iss": HERE},
        {"iss": None},
        {"iss": [ISSUER]},
        {"iss": "https://nul.example\x00"},
        {"aud": "another-client"},
        {"aud": [AUDIENCE, "another-client"]},
        {"aud": []},
        {"aud": [[AUDIENCE]]},
        {"aud": None},
        {"azp": "another-client"},
        {"exp": timedelta(seconds=-61)},
        {"exp": None},
        {"exp": True},
        {"exp": float("nan")},
        {"iat": timedelta(seconds=-3700)},
        {"iat": timedelta(seconds=300)},
        {"iat": None},
        {"nbf": timedelta(seconds=300)},
        {"nbf": "soon"},
        {"auth_time": timedelta(seconds=300)},
        {"auth_time": -1},
        {"auth_time": "then"},
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"email_verified": 1},
        {"email": None},
        {"email": ["bo@acme.example"]},
        {"email": "bo@acme.example\n"},
        {"email": "bo@ac\u212ae.example"},
        {"email": "nobody@acme.example"},
        {"email": "cy@globex.example"},
        {"email": "b" * 300 + "@acme.example"},
        {"email": "bo\x00@acme.example"},
        {"jti": ""},
        {"jti": 7},
        {"act": {"sub": "another"}},
        {"may_act": {"sub": "another"}},
        {"cnf": {"x5t#S256": "x"}},
        {"cnf": {"jkt": "x" * 43}},
    ),
)
def test_a_token_that_vouches_for_nobody_here_is_refused(new: Any, changes: dict[str, Any]) -> None:
    email = changes.pop("email", BO) if "email" in changes else BO

    assert error_of(exchange(new, id_token(email, **changes))) == REFUSED
    assert not TokenSession.objects.exists()


def test_letters_that_only_look_alike_in_lower_case_are_nobody(world: World) -> None:
    """The Kelvin sign has the letter k for its lower case."""
    trusted(partner=world.acme)
    kim = person("kim@acme.example")
    PartnerUser.objects.create(
        partner=world.acme, user=kim, role="manager", created_at=kim.created_at
    )
    new = exchanger(partner=world.acme)

    assert exchange(new, id_token("KIM@acme.example")).status_code == 200
    assert error_of(exchange(new, id_token("\u212aim@acme.example"))) == REFUSED


def test_the_buyers_issuer_vouches_for_no_partners_person(world: World) -> None:
    trusted(partner=None)
    new = exchanger(partner=world.acme)

    assert error_of(exchange(new, id_token(BO))) == REFUSED


def test_a_partners_issuer_vouches_for_no_member_of_staff(world: World) -> None:
    trusted(partner=world.acme)
    person("boss@buyer.example", is_staff=True)

    assert error_of(exchange(exchanger(), id_token("boss@buyer.example"))) == REFUSED


def test_another_vendors_client_is_not_for_this_person(world: World) -> None:
    trusted(partner=world.acme)
    new = exchanger(partner=world.globex)

    assert error_of(exchange(new, id_token(BO))) == REFUSED


def test_a_person_who_was_deactivated_is_refused(world: World, new: Any) -> None:
    world.bo.is_active = False
    world.bo.save(update_fields=["is_active"])

    assert error_of(exchange(new, id_token(BO))) == REFUSED


def test_without_an_open_project_nothing_is_given(new: Any) -> None:
    Project.objects.update(status=ProjectStatus.CLOSED)

    assert error_of(exchange(new, id_token(BO))) == REFUSED


def test_the_reason_stands_in_the_trail_alone(new: Any) -> None:
    answer = exchange(new, id_token(BO, email_verified=False))

    event = Event.objects.get(action=Action.TOKEN_REFUSED)
    assert told(answer)["error_description"] == "The subject_token is not accepted."
    assert event.data["reason"] == "the address is not verified"


def test_a_token_with_an_id_is_taken_once(new: Any) -> None:
    token = id_token(BO, jti="once")

    answers = [exchange(new, token).status_code for _ in range(3)]

    assert answers == [200, 400, 400]


def test_a_refused_request_does_not_use_the_token_up(new: Any) -> None:
    token = id_token(BO, jti="once")

    assert error_of(exchange(new, token, scope="bids:write")) == (400, "invalid_scope")
    assert exchange(new, token).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_eight_at_once_one_is_given_the_token() -> None:
    world = make_world()
    trusted(partner=world.acme)
    new, token = exchanger(partner=world.acme), id_token(BO, jti="once")

    answers = at_once(*[lambda: exchange(new, token).status_code] * 8)

    assert Counter(answers) == {200: 1, 400: 7}
    assert TokenSession.objects.count() == 1


# --- The request (RFC 8693 section 2.1) -----------------------------------------------------------
@pytest.mark.parametrize(
    "changes",
    (
        {"subject_token": None},
        {"subject_token_type": None},
        {"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"},
        {"subject_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
        {"subject_token_type": ACCESS_TOKEN},
        {"actor_token": "x"},
        {"actor_token_type": ACCESS_TOKEN},
        {"requested_token_type": JWT},
        {"subject_token": "x\x00"},
    ),
)
def test_a_request_of_another_form_is_invalid(new: Any, changes: dict[str, Any]) -> None:
    assert error_of(exchange(new, id_token(BO), **changes)) == REFUSED


def test_a_client_without_the_grant_is_refused(world: World, issuer: TrustedIssuer) -> None:
    del issuer
    other = machine(partner=world.acme, scopes=[ORDERS])

    assert error_of(exchange(other, id_token(BO))) == (400, "unauthorized_client")


@pytest.mark.parametrize("grant", (GrantType.TOKEN_EXCHANGE, GrantType.JWT_BEARER))
def test_a_public_client_is_not_registered_for_it(grant: GrantType) -> None:
    with pytest.raises(ValidationFailedError) as error:
        exchanger(auth_method=AuthMethod.NONE, grants=[grant])

    assert [fault.code for fault in error.value.errors] == ["grant-not-allowed"]


# --- What is given --------------------------------------------------------------------------------
def test_the_answer_has_an_access_token_and_nothing_to_stay_with(world: World, new: Any) -> None:
    answer = told(exchange(new, id_token(BO), requested_token_type=ACCESS_TOKEN))

    claims = claims_in(answer.pop("access_token"))
    assert answer == {
        "issued_token_type": ACCESS_TOKEN,
        "token_type": "Bearer",
        "expires_in": 600,
        "scope": ORDERS,
    }
    assert (claims["sub"], claims["client_id"]) == (world.bo.public_id, new.client.client_id)
    assert (claims["partner"], claims["role"]) == (world.acme.public_id, "manager")
    assert claims["projects"] == [world.office.public_id]
    assert "act" not in claims
    assert not RefreshToken.objects.exists()


def test_the_session_says_whose_word_it_rests_on(
    world: World, issuer: TrustedIssuer, new: Any
) -> None:
    exchange(new, id_token(BO))

    session = TokenSession.objects.get()
    assert (session.kind, session.user, session.partner) == ("user", world.bo, world.acme)
    assert (session.issuer, session.auth_method) == (issuer, "token_exchange")
    assert (session.auth_time, session.acr, session.amr) == (None, "", [])
    event = Event.objects.get(action=Action.TOKEN_ISSUED)
    assert event.data["issuer"] == issuer.public_id
    assert event.data["grant_type"] == GrantType.TOKEN_EXCHANGE


@pytest.mark.parametrize(
    ("amr", "acr"),
    (
        (["pwd", "mfa"], ACR_MFA),
        (["pwd"], ACR_PASSWORD),
        (None, ACR_PASSWORD),
        ("mfa", ACR_PASSWORD),
        ([["mfa"]], ACR_PASSWORD),
    ),
)
def test_a_sign_in_there_counts_for_what_is_sure(new: Any, amr: Any, acr: str) -> None:
    exchange(
        new, id_token(BO, auth_time=timedelta(seconds=-100), amr=amr, acr="urn:countersign:acr:mfa")
    )

    session = TokenSession.objects.get()
    assert session.acr == acr
    age = datetime.now(tz=UTC) - (session.auth_time or datetime.min.replace(tzinfo=UTC))
    assert timedelta(seconds=100) <= age < timedelta(seconds=160)


def test_a_jwt_is_taken_as_an_id_token_is(new: Any) -> None:
    assert exchange(new, id_token(BO), JWT).status_code == 200


def test_the_address_may_stand_in_another_claim(world: World) -> None:
    trusted(partner=world.acme, subject_claim="upn")
    new = exchanger(partner=world.acme)

    assert exchange(new, id_token("x", upn="BO@acme.example")).status_code == 200
    assert error_of(exchange(new, id_token(BO))) == REFUSED


def test_clocks_may_differ_by_a_minute(new: Any) -> None:
    late = id_token(BO, exp=timedelta(seconds=-30), iat=timedelta(seconds=-600))
    early = id_token(
        BO, iat=timedelta(seconds=30), nbf=timedelta(seconds=30), exp=timedelta(seconds=300)
    )

    assert [exchange(new, token).status_code for token in (late, early)] == [200, 200]


def test_the_buyers_issuer_vouches_for_staff(world: World) -> None:
    trusted(partner=None)
    boss = staff()
    world.office.members.create(user=boss, valid_from=boss.created_at)

    claims = claims_in(token_of(exchange(exchanger(), id_token(boss.email))))

    assert (claims["sub"], claims["role"]) == (boss.public_id, "approver_admin")


def test_nothing_asked_for_is_nothing_given(new: Any) -> None:
    assert told(exchange(new, id_token(BO), scope=None))["scope"] == ""


@pytest.mark.parametrize("scope", ("bids:write", "no:such", f"{ORDERS} bids:write"))
def test_a_scope_that_is_not_the_clients_is_refused(new: Any, scope: str) -> None:
    assert error_of(exchange(new, id_token(BO), scope=scope)) == (400, "invalid_scope")


def test_a_scope_beyond_the_persons_role_is_left_out(world: World) -> None:
    trusted(partner=world.acme)
    new = exchanger(partner=world.acme, scopes=[ORDERS, "vendors:write"])

    both = told(exchange(new, id_token(BO), scope=f"{ORDERS} vendors:write"))
    assert both["scope"] == ORDERS
    assert error_of(exchange(new, id_token(BO), scope="vendors:write")) == (400, "invalid_scope")


def test_nobody_stays_connected_by_an_exchange(world: World) -> None:
    trusted(partner=world.acme)
    grants = [GrantType.TOKEN_EXCHANGE, GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN]
    new = exchanger(partner=world.acme, scopes=[ORDERS, "offline_access"], grants=grants)

    answer = told(exchange(new, id_token(BO), scope=f"{ORDERS} offline_access"))

    assert (answer["scope"], "refresh_token" in answer) == (ORDERS, False)


def test_a_restricted_scope_needs_a_key(world: World) -> None:
    trusted(partner=world.acme)
    PartnerUser.objects.filter(user=world.bo).update(role="admin")
    scope = "vendors.banking:read"
    new = exchanger(partner=world.acme, scopes=[ORDERS, scope])

    bare = exchange(new, id_token(BO), scope=scope)
    bound = exchange(new, id_token(BO), scope=scope, headers=proof(key := client_key()))

    assert error_of(bare) == (400, "invalid_scope")
    assert (told(bound)["token_type"], told(bound)["scope"]) == ("DPoP", scope)
    assert claims_in(token_of(bound))["cnf"] == {"jkt": key.thumbprint()}


def test_a_client_whose_tokens_are_bound_proves_a_key(world: World) -> None:
    trusted(partner=world.acme)
    new = exchanger(partner=world.acme, dpop_bound_access_tokens=True)

    assert error_of(exchange(new, id_token(BO))) == (400, "invalid_dpop_proof")


def test_a_bound_token_is_exchanged_with_its_key_alone(new: Any) -> None:
    key = client_key()
    token = partial(id_token, BO, cnf={"jkt": key.thumbprint()})

    other = exchange(new, token(), headers=proof(client_key()))
    same = exchange(new, token(), headers=proof(key))

    assert (error_of(exchange(new, token())), error_of(other)) == (REFUSED, REFUSED)
    assert claims_in(token_of(same))["cnf"] == {"jkt": key.thumbprint()}


FILES = "https://files.buyer.example"


def test_a_resource_or_its_server_may_be_named(world: World) -> None:
    trusted(partner=world.acme)
    new = exchanger(partner=world.acme, allowed_resources=[FILES])
    server = exchanger(is_resource_server=True, audience=FILES)
    named = ({"resource": FILES}, {"audience": FILES}, {"audience": server.client.client_id})

    found = {claims_in(token_of(exchange(new, id_token(BO), **one)))["aud"] for one in named}
    both = exchange(new, id_token(BO), audience=[FILES, f"{HERE}/api/v1"])

    assert found == {FILES}
    assert claims_in(token_of(both))["aud"] == [FILES, f"{HERE}/api/v1"]


@pytest.mark.parametrize(
    "named",
    (
        {"resource": FILES},
        {"audience": FILES},
        {"audience": "cli_nobody"},
        {"audience": "x"},
        {"resource": "no uri"},
    ),
)
def test_a_target_that_is_not_the_clients_is_refused(new: Any, named: dict[str, str]) -> None:
    assert error_of(exchange(new, id_token(BO), **named)) == (400, "invalid_target")


def test_a_server_that_is_not_for_the_client_is_no_target(new: Any) -> None:
    server = exchanger(is_resource_server=True, audience=FILES)

    answer = exchange(new, id_token(BO), audience=server.client.client_id)

    assert error_of(answer) == (400, "invalid_target")


def test_limits_may_be_asked_for(world: World, new: Any) -> None:
    limits = {"type": "procurement_purchasing", "identifier": world.office.public_id}
    other = {**limits, "identifier": "prj_01M7XM1QM3E9X9354WWT55CQEG"}

    answer = exchange(new, id_token(BO), authorization_details=json.dumps([limits]))
    beyond = exchange(new, id_token(BO), authorization_details=json.dumps([other]))

    assert told(answer)["authorization_details"][0]["identifier"] == world.office.public_id
    assert error_of(beyond) == (400, "invalid_authorization_details")


# --- Its end --------------------------------------------------------------------------------------
def test_deactivating_the_issuer_ends_what_it_brought(
    issuer: TrustedIssuer, new: Any, at: datetime
) -> None:
    token = token_of(exchange(new, id_token(BO)))
    assert call_api(token).status_code == 200

    ended = deactivate_issuer(actor=SETUP, at=at, issuer=issuer, reason="leaked")

    assert ended == 1
    assert call_api(token).status_code == 401
    assert error_of(exchange(new, id_token(BO))) == REFUSED
    session = TokenSession.objects.get()
    assert session.end_reason == "trusted issuer deactivated: leaked"


def test_reactivating_the_issuer_revives_nothing(
    issuer: TrustedIssuer, new: Any, at: datetime
) -> None:
    token = token_of(exchange(new, id_token(BO)))
    deactivate_issuer(actor=SETUP, at=at, issuer=issuer, reason="leaked")
    reactivate_issuer(actor=SETUP, at=at, issuer=issuer, reason="mended")
    TokenSession.objects.update(ended_at=None)

    assert call_api(token).status_code == 401
    assert call_api(token_of(exchange(new, id_token(BO)))).status_code == 200


def test_suspending_the_partner_ends_it_as_it_ends_all_else(
    world: World, new: Any, at: datetime
) -> None:
    token = token_of(exchange(new, id_token(BO)))

    suspend_partner(actor=SETUP, at=at, partner=world.acme, reason="audit")

    assert call_api(token).status_code == 401


# --- Its keys, where they are fetched -------------------------------------------------------------
@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as started:
        yield started


@pytest.fixture
def remote(world: World, site: Site, fresh_cache: None) -> TrustedIssuer:
    del fresh_cache
    site.body = json.dumps(public_jwks(KEY)).encode()
    return trusted(partner=world.acme, jwks_uri=site.url("/jwks"))


def pause_is_over(issuer: TrustedIssuer) -> None:
    """As half a minute after the last attempt to fetch."""
    cache.delete(f"jwks-turn:{issuer.public_id}:{sha256_hex(issuer.jwks_uri)}")


def test_its_keys_are_fetched_once(world: World, site: Site, remote: TrustedIssuer) -> None:
    del remote
    new = exchanger(partner=world.acme)

    assert [exchange(new, id_token(BO)).status_code for _ in range(3)] == [200] * 3
    assert len(site.asked) == 1


def test_a_change_of_its_keys_is_followed(world: World, site: Site, remote: TrustedIssuer) -> None:
    new, fresh = exchanger(partner=world.acme), client_key(kid="k2")
    assert exchange(new, id_token(BO)).status_code == 200
    site.body = json.dumps(public_jwks(fresh)).encode()
    pause_is_over(remote)

    assert exchange(new, id_token(BO, fresh)).status_code == 200
    assert error_of(exchange(new, id_token(BO))) == REFUSED


def test_made_up_key_names_make_us_no_hammer(
    world: World, site: Site, remote: TrustedIssuer
) -> None:
    del remote
    new = exchanger(partner=world.acme)

    for number in range(6):
        token = id_token(BO, client_key(kid=f"made-up-{number}"))
        assert error_of(exchange(new, token)) == REFUSED

    assert len(site.asked) == 1
    assert exchange(new, id_token(BO)).status_code == 200


def test_keys_at_an_address_that_is_not_public_are_not_fetched(
    world: World, site: Site, remote: TrustedIssuer, settings: Settings
) -> None:
    del remote
    settings.OUTBOUND_PRIVATE_HOSTS = False

    assert error_of(exchange(exchanger(partner=world.acme), id_token(BO))) == REFUSED
    assert site.asked == []


# --- Its cost -------------------------------------------------------------------------------------
def test_an_exchange_makes_five_statements(new: Any) -> None:
    exchange(new, id_token(BO))
    token = id_token(BO, jti="one")

    with statements(5):  # One of them remembers the token's id.
        assert exchange(new, token).status_code == 200


def test_nothing_in_the_body_is_a_fault_of_ours(new: Any) -> None:
    for text in ("\ud7ff", "a.b.c", "é", "." * 8000, "e30.e30.e30"):
        for kind in (ACCESS_TOKEN, JWT):
            assert error_of(exchange(new, text, kind)) == REFUSED
    form = {"grant_type": GrantType.TOKEN_EXCHANGE.value, "audience": ["a"] * 11}
    assert error_of(ask(new, form)) == REFUSED


def test_a_session_lives_no_longer_than_its_token(new: Any) -> None:
    exchange(new, id_token(BO))

    session = TokenSession.objects.get()
    assert session.expires_at - session.created_at == timedelta(seconds=600)
