"""What a client assertion must say (RFC 7521, RFC 7523 section 3, FAPI 2.0 section 5.3.2.1)."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from django.conf import settings
from joserfc import jws
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from apps.core.keys import SignatureRegistry
from apps.oauth.keys import UNREADABLE
from apps.oauth.models.clients import Profile
from apps.oauth.policy.jwk import verification_key

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TYPES = frozenset({"jwt", "client-authentication+jwt"})
FAPI_ALGORITHMS = ("ES256", "PS256", "EdDSA")
ALGORITHMS = (*FAPI_ALGORITHMS, "RS256")
MOST_CHARACTERS = 8 * 1024
MOST_KEYS = 50
# An hour is what libraries in use put in (Authlib); a FAPI client has no need of it.
MOST_AHEAD = {Profile.STANDARD: timedelta(hours=1), Profile.FAPI: timedelta(minutes=5)}
# Clocks differ: FAPI 2.0 section 5.3.2.1 wants 10 seconds accepted and 60 refused.
SKEW = timedelta(seconds=10)


class AssertionRejectedError(ValueError):
    """The assertion proves nothing; the message says why and is for the trail and the log."""


@dataclass(frozen=True)
class Assertion:
    """An assertion as it was sent. Nothing in it is proved: ``subject`` is whom it says it is
    about, ``kid`` which key it says it was signed with.
    """

    signed: jws.CompactSignature
    algorithm: str
    kid: str | None
    subject: str
    claims: dict[str, Any]


@dataclass(frozen=True)
class Speaker:
    """Who signs a client's assertions, and under which name it speaks of the client."""

    issuer: str
    subject: str


@dataclass(frozen=True)
class UsedOnce:
    """What of a good assertion must be remembered, and until when."""

    jti: str
    expires: datetime


def read_assertion(text: str, *, types: Collection[str] = TYPES) -> Assertion:
    """Take it apart, whoever it is from; its `typ` is one of these, or absent. Raises
    AssertionRejectedError.

    Of the header only `alg`, `typ` and `kid` are heard: a key or an address in it (`jwk`, `jku`,
    `x5u`, `x5c`) is what an attacker would choose (RFC 8725 section 3.10).
    """
    if len(text) > MOST_CHARACTERS:
        raise AssertionRejectedError("it is too long")
    try:
        signed = jws.extract_compact(text.encode("ascii"))
        claims = json.loads(signed.payload)
        header = signed.headers()
        algorithm, kid = header.get("alg"), header.get("kid")
    except UNREADABLE as error:
        raise AssertionRejectedError("it cannot be read") from error
    if algorithm not in ALGORITHMS:
        raise AssertionRejectedError("its algorithm is not accepted")
    if "crit" in header:  # RFC 7515 section 4.1.11: we understand no extension.
        raise AssertionRejectedError("it has a critical extension")
    if not _type_is_good(header.get("typ", "JWT"), types) or not isinstance(kid, str | None):
        raise AssertionRejectedError("its header is malformed")
    return Assertion(signed, algorithm, kid, text_claim(claims, "sub"), claims)


def _type_is_good(typ: object, types: Collection[str]) -> bool:
    """Of a client, absent, `JWT` or RFC 7523bis's own: a token made for another purpose is no
    assertion (RFC 8725 section 3.11).
    """
    return isinstance(typ, str) and typ.lower().removeprefix("application/") in types


def text_claim(claims: Any, name: str) -> str:  # noqa: ANN401 -- any JSON
    """A claim that must be there and be text the database could hold. Raises
    AssertionRejectedError.
    """
    value = claims.get(name) if isinstance(claims, dict) else None
    if not isinstance(value, str) or not value or "\x00" in value:
        raise AssertionRejectedError(f"{name} is missing or malformed")
    try:
        value.encode()
    except UnicodeEncodeError as error:  # Half of a surrogate pair.
        raise AssertionRejectedError(f"{name} is missing or malformed") from error
    return value


# --- Keys ---------------------------------------------------------------------------------------
def key_for(assertion: Assertion, jwks: object) -> Key | None:
    """The one key of the set that may have signed it: by name, or the only usable one where the
    assertion names none. A key without a name goes by its thumbprint (RFC 7638).
    """
    usable = [
        (kid, key)
        for kid, key in _usable_keys(jwks, assertion.algorithm)
        if assertion.kid is None or kid == assertion.kid
    ]
    return usable[0][1] if len(usable) == 1 else None


def _usable_keys(jwks: object, algorithm: str) -> list[tuple[object, Key]]:
    members = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(members, list):
        return []
    found = ((jwk, _public_key(jwk, algorithm)) for jwk in members[:MOST_KEYS])
    return [(jwk.get("kid", key.thumbprint()), key) for jwk, key in found if key is not None]


def _public_key(jwk: Any, algorithm: str) -> Key | None:  # noqa: ANN401 -- any JSON
    """The key if it is one for signatures of this algorithm; of whatever else the set holds
    nothing is said.
    """
    try:
        if jwk.get("use", "sig") != "sig" or jwk.get("alg", algorithm) != algorithm:
            return None
        return verification_key(jwk, algorithm)
    except UNREADABLE:
        return None


@lru_cache(maxsize=len(ALGORITHMS))
def _decoy(algorithm: str) -> Key:
    """A key nobody has the private part of, as dear to check with as a client's."""
    if algorithm == "ES256":
        return ECKey.generate_key("P-256", private=False)
    if algorithm == "EdDSA":
        return OKPKey.generate_key("Ed25519", private=False)
    return RSAKey.import_key(RSAPublicNumbers(65537, 2**2048 - 1).public_key())


def signature_is_right(assertion: Assertion, key: Key | None) -> bool:
    """RFC 7523 section 3 no. 9. Without a key it is wrong after the same work, so that an unknown
    client is not answered faster than a known one.
    """
    registry = SignatureRegistry(algorithms=[assertion.algorithm], strict_check_header=False)
    try:
        checked_with = key or _decoy(assertion.algorithm)
        right = jws.validate_compact(assertion.signed, checked_with, registry=registry)
    except UNREADABLE:
        return False
    return right and key is not None


# --- Claims -------------------------------------------------------------------------------------
def check_assertion(
    assertion: Assertion, *, speaker: Speaker, profile: str, endpoint: str, at: datetime
) -> UsedOnce:
    """What it says, once its signature is found to be the speaker's; ``endpoint`` is the URL it
    was sent to. Raises AssertionRejectedError.
    """
    check_algorithm(assertion, profile=profile)
    check_speaker(assertion, speaker)
    check_audience(assertion, profile=profile, endpoint=endpoint)
    expires = check_expiry(assertion, profile=profile, at=at)
    check_begin(assertion, at=at)
    return UsedOnce(text_claim(assertion.claims, "jti"), expires)


def check_algorithm(assertion: Assertion, *, profile: str) -> None:
    """FAPI 2.0 section 5.4.1 no. 1: PS256, ES256 or EdDSA."""
    if profile == Profile.FAPI and assertion.algorithm not in FAPI_ALGORITHMS:
        raise AssertionRejectedError("its algorithm is not for the FAPI profile")


def check_speaker(assertion: Assertion, speaker: Speaker) -> None:
    """RFC 7523 section 3 no. 1 and 2: `iss` and `sub` are exactly those that were registered; of
    a client that speaks for itself both are the client.
    """
    if text_claim(assertion.claims, "iss") != speaker.issuer:
        raise AssertionRejectedError("iss is not who speaks for this client")
    if assertion.subject != speaker.subject:
        raise AssertionRejectedError("sub is not this client")


def check_audience(assertion: Assertion, *, profile: str, endpoint: str) -> None:
    """RFC 7523 section 3 no. 3. FAPI 2.0 section 5.3.2.1 no. 6: the issuer, as text and alone,
    because an assertion for several could be played on from one server to the next. Clients of the
    standard profile may say what libraries in use say: the token endpoint, or the one called.
    """
    issuer, audience = settings.PUBLIC_URL, assertion.claims.get("aud")
    if profile == Profile.FAPI:
        accepted = [issuer]
    else:
        accepted = [issuer, f"{issuer}/oauth/token", endpoint]
        if isinstance(audience, list) and len(audience) == 1:
            audience = audience[0]
    if audience not in accepted:
        raise AssertionRejectedError("aud is not this server")


def check_expiry(assertion: Assertion, *, profile: str, at: datetime) -> datetime:
    """RFC 7523 section 3 no. 4: not over, and not so far ahead that we would have to remember it
    for long.
    """
    expires, now = time_claim(assertion, "exp"), at.timestamp()
    latest = now + (MOST_AHEAD[Profile(profile)] + SKEW).total_seconds()
    if expires is None or not now < expires <= latest:
        raise AssertionRejectedError("exp is missing, over or too far ahead")
    return datetime.fromtimestamp(expires, tz=UTC)


def check_begin(assertion: Assertion, *, at: datetime) -> None:
    """RFC 7523 section 3 no. 5 and 6: `nbf` and `iat`, where given, are not to come."""
    for name in ("nbf", "iat"):
        begins = time_claim(assertion, name)
        if begins is not None and not begins <= (at + SKEW).timestamp():
            raise AssertionRejectedError(f"{name} is to come")


def time_claim(assertion: Assertion, name: str) -> float | None:
    """RFC 7519 section 2, NumericDate; `true` is no number. Raises AssertionRejectedError."""
    value = assertion.claims.get(name)
    if value is None:
        return None
    if type(value) not in {int, float}:
        raise AssertionRejectedError(f"{name} is malformed")
    return value
