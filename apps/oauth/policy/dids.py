"""Decentralised identifiers by which a client names its keys: did:key, did:jwk and did:web.

The first two are their own document. Where did:web keeps its document stands here too; what a
document says is read in policy.did_documents.
"""

import base64
import json
import re
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from django.conf import settings
from joserfc.jwk import JWKRegistry

from apps.core.errors import FieldError
from apps.oauth.models.clients import Profile
from apps.oauth.policy.client_keys import PUBLIC_MEMBERS, key_fault

MOST_CHARACTERS = 500
MOST_KEY_CHARACTERS = 100  # The longest of the keys we know has 48.
KEY, JWK, WEB = "did:key:", "did:jwk:", "did:web:"

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
# Multicodec's table: the unsigned varints of 0xed and 0x1200.
_ED25519, _ED25519_OCTETS = b"\xed\x01", 32
_P256, _P256_OCTETS = b"\x80\x24", 33
# A name of the DNS, whose last part is no number (that would be an address), in lower case.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?")
_PART = re.compile(r"[A-Za-z0-9._-]+")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_MOST_HOST_CHARACTERS = 253
_MOST_PORT = 65535

Jwk = dict[str, Any]
Jwks = dict[str, Any]


class DidRejectedError(ValueError):
    """It is no identifier, or no document, that we go by; the message says why."""


def did_faults(did: str, profile: Profile) -> list[FieldError]:
    """What may be registered: one whose key we could use, or whose document we could fetch."""
    try:
        if len(did) > MOST_CHARACTERS:
            raise DidRejectedError(f"has more than {MOST_CHARACTERS} characters")
        if is_fetched(did):
            document_address(did)
        else:
            _check_key(keys_of_did(did)["keys"][0], profile)
    except DidRejectedError as error:
        return [FieldError("/did", "did-not-allowed", f"The identifier {error}.")]
    return []


def _check_key(jwk: Jwk, profile: Profile) -> None:
    fault = key_fault(jwk, profile)
    if fault:
        raise DidRejectedError(f"has a key that {fault}")


def is_fetched(did: str) -> bool:
    """Whether its document stands somewhere, so that its keys can change."""
    return did.startswith(WEB)


def keys_of_did(did: str) -> Jwks:
    """The one key of a did:key or did:jwk, under its name in the document that the method makes of
    it. Raises DidRejectedError.
    """
    if did.startswith(KEY):
        fragment = did.removeprefix(KEY)
        jwk = key_of_multibase(fragment)
    elif did.startswith(JWK):
        jwk, fragment = _key_of_jwk(did.removeprefix(JWK)), "0"
    else:
        raise DidRejectedError("is neither did:key, did:jwk nor did:web")
    return {"keys": [named(jwk, f"{did}#{fragment}")]}


def named(jwk: Jwk, name: str) -> Jwk:
    """What we read of a public key, under its DID URL; a name of its own counts for nothing.
    Raises DidRejectedError.
    """
    _check_key(jwk, Profile.STANDARD)
    return {**{one: jwk[one] for one in PUBLIC_MEMBERS if one in jwk}, "kid": name}


# --- did:key ------------------------------------------------------------------------------------
def key_of_multibase(text: str) -> Jwk:
    """A key as did:key and the type Multikey write it: base58btc, behind its multicodec name.
    Raises DidRejectedError.
    """
    if not text.startswith("z") or len(text) > MOST_KEY_CHARACTERS:
        raise DidRejectedError("has a key that is not in base58btc")
    octets = _base58(text[1:])
    codec, key = octets[:2], octets[2:]
    if codec == _ED25519 and len(key) == _ED25519_OCTETS:
        return {"kty": "OKP", "crv": "Ed25519", "x": _base64url(key)}
    if codec == _P256 and len(key) == _P256_OCTETS:
        return _p256_key(key)
    raise DidRejectedError("has a key that is neither Ed25519 nor P-256")


def _base58(text: str) -> bytes:
    number = 0
    for character in text:
        digit = _BASE58.find(character)
        if digit < 0:
            raise DidRejectedError("has a key that is not in base58btc")
        number = number * 58 + digit
    zeros = len(text) - len(text.lstrip(_BASE58[0]))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _p256_key(octets: bytes) -> Jwk:
    try:
        point = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), octets).public_numbers()
    except ValueError as error:
        raise DidRejectedError("has a key that is no point of P-256") from error
    x, y = (_base64url(number.to_bytes(32, "big")) for number in (point.x, point.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


# --- did:jwk ------------------------------------------------------------------------------------
def _key_of_jwk(text: str) -> Jwk:
    """The did:jwk specification: a JWK as JSON, in base64url."""
    try:
        if not _BASE64URL.fullmatch(text):
            raise ValueError(text)
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError) as error:
        raise DidRejectedError("holds no JSON in base64url") from error
    if not isinstance(found, dict):
        raise DidRejectedError("holds no JSON object")
    return found


# --- did:web ------------------------------------------------------------------------------------
def document_address(did: str) -> str:
    """Where a did:web keeps its document (did:web specification, section Read): a name of the DNS,
    never an IP address, with a port if it says one, and a path of plain parts. Over https; over
    http only on the laptop itself, where private hosts may be called. Raises DidRejectedError.
    """
    place, *parts = did.removeprefix(WEB).split(":")
    host, port_sign, port = place.partition("%3A")
    here = settings.OUTBOUND_PRIVATE_HOSTS and host == "localhost"
    if not here and (len(host) > _MOST_HOST_CHARACTERS or not _HOST.fullmatch(host)):
        raise DidRejectedError("names no host by its name in lower case")
    if port_sign and (not _PORT.fullmatch(port) or int(port) > _MOST_PORT):
        raise DidRejectedError("has a port that is none")
    if not all(_PART.fullmatch(part) and part.strip(".") for part in parts):
        raise DidRejectedError("has a path with a part that is not plain")
    origin = f"{'http' if here else 'https'}://{host}{f':{port}' if port_sign else ''}"
    return f"{origin}/{'/'.join(parts or ['.well-known'])}/did.json"


# --- Finding a key ------------------------------------------------------------------------------
def as_named(jwks: Jwks | None, kid: str | None) -> Jwks | None:
    """The set for somebody who may name a key by its DID URL or by its RFC 7638 thumbprint."""
    if jwks is None or kid is None:
        return jwks
    return {
        "keys": [{**key, "kid": kid} if kid == _thumbprint(key) else key for key in jwks["keys"]]
    }


def thumbprints(jwks: Jwks | None) -> frozenset[str]:
    """The RFC 7638 thumbprints of the keys, which is how DPoP names one."""
    return frozenset(_thumbprint(key) for key in jwks["keys"]) if jwks else frozenset()


def _thumbprint(jwk: Jwk) -> str:
    return JWKRegistry.import_key(jwk).thumbprint()
