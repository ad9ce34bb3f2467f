"""Key pairs as a partner's developer has them."""

from functools import cache
from typing import Any

from joserfc.jwk import ECKey, OKPKey, RSAKey


@cache
def _generated(kind: str) -> dict[str, Any]:
    made = {
        "EC": lambda: ECKey.generate_key("P-256"),
        "P-384": lambda: ECKey.generate_key("P-384"),
        "OKP": lambda: OKPKey.generate_key("Ed25519"),
        "RSA": lambda: RSAKey.generate_key(2048),
    }[kind]()
    return dict(made.as_dict(private=True), kid=made.thumbprint())


def private_jwk(kind: str = "EC") -> dict[str, Any]:
    """One per kind and process, because RSA takes its time."""
    return dict(_generated(kind))


def public_jwk(kind: str = "EC", **changes: Any) -> dict[str, Any]:
    """Its public part; a change to None leaves a member out."""
    hidden = {"d", "p", "q", "dp", "dq", "qi"}
    key = {name: value for name, value in _generated(kind).items() if name not in hidden}
    return {name: value for name, value in {**key, **changes}.items() if value is not None}


def jwks(*keys: dict[str, Any]) -> dict[str, Any]:
    return {"keys": list(keys or [public_jwk()])}
