"""What a DID document says about its owner's keys (W3C Decentralized Identifiers 1.0)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from apps.oauth.policy.assertions import MOST_KEYS
from apps.oauth.policy.dids import DidRejectedError, Jwk, Jwks, key_of_multibase, named

JWK_TYPES = ("JsonWebKey2020", "JsonWebKey")
MULTIKEY = "Multikey"
SECRETS = frozenset({"secretKeyMultibase", "privateKeyMultibase", "privateKeyJwk"})

Method = dict[str, Any]


def keys_of_document(did: str, document: object, *, at: datetime) -> Jwks:
    """The keys by which the owner may authenticate (section 5.3.1), under their DID URLs.

    A method that is broken, private, symmetric, revoked, expired or somebody else's is left out:
    the others still count. Raises DidRejectedError for what is no document of this identifier.
    """
    if not isinstance(document, dict) or document.get("id") != did:
        raise DidRejectedError("has a document that is of another identifier")
    known = dict(_methods(did, document))
    entries = _list(document, "authentication")[:MOST_KEYS]
    found = [_method(did, entry, known) for entry in entries]
    keys = [_key(did, method, at=at) for method in found if method is not None]
    return {"keys": [key for key in keys if key is not None]}


def _list(document: Method, name: str) -> list[Any]:
    value = document.get(name, [])
    if not isinstance(value, list):
        raise DidRejectedError(f"has a document whose {name} is no list")
    return value


def _methods(did: str, document: Method) -> Iterator[tuple[str, Method]]:
    """By DID URL; two of the same name would let one stand for the other."""
    seen = set()
    for method in _list(document, "verificationMethod"):
        name = _url(did, method.get("id")) if isinstance(method, dict) else ""
        if name and name in seen:
            raise DidRejectedError("has a document with two methods of one name")
        if name:
            seen.add(name)
            yield name, method


def _url(did: str, reference: object) -> str:
    """A DID URL inside this document, absolute or relative (section 3.2.2); else nothing."""
    if not isinstance(reference, str):
        return ""
    whole = f"{did}{reference}" if reference.startswith("#") else reference
    inside = whole.startswith(f"{did}#") and whole != f"{did}#"
    return whole if inside and whole.isascii() and whole.isprintable() else ""


def _method(did: str, entry: object, known: dict[str, Method]) -> Method | None:
    """An entry of a relationship is a method, or the name of one in this document (section 5.3);
    no other document is asked.
    """
    return entry if isinstance(entry, dict) else known.get(_url(did, entry))


def _key(did: str, method: Method, *, at: datetime) -> Jwk | None:
    name = _url(did, method.get("id"))
    if not name or method.get("controller") != did or _is_over(method, at=at):
        return None
    if SECRETS & method.keys():  # Whoever reads the document could sign.
        return None
    try:
        return named(_public_key(method), name)
    except DidRejectedError:
        return None


def _public_key(method: Method) -> Any:  # noqa: ANN401 -- any JSON
    """Raises DidRejectedError for a type of method that we cannot check with."""
    text = method.get("publicKeyMultibase")
    if method.get("type") in JWK_TYPES:
        return method.get("publicKeyJwk")
    if method.get("type") == MULTIKEY and isinstance(text, str):
        return key_of_multibase(text)
    raise DidRejectedError("has a key of a type that is not known")


def _is_over(method: Method, *, at: datetime) -> bool:
    """Controlled Identifiers 1.0 section 2.2: not to be used once `revoked` or `expires` has come;
    a time that cannot be read has.
    """
    return any(_has_come(method[name], at=at) for name in ("revoked", "expires") if name in method)


def _has_come(text: object, *, at: datetime) -> bool:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return True
    return moment.replace(tzinfo=moment.tzinfo or UTC) <= at
