"""RFC 8693: an access token for a token, on the wire."""

from typing import Any

import pytest

from apps.oauth.models.clients import GrantType
from tests.conformance.compliance import conforms
from tests.conformance.stage import ISSUER, claims_in
from tests.factories.issuers import (
    ACCESS_TOKEN,
    ID_TOKEN,
    JWT,
    ORDERS,
    error_of,
    exchange,
    exchanger,
    id_token,
    token_of,
    told,
    trusted,
)
from tests.factories.oauth import access_token, machine, post_form
from tests.factories.world import World

pytestmark = pytest.mark.django_db

BO = "bo@acme.example"
FILES = "https://files.buyer.example"
GRANTS = (GrantType.CLIENT_CREDENTIALS, GrantType.TOKEN_EXCHANGE)


@pytest.fixture
def new(world: World) -> Any:
    trusted(partner=world.acme)
    return exchanger(partner=world.acme, grants=GRANTS, allowed_resources=[FILES])


@pytest.fixture
def token(new: Any) -> str:
    return access_token(new)


@conforms("RFC 8693", "2.1", "The grant is asked for by its name at the token endpoint.")
def test_grant_is_known_by_its_name(new: Any) -> None:
    assert exchange(new, id_token(BO)).status_code == 200


@conforms("RFC 8693", "2.1", "The client authenticates; whoever finds a token is no client.")
def test_nobody_exchanges_without_proof(new: Any) -> None:
    form = {
        "grant_type": GrantType.TOKEN_EXCHANGE.value,
        "client_id": new.client.client_id,
        "subject_token": id_token(BO),
        "subject_token_type": ID_TOKEN,
    }

    assert error_of(post_form("/oauth/token", form)) == (401, "invalid_client")


@conforms("RFC 8693", "2.1", "subject_token and subject_token_type are required.")
@pytest.mark.parametrize("name", ("subject_token", "subject_token_type"))
def test_subject_is_required(new: Any, name: str) -> None:
    missing: dict[str, Any] = {name: None}

    assert error_of(exchange(new, id_token(BO), **missing)) == (400, "invalid_request")


@conforms("RFC 8693", "2.1", "actor_token_type is not sent without actor_token.")
def test_actor_type_alone_is_refused(new: Any) -> None:
    answer = exchange(new, id_token(BO), actor_token_type=ACCESS_TOKEN)

    assert error_of(answer) == (400, "invalid_request")


@conforms("RFC 8693", "2.1", "Both resource and audience may name the target, each repeatedly.")
def test_target_is_named_by_either(new: Any) -> None:
    by_both = exchange(new, id_token(BO), resource=FILES, audience=[FILES, f"{ISSUER}/api/v1"])

    assert claims_in(token_of(by_both))["aud"] == [FILES, f"{ISSUER}/api/v1"]


@conforms("RFC 8693", "2.1", "The scope asked for is honoured within what the token holds.")
def test_scope_is_narrowed(new: Any, token: str) -> None:
    assert told(exchange(new, token, ACCESS_TOKEN))["scope"] == ORDERS
    beyond = exchange(new, token, ACCESS_TOKEN, scope="bids:write")
    assert error_of(beyond) == (400, "invalid_scope")


@conforms("RFC 8693", "2.1", "The token is validated by the rules of its type.")
@pytest.mark.parametrize("kind", (ID_TOKEN, JWT))
def test_token_is_validated_as_what_it_is_said_to_be(new: Any, token: str, kind: str) -> None:
    assert error_of(exchange(new, token, kind)) == (400, "invalid_request")
    assert error_of(exchange(new, id_token(BO), ACCESS_TOKEN)) == (400, "invalid_request")


@conforms("RFC 8693", "2.2.1", "The answer names the type of what was issued and how to use it.")
def test_answer_has_its_members(new: Any) -> None:
    answer = exchange(new, id_token(BO))

    body = told(answer)
    assert (body["issued_token_type"], body["token_type"]) == (ACCESS_TOKEN, "Bearer")
    assert sorted(body) == [
        "access_token", "expires_in", "issued_token_type", "scope", "token_type",
    ]  # fmt: skip
    assert answer["Cache-Control"] == "no-store"


@conforms("RFC 8693", "2.2.1", "No refresh token comes of an exchange.", level="MAY")
def test_no_refresh_token_is_issued(new: Any) -> None:
    assert "refresh_token" not in told(exchange(new, id_token(BO)))


@conforms("RFC 8693", "2.2.2", "An invalid or unacceptable subject_token is invalid_request.")
@pytest.mark.parametrize(
    "changes", ({"iss": "https://other.example"}, {"exp": 1}, {"email_verified": False})
)
def test_unacceptable_token_is_invalid_request(new: Any, changes: dict[str, Any]) -> None:
    assert error_of(exchange(new, id_token(BO, **changes))) == (400, "invalid_request")


@conforms("RFC 8693", "2.2.2", "A target no token is issued for is invalid_target.", level="SHOULD")
@pytest.mark.parametrize("name", ("resource", "audience"))
def test_unknown_target_is_invalid_target(new: Any, name: str) -> None:
    answer = exchange(new, id_token(BO), **{name: "https://other.example"})

    assert error_of(answer) == (400, "invalid_target")


@conforms("RFC 8693", "3", "A token type that is not known here is refused.")
@pytest.mark.parametrize("name", ("subject_token_type", "requested_token_type"))
def test_unknown_token_type_is_refused(new: Any, name: str) -> None:
    kind = "urn:ietf:params:oauth:token-type:saml2"

    assert error_of(exchange(new, id_token(BO), **{name: kind})) == (400, "invalid_request")


@conforms("RFC 8693", "4.1", "A token that was delegated says who acts for its subject.")
def test_delegation_is_told(world: World, new: Any) -> None:
    server = exchanger(is_resource_server=True)
    token = token_of(exchange(new, id_token(BO)))

    claims = claims_in(token_of(exchange(server, token, ACCESS_TOKEN)))

    assert claims["sub"] == world.bo.public_id
    assert claims["act"] == {"sub": server.client.client_id}


@conforms("RFC 8693", "5", "A client without the right to exchange is refused.")
def test_client_without_the_grant_is_refused(world: World) -> None:
    other = machine(partner=world.acme, scopes=[ORDERS])

    assert error_of(exchange(other, "x")) == (400, "unauthorized_client")
