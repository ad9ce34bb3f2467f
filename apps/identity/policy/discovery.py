"""What a provider's discovery document has to say before we rely on it."""

from typing import Any

from apps.core.errors import FieldError
from apps.gateway.client import FetchRefusedError, read_url
from apps.identity.models import FederationPreset

WELL_KNOWN = "/.well-known/openid-configuration"
GOOGLE = "https://accounts.google.com"
MICROSOFT = "https://login.microsoftonline.com/{tenant}/v2.0"
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
SECRET_METHODS = {"client_secret_basic", "client_secret_post"}


def issuer_of_preset(preset: str, given: str) -> str:
    """The issuer that is meant: Google has one, Microsoft one for each tenant."""
    given = given.strip()
    if preset == FederationPreset.GOOGLE:
        return GOOGLE
    if preset == FederationPreset.MICROSOFT and "/" not in given:
        return MICROSOFT.format(tenant=given)
    return given


def discovery_address(issuer: str) -> str:
    """OpenID Connect Discovery 1.0 section 4.1."""
    return issuer.rstrip("/") + WELL_KNOWN


def discovery_faults(document: object, *, issuer: str) -> list[FieldError]:
    """Everything that keeps us from relying on the document; all of it is about the issuer."""
    if not isinstance(document, dict):
        return [_fault("not-discovery", "What the issuer publishes is no discovery document.")]
    return [
        *_issuer_faults(document, issuer),
        *(fault for name in ENDPOINTS for fault in _endpoint_faults(document, name)),
        *_method_faults(document),
    ]


def _fault(code: str, detail: str) -> FieldError:
    return FieldError("/issuer", code, detail)


def _issuer_faults(document: dict[str, Any], issuer: str) -> list[FieldError]:
    """OpenID Connect Discovery 1.0 section 4.3: identical, or somebody speaks for another."""
    if document.get("issuer") == issuer:
        return []
    told = str(document.get("issuer", ""))[:200]
    return [_fault("issuer-differs", f"It says that it is {told!r}, which is another issuer.")]


def _endpoint_faults(document: dict[str, Any], name: str) -> list[FieldError]:
    """Each is where people, codes or secrets are sent, so each is an address we would call."""
    address = document.get(name)
    if not isinstance(address, str):
        return [_fault("endpoint-missing", f"It names no {name}.")]
    try:
        read_url(address)
    except FetchRefusedError as error:
        return [_fault("endpoint-refused", f"Its {name} is not acceptable: {error}.")]
    return []


def _method_faults(document: dict[str, Any]) -> list[FieldError]:
    """What we need and it says it lacks. Of PKCE and of secrets many say nothing (RFC 8414
    section 2): silence is no contradiction.
    """
    faults = []
    if "code" not in _listed(document, "response_types_supported", "code"):
        faults.append(_fault("no-code", "It has no authorization code flow."))
    if "S256" not in _listed(document, "code_challenge_methods_supported", "S256"):
        faults.append(_fault("no-pkce", "It does not support PKCE with S256."))
    methods = _listed(document, "token_endpoint_auth_methods_supported", "client_secret_basic")
    if not SECRET_METHODS.intersection(methods):
        faults.append(_fault("no-secret", "It lets no client authenticate by a secret."))
    return faults


def _listed(document: dict[str, Any], name: str, otherwise: str) -> list[str]:
    found = document.get(name)
    if not isinstance(found, list):
        return [otherwise]
    return [one for one in found if isinstance(one, str)]
