"""ID tokens (OpenID Connect Core section 2): making one, and reading one back as a hint."""

import base64
import hashlib
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from joserfc import jwt
from joserfc.jwk import Key

from apps.core.ids import decode_id, encode_id
from apps.core.keys import signatures, verification_key
from apps.identity.models import User
from apps.oauth.keys import UNREADABLE, sign
from apps.oauth.models import Client, SigningKey, TokenSession
from apps.oauth.models.clients import IdTokenAlgorithm
from apps.oauth.policy.claims import SIGN_IN_CLAIMS, allowed_claims, told, wanted_acr
from apps.oauth.policy.sign_in import acr_told
from apps.oauth.selectors.people import person_facts

ID_TOKEN_LIFE = timedelta(minutes=10)
CLOCK_SKEW = timedelta(seconds=60)
TYPE = "JWT"
MAX_HINT = 16 * 1024
REGISTRY = signatures(IdTokenAlgorithm.values)
# Ed25519 hashes with SHA-512 (RFC 8032 section 5.1), so at_hash does; the OpenID working group's
# answer to where section 3.1.3.6 says nothing of EdDSA.
HASHES = {
    IdTokenAlgorithm.RS256: hashlib.sha256,
    IdTokenAlgorithm.ES256: hashlib.sha256,
    IdTokenAlgorithm.EDDSA: hashlib.sha512,
}


class HintRejectedError(Exception):
    """It is no ID token of ours; the message is for the log."""


@dataclass(frozen=True)
class IdTokenHint:
    """What an ID token of ours says, however old it is."""

    sub: str
    client_id: str
    session_id: uuid.UUID


def make_id_token(
    *,
    session: TokenSession,
    client: Client,
    access_token: str,
    nonce: str,
    scopes: Collection[str],
    at: datetime,
) -> str:
    """The ID token that goes with an access token of a person's session (sections 2, 3.1.3.6).
    ``sub`` is the person's public id. Of the person it tells what ``scopes`` carry and the client
    asked for by name; at a refresh that and ``nonce`` are empty (section 12.2).
    """
    if session.user_id is None:
        raise TypeError("Only a person's session has an ID token.")
    algorithm = client.id_token_signed_response_alg
    expires = min(at + ID_TOKEN_LIFE, session.expires_at)
    claims = {
        **_asked_for(session, scopes),
        "iss": settings.PUBLIC_URL,
        "sub": encode_id(User.id_prefix, session.user_id),
        "aud": client.client_id,
        "azp": client.client_id,
        "exp": int(expires.timestamp()),
        "iat": int(at.timestamp()),
        "sid": session.public_id,
        "at_hash": half_hash(access_token, algorithm),
        **_sign_in(session),
        **({"nonce": nonce} if nonce else {}),
    }
    return sign(claims, typ=TYPE, algorithm=algorithm)


def half_hash(token: str, algorithm: str) -> str:
    """`at_hash`: the left half of the hash of the signature's own algorithm (section 3.1.3.6)."""
    digest = HASHES[IdTokenAlgorithm(algorithm)](token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def _sign_in(session: TokenSession) -> dict[str, Any]:
    if session.auth_time is None:
        return {}
    facts = {
        "auth_time": int(session.auth_time.timestamp()),
        "acr": acr_told(session.acr, wanted_acr(session.claims)),
        "amr": session.amr,
    }
    return told(SIGN_IN_CLAIMS, facts)


def _asked_for(session: TokenSession, scopes: Collection[str]) -> dict[str, Any]:
    """What the client asked to find in the ID token (section 5.5); otherwise userinfo has it
    (section 5.4), and this costs no statement.
    """
    names = allowed_claims(session.claims.get("id_token", {}), scopes)
    personal = [name for name in names if name not in {"sub", *SIGN_IN_CLAIMS}]
    return told(personal, person_facts(session.pk).claims) if personal else {}


def read_hint(hint: str, *, at: datetime) -> IdTokenHint:
    """An ID token of ours, also an expired one and one whose key has been retired (RP-Initiated
    Logout 1.0 section 2). Raises HintRejectedError.
    """
    if len(hint) > MAX_HINT:
        raise HintRejectedError("too long")
    try:
        decoded = jwt.decode(hint, _key_named, registry=REGISTRY)
    except UNREADABLE as error:
        raise HintRejectedError("not signed by one of our keys") from error
    if decoded.header.get("typ") != TYPE:
        raise HintRejectedError("another type of token")
    claims = decoded.claims
    if claims.get("iss") != settings.PUBLIC_URL:
        raise HintRejectedError("another issuer")
    issued = claims.get("iat")
    if type(issued) is not int or issued > (at + CLOCK_SKEW).timestamp():
        raise HintRejectedError("issued in the future")
    return _parse(claims)


def _key_named(message: Any) -> Key:  # noqa: ANN401 -- joserfc's own message types
    """Our key with the hint's `kid`, for its own algorithm alone (RFC 8725 section 3.1)."""
    headers = message.headers()
    key = verification_key(SigningKey, headers.get("kid"))
    if key is None or key.algorithm != headers.get("alg"):
        raise ValueError("unknown key")
    return key.public


def _parse(claims: dict[str, Any]) -> IdTokenHint:
    """A userinfo answer that is signed has no `sid`, and is no ID token."""
    sub, client_id, sid = (claims.get(name) for name in ("sub", "aud", "sid"))
    session_id = decode_id("ses", sid) if isinstance(sid, str) else None
    if not isinstance(sub, str) or not isinstance(client_id, str) or session_id is None:
        raise HintRejectedError("a claim is missing or malformed")
    return IdTokenHint(sub=sub, client_id=client_id, session_id=session_id)
