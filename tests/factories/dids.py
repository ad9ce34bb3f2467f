"""Decentralised identifiers and their documents, as a partner's developer makes them."""

import base64
import json
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey, Key

from tests.factories.jose import public_jwk

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def base58(octets: bytes) -> str:
    number, text = int.from_bytes(octets, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = _ALPHABET[digit] + text
    return _ALPHABET[0] * (len(octets) - len(octets.lstrip(b"\0"))) + text


def multibase(key: Key) -> str:
    """Of an Ed25519 or P-256 key, as did:key and Multikey write it."""
    public: Any = key.get_op_key("verify")
    if isinstance(key, ECKey):
        point = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        return "z" + base58(b"\x80\x24" + point)
    return "z" + base58(b"\xed\x01" + public.public_bytes(Encoding.Raw, PublicFormat.Raw))


def did_key(key: Key) -> str:
    return f"did:key:{multibase(key)}"


def did_jwk(jwk: object) -> str:
    return "did:jwk:" + base64.urlsafe_b64encode(json.dumps(jwk).encode()).rstrip(b"=").decode()


def method(did: str, name: str, key: Key, **changes: Any) -> dict[str, Any]:
    """A verification method with a JWK; a change to None leaves a member out."""
    made = {
        "id": f"{did}#{name}",
        "type": "JsonWebKey2020",
        "controller": did,
        "publicKeyJwk": public_jwk(key),
        **changes,
    }
    return {one: value for one, value in made.items() if value is not None}


def document(did: str, *methods: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A document by whose methods, all of them, its owner may authenticate."""
    return {
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": did,
        "verificationMethod": list(methods),
        "authentication": [one.get("id") for one in methods],
        **changes,
    }
