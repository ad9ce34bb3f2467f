"""RFC 9068: what an access token says and which ones are accepted."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt

from apps.core.keys import active_key
from apps.oauth.models import SigningKey
from tests.conformance.compliance import conforms
from tests.conformance.stage import ISSUER, call_api, claims_in, header_of, tokens_of
from tests.factories.oauth import access_token, machine, web_app
from tests.factories.world import World

pytestmark = pytest.mark.django_db

API = f"{ISSUER}/api/v1"


@pytest.fixture
def token(world: World) -> str:
    return access_token(machine(partner=world.acme, scopes=["purchase_orders:read"]))


def signed_again(token: str, *, header: dict[str, Any] | None = None, **changes: Any) -> str:
    """The same token with other content, signed by our own key."""
    key = active_key(SigningKey)
    claims = {name: v for name, v in (claims_in(token) | changes).items() if v is not None}
    return jwt.encode({**header_of(token), **(header or {})}, claims, key.private)


@conforms("RFC 9068", "2.1", "The header says at+jwt and an asymmetric algorithm.")
def test_header_says_what_it_is(token: str) -> None:
    header = header_of(token)

    assert (header["typ"], header["alg"]) == ("at+jwt", "ES256")


@conforms("RFC 9068", "2.2", "Every claim that has to be there is there.")
def test_required_claims_are_there(token: str) -> None:
    required = {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"}

    assert required - set(claims_in(token)) == set()


@conforms("RFC 9068", "2.2", "Without a person the subject is the client.")
def test_subject_of_a_machine_is_the_client(token: str) -> None:
    claims = claims_in(token)

    assert (claims["sub"], claims["iss"], claims["aud"]) == (claims["client_id"], ISSUER, API)


@conforms("RFC 9068", "2.2", "Times are whole seconds of now.")
def test_times_are_now(token: str) -> None:
    claims, at = claims_in(token), int(datetime.now(tz=UTC).timestamp())

    assert abs(claims["iat"] - at) <= 2
    assert claims["exp"] - claims["iat"] == 600


@conforms("RFC 9068", "2.2.3", "A token of scopes says them.", level="SHOULD")
def test_scope_claim_is_what_was_granted(token: str) -> None:
    assert claims_in(token)["scope"] == "purchase_orders:read"


@conforms("RFC 9068", "2.2", "No two tokens share their id.")
def test_ids_are_unique(world: World) -> None:
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])

    assert len({claims_in(access_token(new))["jti"] for _ in range(3)}) == 3


@conforms("RFC 9068", "4", "A token of any other type is refused.")
@pytest.mark.parametrize("typ", ("JWT", "jwt", "logout+jwt", "dpop+jwt", "secevent+jwt", ""))
def test_other_types_are_refused(typ: str, token: str) -> None:
    assert call_api(signed_again(token, header={"typ": typ})).status_code == 401


@conforms("RFC 9068", "4", "The full name of the media type is accepted as well.")
def test_full_media_type_is_accepted(token: str) -> None:
    again = signed_again(token, header={"typ": "application/at+jwt"})

    assert call_api(again).status_code == 200


@conforms("OAuth 2.1", "5.2", "A resource refuses tokens for another audience.")
@conforms("RFC 9068", "4", "A token for somebody else is refused.")
@pytest.mark.parametrize("aud", ("https://other.example", ISSUER, [], "", None))
def test_other_audiences_are_refused(aud: Any, token: str) -> None:
    assert call_api(signed_again(token, aud=aud)).status_code == 401


@conforms("RFC 9068", "4", "A token of another issuer is refused.")
def test_other_issuer_is_refused(token: str) -> None:
    assert call_api(signed_again(token, iss="https://evil.example")).status_code == 401


@conforms("RFC 9068", "4", "A token past its time is refused.")
@pytest.mark.parametrize("exp", (0, 1, None))
def test_expired_token_is_refused(exp: int | None, token: str) -> None:
    assert call_api(signed_again(token, exp=exp)).status_code == 401


@conforms("RFC 9068", "4", "A token nobody has signed is refused.")
def test_unsigned_token_is_refused(token: str) -> None:
    header = json.dumps({**header_of(token), "alg": "none"}).encode()
    bare = base64.urlsafe_b64encode(header).rstrip(b"=").decode()

    assert call_api(f"{bare}.{token.split('.')[1]}.").status_code == 401


@conforms("OAuth 2.1", "7.4", "A client cannot choose a subject that could be a person's.")
@conforms("RFC 9700", "4.15", "A client cannot be taken for a person.")
@conforms("RFC 9068", "5", "Person and client cannot be taken for each other by their subjects.")
def test_subjects_of_people_and_clients_differ(token: str, world: World) -> None:
    theirs = claims_in(tokens_of(world.bo, web_app(partner=world.acme))["access_token"])

    assert theirs["sub"] not in {claims_in(token)["sub"], theirs["client_id"], str(world.bo.pk)}


@conforms("RFC 9068", "6", "A token says nothing about a person beyond an opaque subject.")
def test_token_holds_no_personal_data(world: World) -> None:
    said = json.dumps(claims_in(tokens_of(world.bo, web_app(partner=world.acme))["access_token"]))

    assert [word for word in (world.bo.email, "acme.example") if word in said] == []
