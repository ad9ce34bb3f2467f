"""RFC 7523 section 2.1 and 3: an assertion about a person for an access token."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conformance.compliance import conforms
from tests.conformance.stage import ISSUER, claims_in
from tests.factories.issuers import assertion, bear, error_of, exchanger, told, trusted
from tests.factories.jose import client_key
from tests.factories.world import World

pytestmark = pytest.mark.django_db

BO = "bo@acme.example"
REFUSED = (400, "invalid_grant")


@pytest.fixture
def new(world: World) -> Any:
    trusted(partner=world.acme)
    return exchanger(partner=world.acme)


@conforms("RFC 7523", "2.1", "A trusted issuer's assertion about a person is an access token.")
def test_assertion_is_a_grant(world: World, new: Any) -> None:
    answer = told(bear(new, assertion(BO)))

    assert claims_in(answer["access_token"])["sub"] == world.bo.public_id


@conforms("RFC 7523", "2.1", "There is one assertion, and it is needed.")
def test_assertion_is_needed(new: Any) -> None:
    assert error_of(bear(new, None)) == (400, "invalid_request")


@conforms("RFC 7523", "3", "A grant's issuer is known, exactly as it writes itself.")
@pytest.mark.parametrize("issuer", (None, "https://other.example", "https://LOGIN.acme.example"))
def test_issuer_of_a_grant_is_compared(new: Any, issuer: str | None) -> None:
    assert error_of(bear(new, assertion(BO, iss=issuer))) == REFUSED


@conforms("RFC 7523", "3", "A grant names its subject.")
def test_grant_without_a_subject_is_refused(new: Any) -> None:
    assert error_of(bear(new, assertion(BO, sub=None))) == REFUSED


@conforms("RFC 7523", "3", "A grant's audience is this server: its issuer or token endpoint.")
def test_audience_of_a_grant_is_this_server(new: Any) -> None:
    for audience in (ISSUER, f"{ISSUER}/oauth/token"):
        assert bear(new, assertion(BO, aud=audience)).status_code == 200
    for other in (None, "https://other.example", [ISSUER, "https://other.example"]):
        assert error_of(bear(new, assertion(BO, aud=other))) == REFUSED


@conforms("RFC 7523", "3", "A grant expires, and has to say when.")
@pytest.mark.parametrize("expires", (None, 1, "soon"))
def test_grant_that_is_over_is_refused(new: Any, expires: Any) -> None:
    assert error_of(bear(new, assertion(BO, exp=expires))) == REFUSED


@conforms("RFC 7523", "3", "A grant that is not valid yet is refused.")
def test_grant_that_is_to_come_is_refused(new: Any) -> None:
    assert error_of(bear(new, assertion(BO, nbf=timedelta(seconds=300)))) == REFUSED


@conforms("RFC 7523", "3", "A grant issued unreasonably long ago is refused.", level="MAY")
def test_old_grant_is_refused(new: Any) -> None:
    old = assertion(BO, iat=timedelta(seconds=-7200))

    assert error_of(bear(new, old)) == REFUSED


@conforms("RFC 7523", "3", "A grant is used once.", level="MAY")
def test_grant_is_used_once(new: Any) -> None:
    one = assertion(BO)

    assert bear(new, one).status_code == 200
    assert error_of(bear(new, one)) == REFUSED


@conforms("RFC 7523", "3", "A grant is signed by its issuer.")
def test_grant_by_another_key_is_refused(new: Any) -> None:
    assert error_of(bear(new, assertion(BO, client_key()))) == REFUSED


@conforms("RFC 7523", "3.1", "A grant that is no good is invalid_grant.")
@pytest.mark.parametrize("text", ("x", "a.b.c", "e30.e30.e30"))
def test_nonsense_is_invalid_grant(new: Any, text: str) -> None:
    assert error_of(bear(new, text)) == REFUSED
