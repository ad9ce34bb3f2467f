"""The public keys by which a client proves itself (private_key_jwt): what may be registered."""

from itertools import repeat
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from joserfc.jwk import JWKRegistry

from apps.core.errors import FieldError
from apps.oauth.keys import UNREADABLE
from apps.oauth.models.clients import Profile
from apps.oauth.policy.assertions import ALGORITHMS, FAPI_ALGORITHMS
from apps.oauth.policy.jwk import SECRET_MEMBERS, ModulusError, signs_with, verification_key
from apps.oauth.policy.redirects import LOOPBACK_HOSTS

MAX_KEYS = 20
MAX_URI = 500
NO_ADDRESS = f"It must be an https address of at most {MAX_URI} characters, without a fragment."
MAX_TEXT = 1024  # Exactly a modulus of 6144 bits.
PUBLIC_MEMBERS = ("kty", "crv", "x", "y", "n", "e", "kid", "use", "alg")


def key_set_faults(jwks: object, profile: Profile) -> list[FieldError]:
    """RFC 7517 section 5: a set of public signature keys, each of which we could use."""
    keys = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(keys, list) or not 1 <= len(keys) <= MAX_KEYS:
        detail = f"A JWK set has a member keys with 1 to {MAX_KEYS} keys."
        return [FieldError("/client_jwks", "not-a-jwk-set", detail)]
    faults = [
        FieldError(f"/client_jwks/keys/{place}", "key-not-allowed", f"Key {place + 1} {fault}.")
        for place, fault in enumerate(map(key_fault, keys, repeat(profile)))
        if fault
    ]
    names = [key["kid"] for key in keys if isinstance(key, dict) and "kid" in key]
    if not faults and len(set(names)) != len(names):
        detail = "Two keys have the same kid."
        faults.append(FieldError("/client_jwks/keys", "duplicate-kid", detail))
    return faults


def kept_members(jwks: dict[str, Any]) -> dict[str, Any]:
    """A set that has no faults, with the members that we read and no others."""
    return {
        "keys": [
            {name: key[name] for name in PUBLIC_MEMBERS if name in key} for key in jwks["keys"]
        ]
    }


def thumbprints(jwks: dict[str, Any] | None) -> list[str]:
    """RFC 7638: of each key in a set that has no faults; none where there is no set."""
    return [JWKRegistry.import_key(key).thumbprint() for key in (jwks["keys"] if jwks else ())]


def key_address_faults(uri: str) -> list[FieldError]:
    """Where a client publishes its keys: https, or on a laptop http on the laptop itself."""
    return (
        [] if is_address(uri) else [FieldError("/client_jwks_uri", "uri-not-allowed", NO_ADDRESS)]
    )


def is_address(uri: str) -> bool:
    """Whether it is one that our client outside would call."""
    if len(uri) > MAX_URI or not uri.isascii() or not uri.isprintable() or " " in uri or "#" in uri:
        return False
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return False
    host = parts.hostname
    if not host or parts.username is not None:
        return False
    here = settings.OUTBOUND_PRIVATE_HOSTS and host in LOOPBACK_HOSTS
    return parts.scheme == "https" or (parts.scheme == "http" and here)


def key_fault(key: object, profile: Profile) -> str:
    """The first thing wrong with a key, as the end of a sentence; empty when it is good."""
    if not isinstance(key, dict):
        return "is no JSON object"
    if SECRET_MEMBERS & key.keys():
        return "has its private part in it: make a new one and register the public part only"
    if not all(_is_text(key[name]) for name in PUBLIC_MEMBERS if name in key):
        return f"has a member that is not text of 1 to {MAX_TEXT} characters"
    if key.get("use", "sig") != "sig":
        return "is not for signatures"
    return _type_fault(key, profile)


def _is_text(value: object) -> bool:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_TEXT:
        return False
    return value.isascii() and value.isprintable()


def _type_fault(key: dict[str, str], profile: Profile) -> str:
    able = signs_with(key)
    if not able:
        return "is neither EC (P-256), RSA nor OKP (Ed25519)"
    accepted = FAPI_ALGORITHMS if profile == Profile.FAPI else ALGORITHMS
    said = frozenset({key["alg"]}) if "alg" in key else able
    if not able & said & frozenset(accepted):
        return f"cannot be used with {' or '.join(accepted)}"
    return _value_fault(key, next(iter(able)))


def _value_fault(key: dict[str, str], algorithm: str) -> str:
    try:
        verification_key(key, algorithm)
    except ModulusError as error:
        return str(error)
    except UNREADABLE:
        return "cannot be read"
    return ""
