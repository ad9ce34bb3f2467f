"""RFC 9449, section 7: a bound token at the resource."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client as Browser

from tests.conformance.compliance import conforms
from tests.conformance.stage import (
    CC,
    ORDERS,
    Keyholder,
    ath,
    call_api,
    call_proved,
    post,
    post_proved,
    told,
)
from tests.factories.oauth import access_token, basic, machine
from tests.factories.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder() -> Keyholder:
    return Keyholder()


@pytest.fixture
def token(world: World, holder: Keyholder) -> str:
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])
    form = {**CC, "scope": "purchase_orders:read"}
    header = {"Authorization": basic(new.client, new.secret)}
    return str(told(post_proved("/oauth/token", lambda: form, holder, **header))["access_token"])


@conforms("RFC 9449", "7.1", "A bound token with a proof of its key is accepted.")
def test_bound_token_with_its_proof_is_accepted(token: str, holder: Keyholder) -> None:
    assert call_proved(token, holder).status_code == 200


@conforms("RFC 9449", "7.1", "A bound token without a proof is refused.")
def test_bound_token_without_a_proof_is_refused(token: str) -> None:
    answer = call_api(token, scheme="DPoP")

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].split()[0] == "DPoP"


@conforms("RFC 9449", "7.2", "A bound token is no bearer token.")
def test_bound_token_as_bearer_is_refused(token: str, holder: Keyholder) -> None:
    proof = holder.proof("GET", ORDERS, ath=ath(token))

    assert [call_api(token).status_code, call_api(token, dpop=proof).status_code] == [401, 401]


@conforms("RFC 9449", "7.1", "A proof of another key is refused.")
def test_proof_of_another_key_is_refused(token: str) -> None:
    assert call_proved(token, Keyholder()).status_code == 401


@conforms("RFC 9449", "7.1", "A proof for another token, method or address is refused.")
@pytest.mark.parametrize(
    "changes",
    (
        {"ath": ath("another token")},
        {"ath": None},
        {"htm": "POST"},
        {"htu": "https://buyer.example/api/v1/projects"},
        {"iat": int(datetime.now(tz=UTC).timestamp()) - 3600},
    ),
)
def test_proof_of_something_else_is_refused(
    changes: dict[str, Any], token: str, holder: Keyholder
) -> None:
    answer = call_proved(token, holder, **changes)

    assert answer.status_code == 401


@conforms("RFC 9449", "7.1", "A refusal names the scheme and the algorithms.")
def test_refusal_names_scheme_and_algorithms(token: str) -> None:
    challenge = call_proved(token, Keyholder())["WWW-Authenticate"]

    assert challenge.startswith("DPoP ")
    assert ('algs="' in challenge and "ES256" in challenge) is True


@conforms("RFC 9449", "11.1", "At the resource a proof is used once.")
def test_proof_used_twice_is_refused(token: str, holder: Keyholder) -> None:
    nonce = call_api(token, scheme="DPoP", dpop=holder.proof("GET", ORDERS, ath=ath(token))).get(
        "DPoP-Nonce"
    )
    proof = holder.proof("GET", ORDERS, ath=ath(token), nonce=nonce)

    statuses = [call_api(token, scheme="DPoP", dpop=proof).status_code for _ in range(2)]

    assert statuses == [200, 401]


@conforms("RFC 9449", "7.2", "A token that is not bound is refused with the DPoP scheme.")
def test_plain_token_with_a_proof_scheme_is_refused(world: World, holder: Keyholder) -> None:
    plain = access_token(machine(partner=world.acme, scopes=["purchase_orders:read"]))

    assert call_proved(plain, holder).status_code == 401


@conforms("RFC 9449", "6.2", "Introspection tells what key a token is bound to.")
def test_introspection_tells_the_key(token: str, holder: Keyholder) -> None:
    server = machine(is_resource_server=True)

    found = told(post("/oauth/introspect", {"token": token}, new=server))

    assert (found["cnf"], found["token_type"]) == ({"jkt": holder.thumbprint}, "DPoP")


@conforms("RFC 9449", "7.1", "The scheme's name may be written in any case.")
def test_scheme_in_lower_case_is_accepted(token: str, holder: Keyholder) -> None:
    first = call_api(token, scheme="dpop", dpop=holder.proof("GET", ORDERS, ath=ath(token)))
    proof = holder.proof("GET", ORDERS, ath=ath(token), nonce=first.get("DPoP-Nonce"))

    assert call_api(token, scheme="dpop", dpop=proof).status_code == 200


@conforms("RFC 9449", "5.1", "The metadata names the algorithms of proofs.")
def test_metadata_names_the_algorithms(world: World) -> None:
    del world
    metadata = told(Browser().get("/.well-known/oauth-authorization-server"))

    found = metadata["dpop_signing_alg_values_supported"]
    assert [alg for alg in found if alg.startswith("HS") or alg == "none"] == []
    assert "ES256" in found
