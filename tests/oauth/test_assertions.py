"""What a client assertion must say (RFC 7523 section 3), rule by rule and without a database."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from apps.oauth.policy.assertions import (
    ALGORITHMS,
    FAPI_ALGORITHMS,
    MOST_CHARACTERS,
    AssertionRejectedError,
    Speaker,
    check_assertion,
    key_for,
    read_assertion,
    signature_is_right,
)
from tests.factories.jose import client_assertion, client_key, public_jwk, public_jwks

ISSUER = "https://buyer.example"
TOKEN = f"{ISSUER}/oauth/token"
PAR = f"{ISSUER}/oauth/par"
KEYS = {alg: client_key(alg) for alg in ALGORITHMS}
KEY = KEYS["ES256"]
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOW = AT.timestamp()
CLIENT = Speaker("cli_a", "cli_a")


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def assertion_of(key: Any = KEY, **changes: Any) -> Any:
    """One that is good at the moment the tests are for, but for the changes."""
    claims = {"iat": int(NOW), "exp": int(NOW) + 60, **changes}
    return read_assertion(client_assertion("cli_a", key, claims.pop("aud", ISSUER), **claims))


def checked(profile: str = "standard", **changes: Any) -> Any:
    return check_assertion(
        assertion_of(**changes), speaker=CLIENT, profile=profile, endpoint=PAR, at=AT
    )


def refused(**changes: Any) -> str:
    with pytest.raises(AssertionRejectedError) as error:
        checked(**changes)
    return str(error.value)


# --- Its form -----------------------------------------------------------------------------------
def test_a_good_assertion_is_read_without_being_believed() -> None:
    found = read_assertion(client_assertion("cli_a", KEY, ISSUER))

    assert (found.subject, found.algorithm, found.kid) == ("cli_a", "ES256", "k1")


@pytest.mark.parametrize(
    "text",
    (
        "",
        "a",
        "a.b.c",
        "....",
        "e30.e30.e30",
        "é.é.é",
        "\ud800.a.b",
        f"{part([])}.{part({})}.",
        f"{part(['alg'])}.{part({})}.",
        f"{part({'alg': 'ES256'})}.{part(b'not json')}.",
        f"{part({'alg': 'ES256'})}.{part(b'[' * 3000)}.",
        f"{part({'alg': 'ES256'})}.{part(b'')}.",
        f"{part({'alg': 'ES256'})}.{part([])}.",
        f"{part({'alg': 'ES256'})}.{part('sub')}.",
        f"{part({'alg': 'ES256'})}.{part({})}.",
        f"{part({'alg': 'ES256', 'kid': 'k' * 600})}.{part({'sub': 'a'})}.",
        "a" * (MOST_CHARACTERS + 1),
    ),
)
def test_what_is_no_assertion_is_refused(text: str) -> None:
    with pytest.raises(AssertionRejectedError):
        read_assertion(text)


@pytest.mark.parametrize(
    "alg", ("none", "None", "HS256", "HS512", "RS512", "ES384", "ES256K", "", None, 7, ["ES256"])
)
def test_no_other_algorithm_is_accepted(alg: Any) -> None:
    with pytest.raises(AssertionRejectedError, match="algorithm"):
        read_assertion(f"{part({'alg': alg})}.{part({'sub': 'cli_a'})}.AA")


@pytest.mark.parametrize(
    "sub", (None, "", 7, True, ["cli_a"], {}, "cli\x00a", "\ud800", "cli_\udfff")
)
def test_a_subject_the_database_could_not_hold_is_refused(sub: Any) -> None:
    with pytest.raises(AssertionRejectedError, match="sub"):
        read_assertion(f"{part({'alg': 'ES256'})}.{part({'sub': sub})}.AA")


@pytest.mark.parametrize(
    "typ", (None, "JWT", "jwt", "client-authentication+jwt", "application/JWT")
)
def test_its_type_is_absent_or_that_of_a_client_assertion(typ: str | None) -> None:
    assert read_assertion(client_assertion("cli_a", KEY, ISSUER, header={"typ": typ}))


@pytest.mark.parametrize(
    "header",
    (
        {"typ": "at+jwt"},
        {"typ": "dpop+jwt"},
        {"typ": "oauth-authz-req+jwt"},
        {"typ": "logout+jwt"},
        {"typ": ""},
        {"typ": 7},
        {"kid": 7},
        {"kid": ["k1"]},
        {"crit": ["exp"], "exp": 1},
        {"crit": []},
    ),
)
def test_a_token_for_another_purpose_or_an_odd_header_is_refused(header: dict[str, Any]) -> None:
    with pytest.raises(AssertionRejectedError):
        read_assertion(f"{part({'alg': 'ES256', **header})}.{part({'sub': 'cli_a'})}.AA")


# --- Its key ------------------------------------------------------------------------------------
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_each_algorithm_is_verified_with_the_clients_key(alg: str) -> None:
    assertion = read_assertion(client_assertion("cli_a", KEYS[alg], ISSUER))

    assert signature_is_right(assertion, key_for(assertion, public_jwks(KEYS[alg])))


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_neither_another_key_nor_none_verifies(alg: str) -> None:
    assertion = read_assertion(client_assertion("cli_a", client_key(alg), ISSUER))

    assert not signature_is_right(assertion, key_for(assertion, public_jwks(KEYS[alg])))
    assert not signature_is_right(assertion, None)


@pytest.mark.parametrize("signature", ("", "AA", "*", "A" * 86, "A" * 85))
def test_a_signature_of_any_form_is_met(signature: str) -> None:
    signed = client_assertion("cli_a", KEY, ISSUER).rpartition(".")[0]
    assertion = read_assertion(f"{signed}.{signature}")

    assert not signature_is_right(assertion, key_for(assertion, public_jwks(KEY)))


@pytest.mark.parametrize("member", ({"jwk": "text"}, {"x5c": 7}, {"jku": 7}))
def test_an_odd_member_of_the_header_makes_no_error(member: dict[str, Any]) -> None:
    signature = client_assertion("cli_a", KEY, ISSUER).rpartition(".")[2]
    header = {"alg": "ES256", "kid": "k1", **member}
    assertion = read_assertion(f"{part(header)}.{part({'sub': 'cli_a'})}.{signature}")

    assert not signature_is_right(assertion, key_for(assertion, public_jwks(KEY)))


def test_changed_claims_do_not_verify() -> None:
    header, _, signature = client_assertion("cli_a", KEY, ISSUER).split(".")
    assertion = read_assertion(f"{header}.{part({'sub': 'cli_b'})}.{signature}")

    assert not signature_is_right(assertion, key_for(assertion, public_jwks(KEY)))


@pytest.mark.parametrize("name", ("jwk", "jku", "x5u", "x5c"))
def test_no_key_of_the_header_is_used(name: str) -> None:
    attacker = client_key()
    value: Any = {
        "jwk": public_jwk(attacker),
        "jku": "https://evil.example/jwks",
        "x5u": "https://evil.example/cert",
        "x5c": ["AAAA"],
    }[name]
    forged = read_assertion(client_assertion("cli_a", attacker, ISSUER, header={name: value}))
    honest = read_assertion(client_assertion("cli_a", KEY, ISSUER, header={name: value}))

    assert not signature_is_right(forged, key_for(forged, public_jwks(KEY)))
    assert signature_is_right(honest, key_for(honest, public_jwks(KEY)))


def test_the_key_is_chosen_by_its_name() -> None:
    other = client_key(kid="k2")
    assertion = read_assertion(client_assertion("cli_a", other, ISSUER))

    found = key_for(assertion, public_jwks(KEY, other))

    assert found is not None
    assert found.thumbprint() == other.thumbprint()
    assert key_for(assertion, public_jwks(KEY)) is None


def test_a_key_registered_without_a_name_goes_by_its_thumbprint() -> None:
    key = client_key(kid=None)
    named = client_assertion("cli_a", key, ISSUER, header={"kid": key.thumbprint()})

    assert key_for(read_assertion(named), public_jwks(key)) is not None
    assert key_for(read_assertion(named), public_jwks(KEY)) is None


def test_without_a_name_there_must_be_one_usable_key_alone() -> None:
    assertion = read_assertion(client_assertion("cli_a", KEY, ISSUER, header={"kid": None}))

    assert key_for(assertion, public_jwks(KEY)) is not None
    assert key_for(assertion, public_jwks(KEY, KEYS["PS256"], KEYS["EdDSA"])) is not None
    assert key_for(assertion, public_jwks(KEY, client_key(kid="k2"))) is None


def test_two_keys_of_one_name_are_none() -> None:
    assertion = read_assertion(client_assertion("cli_a", KEY, ISSUER))

    assert key_for(assertion, public_jwks(KEY, client_key())) is None


RSA = public_jwk(KEYS["PS256"])
EC = public_jwk(KEY)
LONGER = part(bytes(1) + base64.urlsafe_b64decode(EC["x"] + "="))  # The same point.
SMALL = base64.urlsafe_b64encode((1 << 1023 | 1).to_bytes(128, "big")).rstrip(b"=").decode()
VAST = base64.urlsafe_b64encode((1 << 16383 | 1).to_bytes(2048, "big")).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("alg", "jwk"),
    (
        ("ES256", EC | {"use": "enc"}),
        ("ES256", EC | {"alg": "ES384"}),
        ("ES256", EC | {"crv": "P-384"}),
        ("ES256", EC | {"x": "AA"}),
        ("ES256", EC | {"x": 7}),
        ("ES256", EC | {"x": LONGER}),
        ("ES256", {"kty": "EC", "crv": "P-256", "kid": "k1"}),
        ("ES256", RSA | {"alg": "ES256"}),
        ("ES256", {"kty": "oct", "k": "AAAA", "kid": "k1"}),
        ("ES256", public_jwk(ECKey.generate_key("P-384", {"kid": "k1"}))),
        ("ES256", public_jwk(ECKey.generate_key("secp256k1", {"kid": "k1"}))),
        ("ES256", {"kid": "k1"}),
        ("ES256", []),
        ("ES256", "EC"),
        ("ES256", None),
        ("PS256", RSA | {"alg": "RS256"}),
        ("PS256", RSA | {"n": SMALL}),
        ("PS256", RSA | {"n": VAST}),
        ("PS256", RSA | {"n": 7}),
        ("PS256", RSA | {"n": "é"}),
        ("PS256", RSA | {"e": ""}),
        ("PS256", EC | {"alg": "PS256"}),
        ("EdDSA", EC | {"alg": "EdDSA"}),
        ("EdDSA", public_jwk(OKPKey.generate_key("X25519", {"kid": "k1"}))),
        ("EdDSA", public_jwk(OKPKey.generate_key("Ed448", {"kid": "k1"}))),
    ),
)
def test_a_key_that_is_weak_or_for_something_else_is_no_key(alg: str, jwk: Any) -> None:
    assertion = read_assertion(client_assertion("cli_a", KEYS[alg], ISSUER))

    assert key_for(assertion, {"keys": [jwk]}) is None


@pytest.mark.parametrize("jwks", (None, [], "", {}, {"keys": None}, {"keys": {}}, {"keys": "x"}))
def test_what_is_no_set_of_keys_has_none(jwks: object) -> None:
    assert key_for(read_assertion(client_assertion("cli_a", KEY, ISSUER)), jwks) is None


def test_a_key_is_found_among_others_we_do_not_understand() -> None:
    odd: list[Any] = [7, {"kty": "AKP"}, {"kty": "EC"}, {"kty": ["EC"]}]
    assertion = read_assertion(client_assertion("cli_a", KEY, ISSUER))

    assert key_for(assertion, {"keys": [*odd, public_jwk(KEY)]}) is not None


def test_an_rsa_key_may_have_2048_bits() -> None:
    key = RSAKey.generate_key(2048, {"kid": "k1"})
    assertion = read_assertion(client_assertion("cli_a", key, ISSUER, header={"alg": "PS256"}))

    assert signature_is_right(assertion, key_for(assertion, public_jwks(key)))


# --- What it says -------------------------------------------------------------------------------
def test_a_good_assertion_tells_what_is_used_once_and_until_when() -> None:
    used = checked(exp=int(NOW) + 60, jti="one")

    assert (used.jti, used.expires.timestamp()) == ("one", int(NOW) + 60)


def test_issuer_and_subject_are_the_client() -> None:
    assert refused(iss="cli_b") == "iss is not who speaks for this client"
    assert refused(iss=None) == "iss is missing or malformed"
    assert refused(iss=["cli_a"]) == "iss is missing or malformed"


@pytest.mark.parametrize("aud", (ISSUER, TOKEN, PAR, [ISSUER], [TOKEN], [PAR]))
def test_audience_of_the_standard_profile_is_what_libraries_say(aud: Any) -> None:
    assert checked(aud=aud)


@pytest.mark.parametrize(
    "aud",
    (
        None,
        "",
        7,
        [],
        {},
        [[ISSUER]],
        [ISSUER, TOKEN],
        [ISSUER, "https://evil.example"],
        "https://evil.example",
        f"{ISSUER}/",
        f"{ISSUER}.evil.example",
        f"{ISSUER}/oauth/revoke",
        {"a": ISSUER},
    ),
)
def test_any_other_audience_is_refused(aud: Any) -> None:
    assert refused(aud=aud) == "aud is not this server"


def test_audience_of_the_fapi_profile_is_the_issuer_as_text() -> None:
    assert checked("fapi", aud=ISSUER)
    for aud in (TOKEN, PAR, [ISSUER], [ISSUER, TOKEN]):
        assert refused(profile="fapi", aud=aud) == "aud is not this server"


@pytest.mark.parametrize(
    "exp",
    (
        None,
        0,
        -1,
        True,
        "soon",
        [],
        NOW - 1,
        NOW,
        NOW + 3611,
        NOW + 7200,
        float("nan"),
        float("inf"),
        10**400,
    ),
)
def test_expiry_is_needed_and_neither_over_nor_far_ahead(exp: Any) -> None:
    assert refused(exp=exp).startswith("exp is")


@pytest.mark.parametrize(
    ("profile", "exp"),
    (
        ("standard", NOW + 0.5),
        ("standard", NOW + 3600),
        ("standard", NOW + 3610),
        ("fapi", NOW + 300),
        ("fapi", NOW + 310),
    ),
)
def test_expiry_may_lie_ahead_by_a_clock_a_little_fast(profile: str, exp: float) -> None:
    assert checked(profile, aud=ISSUER, exp=exp).expires > AT


def test_expiry_of_the_fapi_profile_is_at_most_five_minutes_ahead() -> None:
    assert refused(profile="fapi", aud=ISSUER, exp=NOW + 311).startswith("exp is")


@pytest.mark.parametrize("name", ("iat", "nbf"))
@pytest.mark.parametrize("moment", (None, 0, -5.5, NOW - 86_400, NOW, NOW + 10))
def test_the_beginning_may_be_past_absent_or_ten_seconds_ahead(name: str, moment: Any) -> None:
    assert checked(**{name: moment})


@pytest.mark.parametrize("name", ("iat", "nbf"))
@pytest.mark.parametrize(
    "moment", (NOW + 11, NOW + 61, float("nan"), float("inf"), 10**400, True, "now", {})
)
def test_the_beginning_is_not_to_come(name: str, moment: Any) -> None:
    assert refused(**{name: moment}) in {f"{name} is to come", f"{name} is malformed"}


@pytest.mark.parametrize("jti", (None, "", 7, [], "a\x00b", "\udc00"))
def test_an_id_is_needed(jti: Any) -> None:
    assert refused(jti=jti) == "jti is missing or malformed"


def test_the_fapi_profile_has_no_rs256() -> None:
    for alg, key in KEYS.items():
        assertion = assertion_of(key)
        if alg in FAPI_ALGORITHMS:
            assert check_assertion(assertion, speaker=CLIENT, profile="fapi", endpoint=PAR, at=AT)
        else:
            with pytest.raises(AssertionRejectedError, match="FAPI"):
                check_assertion(assertion, speaker=CLIENT, profile="fapi", endpoint=PAR, at=AT)


def test_it_is_the_moment_of_the_request_that_counts() -> None:
    assertion = assertion_of()

    for later in (timedelta(minutes=2), timedelta(days=-1)):
        with pytest.raises(AssertionRejectedError):
            check_assertion(
                assertion, speaker=CLIENT, profile="standard", endpoint=PAR, at=AT + later
            )
