"""RFC 9449, sections 4 to 6 and 10: proofs at the token endpoint."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.conformance.compliance import conforms
from tests.conformance.stage import (
    CC,
    Keyholder,
    changed,
    claims_in,
    error_of,
    post,
    post_proved,
    told,
)
from tests.factories.oauth import basic, machine
from tests.factories.world import World

pytestmark = pytest.mark.django_db

TOKEN = "/oauth/token"


def now() -> int:
    return int(datetime.now(tz=UTC).timestamp())


@pytest.fixture
def holder() -> Keyholder:
    return Keyholder()


@pytest.fixture
def new(world: World) -> Any:
    return machine(partner=world.acme, scopes=["purchase_orders:read"])


def ask_with(new: Any, proof: str, **headers: str) -> Any:
    header = {"Authorization": basic(new.client, new.secret), "DPoP": proof, **headers}
    return post(TOKEN, {**CC, "scope": "purchase_orders:read"}, **header)


def nonce_of(new: Any, holder: Keyholder) -> str:
    """The nonce the server wants, or none if it wants none."""
    return str(ask_with(new, holder.proof("POST", TOKEN)).get("DPoP-Nonce", ""))


def faulty(new: Any, holder: Keyholder, **changes: Any) -> tuple[int, str]:
    """The answer to a proof that is right but for these changes."""
    header = changes.pop("header", None)
    proof = {"nonce": nonce_of(new, holder), **changes}
    return error_of(ask_with(new, holder.proof("POST", TOKEN, header=header, **proof)))


@conforms("RFC 9449", "5", "A proof binds the token to its key, and the type says so.")
def test_proof_binds_the_token(new: Any, holder: Keyholder) -> None:
    header = {"Authorization": basic(new.client, new.secret)}

    form = {**CC, "scope": "purchase_orders:read"}

    body = told(post_proved(TOKEN, lambda: form, holder, **header))

    assert body["token_type"] == "DPoP"
    assert claims_in(body["access_token"])["cnf"] == {"jkt": holder.thumbprint}


@conforms("RFC 9449", "4.3", "The proof's header is typed, asymmetric and carries a public key.")
@pytest.mark.parametrize(
    "header",
    (
        {"typ": "JWT"},
        {"typ": None},
        {"jwk": None},
        {"jwk": {}},
        {"jwk": {"kty": "oct", "k": "AAAA"}},
    ),
)
def test_faulty_header_is_refused(header: dict[str, Any], new: Any, holder: Keyholder) -> None:
    assert faulty(new, holder, header=header) == (400, "invalid_dpop_proof")


@conforms("RFC 9449", "4.3", "A proof with the private key in it is refused.")
def test_private_key_in_the_header_is_refused(new: Any, holder: Keyholder) -> None:
    private = {"jwk": holder.key.as_dict(private=True)}

    assert faulty(new, holder, header=private) == (400, "invalid_dpop_proof")


@conforms("RFC 9449", "4.3", "A proof for another method or address is refused.")
@pytest.mark.parametrize(
    "changes",
    (
        {"htm": "GET"},
        {"htm": None},
        {"htu": "https://buyer.example/oauth/par"},
        {"htu": "https://evil.example/oauth/token"},
        {"htu": None},
        {"htu": 7},
    ),
)
def test_proof_of_another_request_is_refused(
    changes: dict[str, Any], new: Any, holder: Keyholder
) -> None:
    assert faulty(new, holder, **changes) == (400, "invalid_dpop_proof")


@conforms("RFC 9449", "4.3", "Query and fragment of the address do not count.")
def test_query_of_the_address_does_not_count(new: Any, holder: Keyholder) -> None:
    htu = "https://buyer.example/oauth/token?x=1#y"
    proof = holder.proof("POST", TOKEN, nonce=nonce_of(new, holder), htu=htu)

    assert ask_with(new, proof).status_code == 200


@conforms("RFC 9449", "4.3", "A proof made too long ago or in the future is refused.")
@pytest.mark.parametrize("seconds", (-3600, 3600))
def test_proof_out_of_time_is_refused(seconds: int, new: Any, holder: Keyholder) -> None:
    assert faulty(new, holder, iat=now() + seconds) == (400, "invalid_dpop_proof")


@conforms("RFC 9449", "4.2", "A proof without its id or its time is refused.")
@pytest.mark.parametrize("name", ("jti", "iat"))
def test_proof_without_a_claim_is_refused(name: str, new: Any, holder: Keyholder) -> None:
    assert faulty(new, holder, **{name: None}) == (400, "invalid_dpop_proof")


@conforms("RFC 9449", "4.3", "More than one proof is refused.")
def test_two_proofs_are_refused(new: Any, holder: Keyholder) -> None:
    proof = holder.proof("POST", TOKEN, nonce=nonce_of(new, holder))

    assert error_of(ask_with(new, f"{proof}, {proof}")) == (400, "invalid_dpop_proof")


@conforms("RFC 9449", "11.1", "A proof is used once.")
def test_proof_used_twice_is_refused(new: Any, holder: Keyholder) -> None:
    proof = holder.proof("POST", TOKEN, nonce=nonce_of(new, holder))

    assert ask_with(new, proof).status_code == 200
    assert error_of(ask_with(new, proof)) == (400, "invalid_dpop_proof")


@conforms("RFC 9449", "4.3", "A proof whose signature does not fit its key is refused.")
def test_signature_of_another_key_is_refused(new: Any, holder: Keyholder) -> None:
    stranger = Keyholder()

    assert faulty(new, holder, header={"jwk": stranger.public}) == (400, "invalid_dpop_proof")


@conforms("RFC 9449", "4.3", "What is no JWT is refused.")
@pytest.mark.parametrize("text", ("x", "a.b.c", "e30.e30.", "é", "...", "x" * 9000))
def test_nonsense_is_refused(text: str, new: Any) -> None:
    assert error_of(ask_with(new, text)) == (400, "invalid_dpop_proof")


@conforms("RFC 9449", "8", "Who is asked for a nonce is told which.")
def test_missing_nonce_is_asked_for(new: Any, holder: Keyholder) -> None:
    answer = ask_with(new, holder.proof("POST", TOKEN))

    assert error_of(answer) == (400, "use_dpop_nonce")
    assert len(answer["DPoP-Nonce"]) >= 16
    assert answer["Cache-Control"] == "no-store"


@conforms("RFC 9449", "8", "A nonce that is not ours, or long past, is refused with a new one.")
def test_foreign_nonce_is_refused(new: Any, holder: Keyholder) -> None:
    answer = ask_with(new, holder.proof("POST", TOKEN, nonce="made-up"))

    assert error_of(answer) == (400, "use_dpop_nonce")
    assert answer["DPoP-Nonce"] not in {"", "made-up"}


@conforms("RFC 9449", "5.2", "A client registered so gets no token without a proof.")
def test_client_that_must_prove_is_refused_without(new: Any) -> None:
    bound = changed(new, dpop_bound_access_tokens=True)

    answer = post(TOKEN, {**CC, "scope": "purchase_orders:read"}, new=bound)

    assert error_of(answer) == (400, "invalid_dpop_proof")
