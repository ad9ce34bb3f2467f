"""What a DPoP proof must be (RFC 9449 section 4.3), each check and the attack it stops."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from joserfc.jwk import ECKey, Key, OctKey, OKPKey
from joserfc.jws import serialize_compact

from apps.core.crypto import keyed_digest
from apps.oauth.errors import InvalidDpopProofError, UseDpopNonceError
from apps.oauth.keys import TokenRejectedError
from apps.oauth.models import Client, ReplayedId
from apps.oauth.models.clients import Profile
from apps.oauth.policy.dpop import ALGORITHMS, bound_key, must_be_bound, read_proof
from apps.oauth.policy.uris import normal_form
from apps.oauth.services.dpop import (
    SLOT_SECONDS,
    check_nonce,
    check_proof,
    fresh_nonce,
    proved_key,
    spend_proof,
)
from apps.oauth.services.exchange import Exchange
from tests.factories.jose import client_key, dpop_proof, public_jwk

PATH = "/oauth/token"
# RFC 9449 figures 2 and 8: a proof and the thumbprint of its key.
OF_THE_RFC = (
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6Ik"
    "VDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCR"
    "nMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JE"
    "QSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIj"
    "oiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwia"
    "WF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg"
    "4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
)
OF_THE_RFC_JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


@pytest.fixture
def url(settings: Any) -> str:
    return f"{settings.PUBLIC_URL}{PATH}"


@pytest.fixture
def prove(at: datetime, url: str) -> Callable[..., str]:
    """A good proof for the token endpoint, with changes."""

    def make(key: Key | None = None, **changes: Any) -> str:
        given = {"method": "POST", "url": url, "nonce": fresh_nonce(at), **changes}
        return dpop_proof(key or client_key(), given.pop("method"), given.pop("url"), **given)

    return make


def refusal(at: datetime, *headers: str, **changes: Any) -> str:
    """Why check_proof refuses."""
    given = {"method": "POST", "path": PATH, **changes}
    with pytest.raises(InvalidDpopProofError) as refused:
        check_proof(headers, at=at, **given)
    return str(refused.value)


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def unsigned(header: Any, claims: Any, signature: str = "") -> str:
    return f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}.{signature}"


def signed_bytes(header: dict[str, Any], payload: bytes, key: Key) -> str:
    return serialize_compact(header, payload, key, algorithms=["ES256"])


@cache
def key_of(alg: str) -> Key:
    """One key of each algorithm: those of RSA take their time."""
    return client_key(alg)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_good_proof_of_every_algorithm_proves_its_keys_thumbprint(
    alg: str, prove: Callable[..., str], at: datetime
) -> None:
    key = key_of(alg)

    proof = check_proof([prove(key)], method="POST", path=PATH, at=at)

    assert proof.jkt == key.thumbprint()
    assert len(proof.jkt) == 43


def test_the_rfcs_own_proof_has_the_rfcs_thumbprint() -> None:
    proof = read_proof([OF_THE_RFC])

    assert (proof.jkt, proof.htm, proof.iat) == (OF_THE_RFC_JKT, "POST", 1562262616)


# Check 1


@pytest.mark.parametrize("how_many", (0, 2))
def test_check_1_other_than_one_header_is_refused(
    how_many: int, prove: Callable[..., str], at: datetime
) -> None:
    assert refusal(at, *[prove() for _ in range(how_many)]) == "Send one DPoP header."


def test_check_1_two_headers_that_a_server_joined_are_refused(
    prove: Callable[..., str], at: datetime
) -> None:
    assert refusal(at, f"{prove()}, {prove()}") == "Send one DPoP header."
    assert refusal(at, f"{prove()},") == "Send one DPoP header."


# Check 2


@pytest.mark.parametrize(
    "text",
    ("", ".", "..", "a.b", "a.b.c.d", "\x00", "é.é.é", "eyJ9.e30.", "x" * 8192, "....", "W10.e30."),
)
def test_check_2_what_is_no_jwt_is_refused(text: str, at: datetime) -> None:
    assert refusal(at, text) == "The proof is not a signed JWT."


def test_check_2_a_huge_proof_is_refused_unread(at: datetime) -> None:
    assert refusal(at, "a" * 200_000) == "The proof is too long."


@pytest.mark.parametrize("header", ({"b64": False, "crit": ["b64"]}, {"crit": ["exp"], "exp": 1}))
def test_check_2_a_critical_header_is_refused(
    header: dict[str, Any], prove: Callable[..., str], at: datetime
) -> None:
    head, claims, signature = prove().split(".")
    named = json.loads(base64.urlsafe_b64decode(head + "=="))

    text = f"{b64(json.dumps({**named, **header}).encode())}.{claims}.{signature}"

    assert refusal(at, text) == "The proof has a critical header that is not understood."


# Check 3


@pytest.mark.parametrize("name", ("jti", "htm", "htu", "iat"))
def test_check_3_a_missing_claim_is_refused(
    name: str, prove: Callable[..., str], at: datetime
) -> None:
    given = {"method": None} if name == "htm" else {"url": None} if name == "htu" else {name: None}

    assert refusal(at, prove(**given)).startswith(f"The proof's {name} is no ")


@pytest.mark.parametrize("name", ("jti", "htm", "htu", "iat", "nonce", "ath"))
@pytest.mark.parametrize(
    "value", (True, [], {}, "a\x00b", "\ud800", "x" * 2049), ids=lambda value: repr(value)[:8]
)
def test_check_3_a_claim_of_another_type_or_size_is_refused(
    name: str, value: Any, at: datetime, url: str
) -> None:
    good = {"jti": "j", "htm": "POST", "htu": url, "iat": 1, "nonce": "n"}
    key = client_key()
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": public_jwk(key)}

    said = refusal(at, signed_bytes(header, json.dumps({**good, name: value}).encode(), key))

    assert said.startswith(f"The proof's {name} is ")


@pytest.mark.parametrize("claims", ([], 1, None, "text"))
def test_check_3_claims_that_are_no_object_are_refused(claims: Any, at: datetime) -> None:
    key = client_key()
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": public_jwk(key)}

    assert refusal(at, signed_bytes(header, json.dumps(claims).encode(), key)) == (
        "The proof's claims are no JSON object."
    )
    assert refusal(at, signed_bytes(header, b"\xff{", key)) == (
        "The proof's claims are no JSON object."
    )


# Check 4


@pytest.mark.parametrize("typ", (None, "JWT", "at+jwt", "dpop+JWT ", ["dpop+jwt"], 1))
def test_check_4_another_type_is_refused(typ: Any, at: datetime) -> None:
    header = {"typ": typ, "alg": "ES256", "jwk": public_jwk(client_key())}

    assert refusal(at, unsigned(header, {})) == "The proof's typ is not dpop+jwt."


# Check 5


@pytest.mark.parametrize("alg", ("none", "None", "HS256", "RS256", "ES384", "", None, ["ES256"]))
def test_check_5_other_algorithms_are_refused(alg: Any, at: datetime) -> None:
    header = {"typ": "dpop+jwt", "alg": alg, "jwk": public_jwk(client_key())}

    assert refusal(at, unsigned(header, {})) == "The proof's alg is none of ES256, PS256, EdDSA."


def test_check_5_the_public_key_as_an_hmac_secret_is_refused(at: datetime) -> None:
    key = key_of("PS256")
    text = unsigned({"typ": "dpop+jwt", "alg": "HS256", "jwk": public_jwk(key)}, {})
    made = hmac.digest(key.as_pem(private=False), text.rstrip(".").encode(), "sha256")

    assert refusal(at, text + b64(made)) == "The proof's alg is none of ES256, PS256, EdDSA."


# Check 6


def test_check_6_a_signature_by_another_key_is_refused(
    prove: Callable[..., str], at: datetime
) -> None:
    text = prove(header={"jwk": public_jwk(client_key())})

    assert refusal(at, text) == "The proof's signature is not its key's."


@pytest.mark.parametrize("alg", ALGORITHMS)
@pytest.mark.parametrize("signature", ("", "AAAA", "A" * 86, "A" * 342))
def test_check_6_a_made_up_signature_is_refused(
    alg: str, signature: str, prove: Callable[..., str], at: datetime
) -> None:
    text = prove(key_of(alg)).rpartition(".")[0]

    assert refusal(at, f"{text}.{signature}").startswith("The proof's signature ")


@pytest.mark.parametrize("header", ({"kid": 7}, {"x5c": "x"}, {"jku": []}))
def test_check_6_a_malformed_header_beside_the_key_is_refused(
    header: dict[str, Any], at: datetime
) -> None:
    named = {"typ": "dpop+jwt", "alg": "ES256", "jwk": public_jwk(client_key()), **header}

    assert refusal(at, unsigned(named, {})) == "The proof's signature cannot be checked."


def test_check_6_changed_claims_are_refused(prove: Callable[..., str], at: datetime) -> None:
    (head, _, signature), (_, claims, _) = prove().split("."), prove().split(".")

    assert refusal(at, f"{head}.{claims}.{signature}") == "The proof's signature is not its key's."


# Check 7


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_check_7_a_private_key_in_the_header_is_refused(
    alg: str, prove: Callable[..., str], at: datetime
) -> None:
    key = key_of(alg)

    said = refusal(at, prove(key, header={"jwk": key.as_dict(private=True)}))

    assert said == "The proof's jwk is a private key."


def test_check_7_a_symmetric_key_in_the_header_is_refused(
    prove: Callable[..., str], at: datetime
) -> None:
    secret = OctKey.generate_key(256).as_dict(private=True)

    assert refusal(at, prove(header={"jwk": secret})) == "The proof's jwk is a private key."


@pytest.mark.parametrize("jwk", (None, "x", [], 7))
def test_check_7_no_key_in_the_header_is_refused(
    jwk: Any, prove: Callable[..., str], at: datetime
) -> None:
    good = prove(header={"jwk": None, "x5u": "https://evil.example/key"}) if jwk is None else ""
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk}

    assert refusal(at, good or unsigned(header, {})) == "The proof has no jwk."


def _ec(**changes: Any) -> dict[str, Any]:
    return {**public_jwk(ECKey.generate_key("P-256")), **changes}


@pytest.mark.parametrize(
    ("alg", "jwk"),
    (
        ("ES256", {}),
        ("ES256", public_jwk(ECKey.generate_key("P-384"))),
        ("ES256", public_jwk(OKPKey.generate_key("Ed25519"))),
        ("ES256", _ec(crv="secp256k1")),
        ("ES256", _ec(crv=["P-256"])),
        ("ES256", _ec(kty={"a": 1})),
        ("ES256", _ec(x="A" * 43)),  # Not on the curve.
        ("ES256", _ec(x=7)),
        ("ES256", _ec(x="é" * 43)),
        ("ES256", _ec(y="A" * 4096)),
        ("EdDSA", public_jwk(OKPKey.generate_key("Ed448"))),
        ("EdDSA", public_jwk(OKPKey.generate_key("X25519"))),
        ("EdDSA", {"kty": "OKP", "crv": "Ed25519", "x": ""}),
        ("PS256", {"kty": "RSA", "n": "_" * 170 + "8", "e": "AQAB"}),  # 1024 bits.
        ("PS256", {"kty": "RSA", "n": "_" * 5000, "e": "AQAB"}),
        ("PS256", {**public_jwk(key_of("PS256")), "e": "Aw"}),
        ("PS256", {**public_jwk(key_of("PS256")), "e": "_" * 342}),
        ("PS256", _ec()),
    ),
)
def test_check_7_a_key_of_another_kind_or_size_is_refused(
    alg: str, jwk: dict[str, Any], at: datetime
) -> None:
    text = unsigned({"typ": "dpop+jwt", "alg": alg, "jwk": jwk}, {}, "AAAA")

    assert refusal(at, text) == "The proof's jwk is no key of its alg."


def test_further_header_parameters_and_key_members_do_no_harm(
    prove: Callable[..., str], at: datetime
) -> None:
    key = client_key()
    jwk = {**public_jwk(key), "use": "enc", "key_ops": ["encrypt"], "alg": "ECDH-ES", "kid": 7}

    text = prove(key, header={"jwk": jwk, "kid": "mine", "future": {"a": 1}}, more="claims")

    assert check_proof([text], method="POST", path=PATH, at=at).jkt == key.thumbprint()


# Checks 8 and 9


@pytest.mark.parametrize("method", ("GET", "post", "PUT"))
def test_check_8_another_method_is_refused(
    method: str, prove: Callable[..., str], at: datetime
) -> None:
    assert refusal(at, prove(method=method)) == "The proof's htm is another method."


@pytest.mark.parametrize(
    "htu",
    (
        "https://buyer.example/oauth/token",
        "https://buyer.example/oauth/token?with=a&query",
        "https://buyer.example/oauth/token#fragment",
        "HTTPS://BUYER.example:443/oauth/token",
        "https://buyer.example/%6Fauth/./x/../token",
    ),
)
def test_check_9_the_same_address_may_be_written_in_other_ways(
    htu: str, prove: Callable[..., str], at: datetime
) -> None:
    assert check_proof([prove(url=htu)], method="POST", path=PATH, at=at).htu == htu


@pytest.mark.parametrize(
    "htu",
    (
        "https://buyer.example/oauth/par",
        "https://buyer.example/oauth/token/",
        "https://buyer.example/OAuth/token",
        "https://buyer.example//oauth/token",
        "https://buyer.example/oauth%2Ftoken",
        "https://buyer.example:8443/oauth/token",
        "http://buyer.example/oauth/token",
        "https://evil.example/oauth/token",
        "https://buyer.example.evil.example/oauth/token",
    ),
)
def test_check_9_another_address_is_refused(
    htu: str, prove: Callable[..., str], at: datetime
) -> None:
    assert refusal(at, prove(url=htu)) == "The proof's htu is another address."


@pytest.mark.parametrize(
    "htu",
    (
        "/oauth/token",
        "buyer.example/oauth/token",
        "https:///oauth/token",
        "https://user@buyer.example/oauth/token",
        "https://@buyer.example/oauth/token",
        "https://buyer.example:port/oauth/token",
        "https://buyer.example:99999/oauth/token",
        "https://[::1/oauth/token",
        "https://buyer.example/oauth/ token",
        "https://büyer.example/oauth/token",
        " https://buyer.example/oauth/token",
    ),
)
def test_check_9_what_is_no_address_is_refused(
    htu: str, prove: Callable[..., str], at: datetime
) -> None:
    assert refusal(at, prove(url=htu)) == "The proof's htu is no address."


@pytest.mark.parametrize(
    ("uri", "normal"),
    (
        ("https://a.example", "https://a.example/"),
        ("http://a.example:80/", "http://a.example/"),
        ("http://a.example:8000/b", "http://a.example:8000/b"),
        ("https://[2001:DB8::1]:443/", "https://[2001:db8::1]/"),
        ("https://a.example/%7euser/%2f%c3%A9", "https://a.example/~user/%2F%C3%A9"),
        ("https://a.example/a/b/..", "https://a.example/a/"),
        ("https://a.example/../a/.", "https://a.example/a/"),
        ("https://a.example/%2E%2e/a", "https://a.example/a"),
    ),
)
def test_normal_form_follows_rfc_3986_section_6_2(uri: str, normal: str) -> None:
    assert normal_form(uri) == normal
    assert normal_form(normal) == normal


def test_path_with_other_characters_is_compared_as_it_was_sent(
    prove: Callable[..., str], at: datetime, settings: Any
) -> None:
    text = prove(method="GET", url=f"{settings.PUBLIC_URL}/a%20b/%C3%A9:1%25")

    assert check_proof([text], method="GET", path="/a b/é:1%", at=at).htm == "GET"


# Check 10


def test_check_10_a_nonce_counts_in_its_slot_and_the_next(at: datetime) -> None:
    nonce = fresh_nonce(at)
    begun = datetime.fromtimestamp(at.timestamp() // SLOT_SECONDS * SLOT_SECONDS, tz=UTC)

    check_nonce(nonce, begun)
    check_nonce(nonce, begun + timedelta(seconds=2 * SLOT_SECONDS - 1))
    for off in (-1, 2 * SLOT_SECONDS):
        with pytest.raises(UseDpopNonceError) as asked:
            check_nonce(nonce, begun + timedelta(seconds=off))
        assert asked.value.nonce == fresh_nonce(begun + timedelta(seconds=off))


def test_check_10_a_nonce_has_the_syntax_of_section_8_1_and_cannot_be_foretold(
    at: datetime, settings: Any
) -> None:
    nonce = fresh_nonce(at)
    settings.CLIENT_SECRET_PEPPER = "another " * 8

    assert nonce.replace("-", "").replace("_", "").isalnum()
    assert fresh_nonce(at) != nonce


def test_check_10_what_is_no_nonce_of_ours_is_answered_with_one(
    prove: Callable[..., str], at: datetime
) -> None:
    slot = str(int(at.timestamp()) // SLOT_SECONDS)
    of_another_purpose = b64(keyed_digest("client-secret", slot))
    for nonce in (None, "", "x", fresh_nonce(at)[:-1], fresh_nonce(at) + "A", of_another_purpose):
        with pytest.raises(UseDpopNonceError) as asked:
            check_proof([prove(nonce=nonce)], method="POST", path=PATH, at=at)
        assert asked.value.nonce == fresh_nonce(at)


# Check 11


@pytest.mark.parametrize("seconds", (-59, 0, 10))
def test_check_11_a_proof_made_just_now_counts_and_clocks_may_differ(
    seconds: int, prove: Callable[..., str], at: datetime
) -> None:
    iat = int(at.timestamp()) + seconds

    proof = check_proof([prove(iat=iat)], method="POST", path=PATH, at=at)

    assert proof.spent_until > datetime.fromtimestamp(iat, tz=UTC) + timedelta(seconds=60)


@pytest.mark.parametrize("seconds", (-62, 12, 61, 3600, -(10**12), 10**400, float("nan"), 1e999))
def test_check_11_a_stale_or_future_proof_is_refused(
    seconds: float, prove: Callable[..., str], at: datetime
) -> None:
    iat = int(at.timestamp()) + seconds if abs(seconds) < 10**6 else seconds

    assert refusal(at, prove(iat=iat)) == "The proof was not made just now: its iat is off."


def test_check_11_iat_may_have_a_fraction(prove: Callable[..., str], at: datetime) -> None:
    proof = check_proof([prove(iat=at.timestamp())], method="POST", path=PATH, at=at)

    assert proof.iat == at.timestamp()


# Check 12


def test_check_12_a_proof_for_another_token_is_refused(
    prove: Callable[..., str], at: datetime
) -> None:
    said = refusal(at, prove(access_token="one"), access_token="another")

    assert said == "The proof's ath is not of this access token."
    assert refusal(at, prove(), access_token="another") == said
    check_proof([prove(access_token="one")], method="POST", path=PATH, at=at, access_token="one")


@pytest.mark.parametrize("cnf", (None, {}, [], {"jkt": ""}, {"jkt": 1}, {"x5t#S256": "a"}))
def test_token_bound_in_a_way_we_do_not_know_is_rejected(cnf: Any) -> None:
    with pytest.raises(TokenRejectedError):
        bound_key({"cnf": cnf})


def test_bound_key_is_the_tokens_jkt_or_none() -> None:
    assert bound_key({"cnf": {"jkt": "a"}}) == "a"
    assert bound_key({}) == ""


@pytest.mark.parametrize(
    ("client", "bound"),
    (
        (Client(), False),
        (Client(dpop_bound_access_tokens=True), True),
        (Client(profile=Profile.FAPI), True),
    ),
)
def test_fapi_clients_and_those_registered_so_are_always_bound(
    client: Client,
    bound: bool,  # noqa: FBT001 -- a column of the table above
) -> None:
    assert must_be_bound(client) is bound


# Replay (section 11.1)


@pytest.mark.django_db
def test_proof_is_spent_by_its_use_at_its_address(prove: Callable[..., str], at: datetime) -> None:
    proof = check_proof([prove()], method="POST", path=PATH, at=at)

    with CaptureQueriesContext(connection) as captured:
        spend_proof(proof, path=PATH)

    assert len(captured) == 1
    assert ReplayedId.objects.get().expires == proof.spent_until
    with pytest.raises(InvalidDpopProofError, match="used before"):
        spend_proof(proof, path=PATH)


@pytest.mark.django_db
def test_same_id_by_another_key_or_at_another_address_is_another_proof(
    prove: Callable[..., str],
) -> None:
    key = client_key()
    for text in (prove(key, jti="1"), prove(jti="1"), prove(key, jti="2")):
        spend_proof(read_proof([text]), path=PATH)
    spend_proof(read_proof([prove(key, jti="1")]), path="/oauth/par")

    assert ReplayedId.objects.count() == 4
    with pytest.raises(InvalidDpopProofError, match="used before"):
        spend_proof(read_proof([prove(key, jti="1")]), path=PATH)


@pytest.mark.django_db
def test_proved_key_of_an_exchange_is_none_without_a_proof(
    prove: Callable[..., str], at: datetime
) -> None:
    key = client_key()
    exchange = Exchange(at=at, path=PATH, dpop_proof=[prove(key)])

    assert proved_key(Exchange(at=at, path=PATH), at=at) == ""
    assert proved_key(exchange, at=at) == key.thumbprint()
    with pytest.raises(InvalidDpopProofError, match="used before"):
        proved_key(exchange, at=at)


@pytest.mark.django_db
def test_refused_proof_leaves_no_trace(prove: Callable[..., str], at: datetime) -> None:
    exchange = Exchange(at=at, path=PATH, dpop_proof=[prove(nonce=None)])

    with pytest.raises(UseDpopNonceError):
        proved_key(exchange, at=at)

    assert ReplayedId.objects.count() == 0
