"""Public keys of others as JWKs (RFC 7517, RFC 7518 section 6): what is a key for an algorithm."""

import base64
from typing import Any

from joserfc.jwk import Key, import_key

# Type and curve of what each algorithm that we accept of others is checked with.
RSA = ("RSA", "")
KINDS = {"ES256": ("EC", "P-256"), "PS256": RSA, "EdDSA": ("OKP", "Ed25519"), "RS256": RSA}
# What a key of this curve signs with, where it does not say (RFC 7518 section 3.4, RFC 8037).
OF_CURVE = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "Ed25519": "EdDSA"}
MEMBERS = {"EC": ("crv", "x", "y"), "OKP": ("crv", "x"), "RSA": ("n", "e")}
SECRET_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
RSA_BITS = range(2048, 6144 + 1)  # Beyond that, joserfc finds a signature too long.
COORDINATE_OCTETS = 32  # Of P-256 and of Ed25519.


class ModulusError(ValueError):
    """An RSA key of another size; the message is the end of a sentence."""


def kind_of(jwk: dict[str, Any]) -> tuple[Any, Any]:
    """Its type and its curve, as it says."""
    kty = jwk.get("kty")
    return kty, "" if kty == "RSA" else jwk.get("crv")


def usual_algorithm(jwk: dict[str, Any]) -> dict[str, str]:
    """The member `alg` that a key could have but for its curve there is no choice of."""
    curve = jwk.get("crv")
    found = OF_CURVE.get(curve) if isinstance(curve, str) else None
    return {"alg": found} if found else {}


def signs_with(jwk: dict[str, Any]) -> frozenset[str]:
    """What a key of this type and curve can sign with, of what we accept."""
    return frozenset(name for name, kind in KINDS.items() if kind == kind_of(jwk))


def verification_key(jwk: Any, algorithm: str) -> Key:  # noqa: ANN401 -- any JSON
    """The key, if it is one of the kind and strength that the algorithm needs (FAPI 2.0 section
    5.4.1), made of the members that make it and of nothing else.

    Raises one of `keys.UNREADABLE`.
    """
    if kind_of(jwk) != KINDS[algorithm]:
        raise ValueError("another kind of key")
    if jwk["kty"] == "RSA":
        check_modulus(jwk, RSA_BITS)
    else:
        check_coordinates(jwk)
    return import_key({name: jwk[name] for name in ("kty", *MEMBERS[jwk["kty"]])})


def check_modulus(jwk: dict[str, Any], bits: range) -> None:
    """Raises ModulusError for one that is weak, or more work than we do."""
    if int.from_bytes(octets(jwk["n"])).bit_length() not in bits:
        raise ModulusError(f"does not have {bits.start} to {bits.stop - 1} bits")


def check_coordinates(jwk: dict[str, Any]) -> None:
    """RFC 7518 section 6.2.1.2, RFC 8037 section 2: of full length, so that one key has one
    thumbprint. Raises ValueError.
    """
    named = [name for name in ("x", "y") if name in MEMBERS[jwk["kty"]]]
    if {len(octets(jwk[name])) for name in named} != {COORDINATE_OCTETS}:
        raise ValueError("a coordinate of another length")


def octets(text: str) -> bytes:
    """RFC 7515 section 2: base64url without padding. Raises ValueError, TypeError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars="-_", validate=True)
