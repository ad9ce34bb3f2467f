"""RFC 7636: the proof key of a code."""

import base64
import hashlib

import pytest

from tests.conformance.compliance import conforms
from tests.conformance.stage import ask, error_of, sent_back, signed_in
from tests.factories.oauth import Pkce, code_for, pkce, redeem, web_app
from tests.factories.world import World

pytestmark = pytest.mark.django_db

# The example of RFC 7636 appendix B.
EXAMPLE = Pkce(
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)


@conforms("RFC 7636", "4.6", "The verifier is checked as BASE64URL(SHA256(verifier)).")
def test_the_example_of_the_rfc_is_accepted(world: World) -> None:
    new = web_app(partner=world.acme)

    assert redeem(new, code_for(world.bo, new, EXAMPLE), EXAMPLE).status_code == 200


@conforms("RFC 7636", "4.1", "Verifiers of 43 to 128 unreserved characters are accepted.")
@pytest.mark.parametrize("length", (43, 128))
def test_shortest_and_longest_verifier_are_accepted(length: int, world: World) -> None:
    verifier = ("aZ0-._~" * 20)[:length]
    digest = hashlib.sha256(verifier.encode()).digest()
    proof = Pkce(verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode())
    new = web_app(partner=world.acme)

    assert redeem(new, code_for(world.bo, new, proof), proof).status_code == 200


@conforms("RFC 7636", "4.1", "A verifier out of its length or alphabet is refused.")
@pytest.mark.parametrize("verifier", ("a" * 42, "a" * 129, "a" * 42 + "!", "é" * 43))
def test_malformed_verifier_is_refused(verifier: str, world: World) -> None:
    new, proof = web_app(partner=world.acme), pkce()
    code = code_for(world.bo, new, proof)

    answer = redeem(new, code, proof, code_verifier=verifier)

    assert error_of(answer) == (400, "invalid_grant")


@conforms("RFC 7636", "4.2", "A challenge has 43 characters of base64url.")
@pytest.mark.parametrize("challenge", ("a" * 42, "a" * 44, "a" * 42 + "=", "a" * 42 + "+"))
def test_malformed_challenge_is_refused(challenge: str, world: World) -> None:
    answer = ask(signed_in(world.bo), web_app(partner=world.acme), code_challenge=challenge)

    assert sent_back(answer)["error"] == "invalid_request"


@conforms("ASVS 5 V10", "10.4.6", "A request without a challenge is refused.")
@conforms("RFC 7636", "4.4.1", "A request without a challenge is invalid_request.")
def test_request_without_a_challenge_is_refused(world: World) -> None:
    answer = ask(signed_in(world.bo), web_app(partner=world.acme), code_challenge="")

    assert sent_back(answer)["error"] == "invalid_request"


@conforms("RFC 7636", "4.4.1", "A method that is not offered is invalid_request.")
@pytest.mark.parametrize("method", ("plain", "S512", "s256", "none"))
def test_other_methods_are_refused_before_anybody_is_asked(method: str, world: World) -> None:
    answer = ask(signed_in(world.bo), web_app(partner=world.acme), code_challenge_method=method)

    assert sent_back(answer)["error"] == "invalid_request"


@conforms("RFC 7636", "4.6", "The verifier of another request does not open the code.")
def test_two_requests_do_not_share_a_verifier(world: World) -> None:
    new, one, two = web_app(partner=world.acme), pkce(), pkce()
    code = code_for(world.bo, new, one)

    refused = redeem(new, code, two)

    assert error_of(refused) == (400, "invalid_grant")


@conforms("RFC 7636", "7.2", "The challenge itself is no verifier.")
def test_challenge_sent_as_verifier_is_refused(world: World) -> None:
    new, proof = web_app(partner=world.acme), pkce()
    code = code_for(world.bo, new, proof)

    answer = redeem(new, code, proof, code_verifier=proof.challenge)

    assert error_of(answer) == (400, "invalid_grant")
