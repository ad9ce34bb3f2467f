"""What may be trusted as an issuer: one function per rule, each returning the faults it found."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from apps.core.errors import FieldError
from apps.oauth.models import Client, TrustedIssuer
from apps.oauth.models.clients import Profile
from apps.oauth.policy.client_keys import is_address, key_set_faults
from apps.oauth.policy.registration import name_faults

EMAIL = "email"
MOST_AUDIENCES, MAX_AUDIENCE = 20, 500
MOST_PRESENTERS = 50
_CLAIM = re.compile(r"[A-Za-z0-9_.:/-]{1,60}")


@dataclass(frozen=True, kw_only=True)
class IssuerTerms:
    """A trusted issuer as somebody wants it to be. Its keys are ``jwks``, or stand at
    ``jwks_uri``.
    """

    name: str
    issuer: str
    audiences: Sequence[str]
    subject_claim: str = EMAIL
    jwks_uri: str = ""
    jwks: dict[str, Any] | None = None
    presenters: Sequence[str] = ()


def issuer_faults(wanted: IssuerTerms) -> list[FieldError]:
    """Everything that is wrong with it, apart from its keys."""
    return [
        *name_faults(wanted.name),
        *address_faults(wanted.issuer),
        *foreignness_faults(wanted.issuer),
        *audience_faults(wanted.audiences),
        *claim_faults(wanted.subject_claim),
    ]


def address_faults(issuer: str) -> list[FieldError]:
    """OpenID Connect Core section 2, RFC 8414 section 2: https, without query or fragment. On a
    laptop it may be http on the laptop itself.
    """
    if is_address(issuer) and "?" not in issuer:
        return []
    detail = "It must be an https address of at most 500 characters, without query or fragment."
    return [FieldError("/issuer", "uri-not-allowed", detail)]


def foreignness_faults(issuer: str) -> list[FieldError]:
    """Our own ID tokens and access tokens are never taken for another's word."""
    if _origin(issuer) != _origin(settings.PUBLIC_URL):
        return []
    return [FieldError("/issuer", "own-issuer", "This server does not vouch for itself.")]


def _origin(address: str) -> tuple[str, str]:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ("", "")
    is_usual = port in {None, 443 if parts.scheme == "https" else 80}
    return parts.scheme, f"{parts.hostname}:{'' if is_usual else port}"


def audience_faults(audiences: Sequence[str]) -> list[FieldError]:
    """RFC 9700 section 2.3: what a token is for is checked, so it must be known."""
    if not 1 <= len(audiences) <= MOST_AUDIENCES:
        detail = f"Name 1 to {MOST_AUDIENCES} audiences: what its tokens must be for."
        return [FieldError("/audiences", "required", detail)]
    return [
        FieldError(f"/audiences/{place}", "not-allowed", "An audience is text without spaces.")
        for place, audience in enumerate(audiences)
        if not _is_audience(audience)
    ]


def _is_audience(text: str) -> bool:
    printable = text.isascii() and text.isprintable() and " " not in text
    return printable and 1 <= len(text) <= MAX_AUDIENCE


def claim_faults(name: str) -> list[FieldError]:
    if _CLAIM.fullmatch(name):
        return []
    detail = "The name of a claim has 1 to 60 letters, digits or any of _ . : / -"
    return [FieldError("/subject_claim", "not-allowed", detail)]


def key_faults(wanted: IssuerTerms) -> list[FieldError]:
    """Keys are in one place, as a client's are (RFC 7591 section 2)."""
    if (wanted.jwks is None) == (not wanted.jwks_uri):
        detail = "Give either its keys or the address of them."
        return [FieldError("/jwks", "keys-mismatch", detail)]
    if wanted.jwks is None:
        return keys_address_faults(wanted.jwks_uri)
    return _moved(key_set_faults(wanted.jwks, Profile.STANDARD))


def keys_address_faults(uri: str) -> list[FieldError]:
    if is_address(uri):
        return []
    detail = "It must be an https address of at most 500 characters, without a fragment."
    return [FieldError("/jwks_uri", "uri-not-allowed", detail)]


def _moved(faults: Iterable[FieldError]) -> list[FieldError]:
    return [
        replace(fault, pointer=fault.pointer.replace("/client_jwks", "/jwks")) for fault in faults
    ]


def may_present(issuer: TrustedIssuer, client: Client) -> bool:
    """Whether a token of the issuer counts in this client's hands (RFC 8693 section 1.1: for any
    other it is a token that was found). One for another client of the same side is no help to it,
    where staff have named which.
    """
    if issuer.presenters:
        return client.client_id in issuer.presenters
    return client.partner_id == issuer.partner_id


def presenter_faults(presenters: Sequence[str], known: Collection[str]) -> list[FieldError]:
    """``known`` are those that are ids of clients."""
    if len(presenters) > MOST_PRESENTERS:
        detail = f"At most {MOST_PRESENTERS}, not {len(presenters)}."
        return [FieldError("/presenters", "too-many", detail)]
    return [
        FieldError(f"/presenters/{place}", "unknown", f"There is no client {one!r}.")
        for place, one in enumerate(presenters)
        if one not in known
    ]


def keys_address_in(metadata: object, *, issuer: str) -> str:
    """The `jwks_uri` of a metadata document that is the issuer's own (Discovery section 4.3).

    Raises ValueError; its message may be shown.
    """
    if not isinstance(metadata, dict) or metadata.get("issuer") != issuer:
        raise ValueError("Its metadata names another issuer.")
    found = metadata.get("jwks_uri")
    if not isinstance(found, str) or not is_address(found):
        raise ValueError("Its metadata names no address of keys that could be used.")
    return found
