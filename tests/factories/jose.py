"""What a client signs: its keys, its assertions (RFC 7523) and its DPoP proofs (RFC 9449)."""

import base64
import hashlib
import json
import time
import uuid
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from apps.core.keys import signatures
from apps.oauth.models import Client
from apps.oauth.models.clients import AuthMethod

ALGORITHMS = ("ES256", "PS256", "EdDSA", "RS256")


def client_key(alg: str = "ES256", *, kid: str | None = "k1") -> Key:
    """A private key whose public part says what it is for; ``kid`` None leaves the name out."""
    named: Any = {"use": "sig", "alg": alg} | ({"kid": kid} if kid else {})
    if alg == "ES256":
        return ECKey.generate_key("P-256", named)
    if alg == "EdDSA":
        return OKPKey.generate_key("Ed25519", named)
    return RSAKey.generate_key(2048, named)


def public_jwk(key: Key) -> dict[str, Any]:
    return dict(key.as_dict(private=False))


def public_jwks(*keys: Key) -> dict[str, Any]:
    """The set a client registers or serves."""
    return {"keys": [public_jwk(key) for key in keys]}


def signed(header: dict[str, Any], claims: dict[str, Any], key: Key) -> str:
    """A compact JWS with this header and no word of the library's own."""
    algorithm = str(header["alg"])
    registry = signatures([algorithm])
    registry.strict_check_header = False
    return jws.serialize_compact(header, json.dumps(claims), key, registry=registry)


def _without_absent(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def client_assertion(
    client_id: str,
    key: Key,
    audience: str | list[str],
    *,
    header: dict[str, Any] | None = None,
    **changes: Any,
) -> str:
    """A good assertion for a minute, with ``changes`` to its claims; None leaves one out, of
    ``header`` too.
    """
    now = int(time.time())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": now,
        "exp": now + 60,
        "jti": uuid.uuid4().hex,
        **changes,
    }
    named = {"alg": key.alg, "kid": key.kid, **(header or {})}
    return signed(_without_absent(named), _without_absent(claims), key)


def assertion_form(assertion: str) -> dict[str, str]:
    """The parameters that carry it (RFC 7521 section 4.2)."""
    return {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }


def use_keys(client: Client, *keys: Key, jwks_uri: str = "", **changes: Any) -> Client:
    """Turn a client into one of ``private_key_jwt``, with keys of its own or an address of them."""
    columns = {
        "token_endpoint_auth_method": AuthMethod.PRIVATE_KEY_JWT,
        "client_secret": "",
        "client_jwks": public_jwks(*keys) if keys else None,
        "client_jwks_uri": jwks_uri,
        **changes,
    }
    Client.objects.filter(pk=client.pk).update(**columns)
    client.refresh_from_db()
    return client


def dpop_proof(
    key: Key,
    method: str,
    url: str,
    *,
    nonce: str | None = None,
    access_token: str | None = None,
    header: dict[str, Any] | None = None,
    **changes: Any,
) -> str:
    """A good proof made now (RFC 9449 section 4.2), with ``changes`` to its claims; None leaves
    one out.
    """
    jwk = {
        name: value
        for name, value in public_jwk(key).items()
        if name not in {"kid", "use", "alg", "key_ops"}
    }
    claims = {
        "jti": uuid.uuid4().hex,
        "htm": method,
        "htu": url,
        "iat": int(time.time()),
        "nonce": nonce,
        "ath": access_token and token_hash(access_token),
        **changes,
    }
    named = {"typ": "dpop+jwt", "alg": key.alg, "jwk": jwk, **(header or {})}
    return signed(_without_absent(named), _without_absent(claims), key)


def token_hash(access_token: str) -> str:
    """The `ath` of a token (RFC 9449 section 4.2)."""
    digest = hashlib.sha256(access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
