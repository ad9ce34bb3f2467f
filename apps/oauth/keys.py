"""Access tokens as signed JWTs (RFC 9068): making one and reading one."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key

from apps.core.ids import decode_id
from apps.core.keys import active_key, published_key, signatures
from apps.oauth.models import SigningKey
from apps.oauth.models.clients import IdTokenAlgorithm

ALGORITHMS = ["ES256"]
# A key of each is kept at all times: a client may ask for any, and the metadata says so.
KEY_ALGORITHMS = tuple(dict.fromkeys([*ALGORITHMS, *IdTokenAlgorithm.values]))
TOKEN_TYPES = frozenset({"at+jwt", "application/at+jwt"})
# A hostile header or payload makes the library stumble in more ways than its own errors.
UNREADABLE = (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError)
REGISTRY = signatures(KEY_ALGORITHMS)
MAX_TOKEN_CHARACTERS = 16 * 1024


class TokenRejectedError(Exception):
    """The token is not one of ours, or not for this audience; the message is for the log."""


class TokenExpiredError(TokenRejectedError):
    """The token was one of ours and its time is over."""


@dataclass(frozen=True)
class AccessTokenClaims:
    """The claims of an access token whose signature, type, issuer and audience were checked."""

    jti: uuid.UUID
    session_id: uuid.UUID
    expires: int
    raw: dict[str, Any]

    @property
    def details(self) -> list[dict[str, Any]]:
        """The limits it carries (RFC 9396 section 9.1)."""
        return list(self.raw.get("authorization_details", ()))


def api_audience() -> str:
    """The `aud` of tokens for our own API."""
    return f"{settings.PUBLIC_URL}/api/v1"


def sign(claims: dict[str, Any], *, typ: str, algorithm: str = "ES256") -> str:
    """A compact JWS by the active key of this algorithm. Raises NoSigningKeyError."""
    key = active_key(SigningKey, algorithm)
    header = {"alg": key.algorithm, "typ": typ, "kid": key.kid}
    return jwt.encode(header, claims, key.private, registry=REGISTRY)


def sign_access_token(claims: dict[str, Any]) -> str:
    """A compact JWS of type `at+jwt` (RFC 9068 section 2.1). Raises NoSigningKeyError."""
    return sign(claims, typ="at+jwt")


def read_access_token(
    token: str, *, audience: str | None, at: datetime, must_be_current: bool = True
) -> AccessTokenClaims:
    """RFC 9068 section 4, in its order; for any ``audience`` when it is None. Raises
    TokenRejectedError, TokenExpiredError.
    """
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise TokenRejectedError("too long")
    claims = _verified_claims(token)
    if claims.get("iss") != settings.PUBLIC_URL:
        raise TokenRejectedError("another issuer")
    audiences = claims.get("aud")
    if audience is not None and audience not in (
        audiences if isinstance(audiences, list) else [audiences]
    ):
        raise TokenRejectedError("another audience")
    parsed = _parse(claims)
    if must_be_current and parsed.expires <= at.timestamp():
        raise TokenExpiredError("expired")
    return parsed


def _key_named(message: Any) -> Key:  # noqa: ANN401 -- joserfc's own message types
    """Our key with the token's `kid`, used with its own algorithm only (RFC 8725 sections 3.1
    and 3.2). Nothing else of the header chooses a key.
    """
    header = message.headers()
    key = published_key(SigningKey, header.get("kid"))
    if key is None or key.algorithm != header.get("alg"):
        raise ValueError("unknown key")
    return key.public


def _verified_claims(token: str) -> dict[str, Any]:
    try:
        decoded = jwt.decode(token, _key_named, algorithms=ALGORITHMS)
    except UNREADABLE as error:
        raise TokenRejectedError("not signed by one of our keys") from error
    typ = decoded.header.get("typ")
    if not isinstance(typ, str) or typ.lower() not in TOKEN_TYPES:
        raise TokenRejectedError("another type of token")
    return decoded.claims


def _parse(claims: dict[str, Any]) -> AccessTokenClaims:
    """The claims RFC 9068 section 2.2 requires, each of its type."""
    names = ("jti", "sid", "sub", "client_id", "scope")
    texts = {name: claims.get(name) for name in names}
    expires = claims.get("exp")
    if not all(isinstance(value, str) for value in texts.values()) or type(expires) is not int:
        raise TokenRejectedError("a claim is missing or malformed")
    session_id = decode_id("ses", str(texts["sid"]))
    try:
        jti = uuid.UUID(texts["jti"])
    except ValueError as error:
        raise TokenRejectedError("the jti is malformed") from error
    if session_id is None:
        raise TokenRejectedError("the sid is malformed")
    return AccessTokenClaims(jti=jti, session_id=session_id, expires=expires, raw=claims)
