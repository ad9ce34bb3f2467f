"""RFC 7523 section 2.2 and 3: a client proves itself with a JWT it has signed."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from tests.conformance.compliance import conforms
from tests.conformance.stage import (
    CC,
    ISSUER,
    Keyholder,
    error_of,
    post,
    with_key,
)
from tests.factories.oauth import machine
from tests.factories.world import World

pytestmark = pytest.mark.django_db


def now() -> int:
    return int(datetime.now(tz=UTC).timestamp())


@pytest.fixture
def holder() -> Keyholder:
    return Keyholder()


@pytest.fixture
def new(world: World, holder: Keyholder) -> Any:
    return with_key(machine(partner=world.acme), holder)


def ask_with(form: dict[str, str]) -> Any:
    return post("/oauth/token", {**CC, **form})


@conforms("RFC 7523", "2.2", "A signed assertion authenticates the client.")
def test_assertion_authenticates(new: Any, holder: Keyholder) -> None:
    assert ask_with(holder.credentials(new.client)).status_code == 200


@conforms("RFC 7523", "2.2", "The client_id may be left out.", level="MAY")
def test_assertion_alone_names_the_client(new: Any, holder: Keyholder) -> None:
    form = holder.credentials(new.client)
    del form["client_id"]

    assert ask_with(form).status_code == 200


@conforms("RFC 7523", "2.2", "A client_id beside it has to be the same client's.")
def test_other_client_id_is_refused(new: Any, holder: Keyholder, world: World) -> None:
    other = machine(partner=world.acme)
    form = {**holder.credentials(new.client), "client_id": other.client.client_id}

    assert error_of(ask_with(form)) == (401, "invalid_client")


@conforms("RFC 7523", "2.2", "The assertion type has to be the one of this profile.")
@pytest.mark.parametrize("kind", ("", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"))
def test_other_assertion_types_are_refused(kind: str, new: Any, holder: Keyholder) -> None:
    answer = ask_with({**holder.credentials(new.client), "client_assertion_type": kind})

    assert error_of(answer) == (401, "invalid_client")


@conforms("RFC 7523", "3", "Issuer and subject are the client, the audience is this server.")
@pytest.mark.parametrize(
    "changes",
    (
        {"iss": "cli_other"},
        {"iss": None},
        {"sub": "cli_other"},
        {"sub": None},
        {"aud": "https://other.example"},
        {"aud": []},
        {"aud": None},
        {"aud": 7},
    ),
)
def test_wrong_names_are_refused(changes: dict[str, Any], new: Any, holder: Keyholder) -> None:
    answer = ask_with(holder.credentials(new.client, **changes))

    assert error_of(answer) == (401, "invalid_client")


@conforms("RFC 7523", "3", "An assertion expires, and has to say when.")
@pytest.mark.parametrize("exp", (1, None, "soon", True))
def test_expired_assertion_is_refused(exp: Any, new: Any, holder: Keyholder) -> None:
    answer = ask_with(holder.credentials(new.client, exp=exp))

    assert error_of(answer) == (401, "invalid_client")


@conforms("RFC 7523", "3", "An assertion that is not valid yet is refused.")
def test_future_assertion_is_refused(new: Any, holder: Keyholder) -> None:
    answer = ask_with(holder.credentials(new.client, nbf=now() + 120))

    assert error_of(answer) == (401, "invalid_client")


@conforms("RFC 7523", "3", "An assertion that would live for hours is refused.", level="MAY")
def test_long_lived_assertion_is_refused(new: Any, holder: Keyholder) -> None:
    answer = ask_with(holder.credentials(new.client, exp=now() + 86_400))

    assert error_of(answer) == (401, "invalid_client")


@conforms("RFC 7523", "3", "An assertion is used once.")
def test_assertion_used_twice_is_refused(new: Any, holder: Keyholder) -> None:
    form = holder.credentials(new.client)

    assert ask_with(form).status_code == 200
    assert error_of(ask_with(form)) == (401, "invalid_client")


@conforms("RFC 7523", "3", "An assertion without an id could be used again and is refused.")
def test_assertion_without_an_id_is_refused(new: Any, holder: Keyholder) -> None:
    answer = ask_with(holder.credentials(new.client, jti=None))

    assert error_of(answer) == (401, "invalid_client")


@conforms("RFC 7523", "3", "A signature by a key that is not the client's is refused.")
def test_foreign_signature_is_refused(new: Any, holder: Keyholder) -> None:
    stranger = Keyholder()
    claims = stranger.assertion(new.client)
    forged = {**holder.credentials(new.client), "client_assertion": claims}

    assert error_of(ask_with(forged)) == (401, "invalid_client")


@conforms("RFC 7523", "3", "An assertion nobody has signed is refused.")
def test_unsigned_assertion_is_refused(new: Any, holder: Keyholder) -> None:
    signed = holder.assertion(new.client)
    header = json.dumps({"alg": "none"}).encode()
    bare = base64.urlsafe_b64encode(header).rstrip(b"=").decode()
    form = {
        **holder.credentials(new.client),
        "client_assertion": f"{bare}.{signed.split('.')[1]}.",
    }

    assert error_of(ask_with(form)) == (401, "invalid_client")


@conforms("RFC 7523", "3.2", "The key cannot be used as a shared secret.")
def test_public_key_as_hmac_secret_is_refused(new: Any, holder: Keyholder) -> None:
    public = b"".join(holder.key.as_pem(private=False).splitlines()[1:-1])
    claims = {"iss": new.client.client_id, "sub": new.client.client_id, "aud": ISSUER}
    forged = jwt.encode(
        {"alg": "HS256", "kid": holder.thumbprint},
        {**claims, "exp": now() + 60, "iat": now(), "jti": "x"},
        OctKey.import_key(public),
        algorithms=["HS256"],
    )
    form = {**holder.credentials(new.client), "client_assertion": forged}

    assert error_of(ask_with(form)) == (401, "invalid_client")


@conforms("RFC 7523", "3.2", "What is no JWT is invalid_client.")
@pytest.mark.parametrize("text", ("x", "a.b.c", "....", "é", "ey" * 500, "e30.e30.e30"))
def test_nonsense_is_invalid_client(text: str, new: Any, holder: Keyholder) -> None:
    form = {**holder.credentials(new.client), "client_assertion": text}

    assert error_of(ask_with(form)) == (401, "invalid_client")


@conforms("RFC 7523", "2.2", "An assertion beside a secret is two methods and refused.")
def test_assertion_and_secret_are_refused(new: Any, holder: Keyholder) -> None:
    form = {**holder.credentials(new.client), "client_secret": "x" * 43}

    assert error_of(ask_with(form)) == (400, "invalid_request")
