"""What a DPoP proof must be: the checks of RFC 9449 section 4.3, one function each.

All raise InvalidDpopProofError. The nonce and the memory of used proofs are services.dpop's.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc.jwk import Key
from joserfc.jws import CompactSignature, extract_compact, validate_compact

from apps.core.keys import signatures
from apps.oauth.errors import InvalidDpopProofError
from apps.oauth.keys import UNREADABLE, TokenRejectedError
from apps.oauth.models import Client
from apps.oauth.models.clients import Profile
from apps.oauth.policy.jwk import RSA, SECRET_MEMBERS, check_modulus, kind_of, verification_key
from apps.oauth.policy.uris import normal_form

# FAPI 2.0 Security Profile section 5.4.1; what the metadata and the challenges name.
ALGORITHMS = ("ES256", "PS256", "EdDSA")
AHEAD = timedelta(seconds=10)
AGE = timedelta(seconds=60)
MAX_PROOF_CHARACTERS = 8 * 1024
MAX_JTI_CHARACTERS = 256
MAX_TEXT_CHARACTERS = 2048
RSA_BITS = range(2048, 4096 + 1)
RSA_EXPONENT = "AQAB"

_REGISTRY = signatures(ALGORITHMS)
_REGISTRY.strict_check_header = False  # Section 4.2: a proof may have further header parameters.
_REGISTRY.max_header_length = MAX_PROOF_CHARACTERS  # The library's 512 hold no RSA key.


@dataclass(frozen=True)
class Proof:
    """What a proof with a good signature says. ``jkt`` is the key's RFC 7638 thumbprint."""

    jkt: str
    jti: str
    htm: str
    htu: str
    iat: float
    nonce: str
    ath: str

    @property
    def spent_until(self) -> datetime:
        """When its time is over by any clock of ours, so that it need not be remembered."""
        return datetime.fromtimestamp(self.iat, tz=UTC) + AGE + AHEAD


def must_be_bound(client: Client) -> bool:
    """RFC 9449 section 5.2, and FAPI 2.0 section 5.3.2.1: the client's tokens are always bound."""
    return client.dpop_bound_access_tokens or client.profile == Profile.FAPI


def bound_key(claims: dict[str, Any]) -> str:
    """Section 6.1: the key an access token is bound to, "" for none.

    Raises TokenRejectedError for a binding that is none of ours: it cannot be confirmed.
    """
    if "cnf" not in claims:
        return ""
    confirmation = claims["cnf"]
    jkt = confirmation.get("jkt") if isinstance(confirmation, dict) else None
    if not isinstance(jkt, str) or not jkt:
        raise TokenRejectedError("an unknown confirmation method")
    return jkt


def read_proof(headers: Sequence[str]) -> Proof:
    """Checks 1 to 7: everything that the proof alone decides."""
    signature = parse(single(headers))
    header = signature.headers()
    check_type(header)
    check_algorithm(header)
    key = public_key(header)
    check_signature(signature, key)
    return _proof(signature, key.thumbprint())


def single(headers: Sequence[str]) -> str:
    """Check 1: not more than one header. A server joins two with a comma (RFC 9110 5.2)."""
    if len(headers) != 1 or "," in headers[0]:
        raise InvalidDpopProofError("Send one DPoP header.")
    return headers[0]


def parse(text: str) -> CompactSignature:
    """Check 2: a single, well-formed JWT."""
    if len(text) > MAX_PROOF_CHARACTERS:
        raise InvalidDpopProofError("The proof is too long.")
    try:
        signature = extract_compact(text.encode(), registry=_REGISTRY)
    except UNREADABLE as error:
        raise InvalidDpopProofError("The proof is not a signed JWT.") from error
    if "crit" in signature.headers():
        raise InvalidDpopProofError("The proof has a critical header that is not understood.")
    return signature


def check_type(header: dict[str, Any]) -> None:
    """Check 4: no JWT made for anything else will do (section 11.5)."""
    if header.get("typ") != "dpop+jwt":
        raise InvalidDpopProofError("The proof's typ is not dpop+jwt.")


def check_algorithm(header: dict[str, Any]) -> None:
    """Check 5: an asymmetric algorithm of ours (section 11.6)."""
    if header.get("alg") not in ALGORITHMS:
        raise InvalidDpopProofError(f"The proof's alg is none of {', '.join(ALGORITHMS)}.")


def public_key(header: dict[str, Any]) -> Key:
    """Check 7: the header's key, public, of the algorithm's kind and of a size we check with."""
    jwk = header.get("jwk")
    if not isinstance(jwk, dict):
        raise InvalidDpopProofError("The proof has no jwk.")
    if SECRET_MEMBERS & jwk.keys():
        raise InvalidDpopProofError("The proof's jwk is a private key.")
    try:
        if kind_of(jwk) == RSA:
            _check_work(jwk)
        return verification_key(jwk, str(header["alg"]))
    except UNREADABLE as error:
        raise InvalidDpopProofError("The proof's jwk is no key of its alg.") from error


def _check_work(jwk: dict[str, Any]) -> None:
    """An RSA key of the sender's choosing must not make us work. Raises ValueError."""
    check_modulus(jwk, RSA_BITS)
    if jwk["e"] != RSA_EXPONENT:
        raise ValueError("another exponent")


def check_signature(signature: CompactSignature, key: Key) -> None:
    """Check 6: it was made with the key the header shows."""
    try:
        good = validate_compact(signature, key, registry=_REGISTRY)
    except UNREADABLE as error:
        raise InvalidDpopProofError("The proof's signature cannot be checked.") from error
    if not good:
        raise InvalidDpopProofError("The proof's signature is not its key's.")


def _proof(signature: CompactSignature, jkt: str) -> Proof:
    """Check 3: every claim of section 4.2 is there, and of its type and size."""
    try:
        claims = json.loads(signature.payload or b"")
    except UNREADABLE as error:
        raise InvalidDpopProofError("The proof's claims are no JSON object.") from error
    if not isinstance(claims, dict):
        raise InvalidDpopProofError("The proof's claims are no JSON object.")
    iat = claims.get("iat")
    if isinstance(iat, bool) or not isinstance(iat, int | float):
        raise InvalidDpopProofError("The proof's iat is no number.")
    return Proof(
        jkt=jkt,
        jti=_text(claims, "jti", at_most=MAX_JTI_CHARACTERS),
        htm=_text(claims, "htm"),
        htu=_text(claims, "htu"),
        iat=iat,
        nonce=_text({"nonce": "", **claims}, "nonce", at_least=0),
        ath=_text({"ath": "", **claims}, "ath", at_least=0),
    )


def _text(
    claims: dict[str, Any], name: str, *, at_least: int = 1, at_most: int = MAX_TEXT_CHARACTERS
) -> str:
    value = claims.get(name)
    # What cannot be printed holds half of a character, too, which cannot be encoded.
    if not isinstance(value, str) or not value.isprintable():
        raise InvalidDpopProofError(f"The proof's {name} is no text.")
    if not at_least <= len(value) <= at_most:
        raise InvalidDpopProofError(f"The proof's {name} is missing or too long.")
    return value


def check_method(proof: Proof, method: str) -> None:
    """Check 8."""
    if proof.htm != method:
        raise InvalidDpopProofError("The proof's htm is another method.")


def check_target(proof: Proof, url: str) -> None:
    """Check 9: query and fragment aside, both in the form of RFC 3986 section 6.2."""
    try:
        same = normal_form(proof.htu) == normal_form(url)
    except ValueError as error:
        raise InvalidDpopProofError("The proof's htu is no address.") from error
    if not same:
        raise InvalidDpopProofError("The proof's htu is another address.")


def check_created(proof: Proof, at: datetime) -> None:
    """Check 11; clocks may differ by the 10 seconds that FAPI 2.0 section 5.3.2.1 names."""
    now = at.timestamp()
    if not now - AGE.total_seconds() <= proof.iat <= now + AHEAD.total_seconds():
        raise InvalidDpopProofError("The proof was not made just now: its iat is off.")


def check_token_hash(proof: Proof, access_token: str) -> None:
    """Check 12, first part: it was made for this access token."""
    digest = hashlib.sha256(access_token.encode()).digest()
    if proof.ath != base64.urlsafe_b64encode(digest).rstrip(b"=").decode():
        raise InvalidDpopProofError("The proof's ath is not of this access token.")
