"""What may be said of a client beside the necessary, and within which limits."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from apps.core.errors import FieldError
from apps.oauth.keys import api_audience
from apps.oauth.models import TrustedIssuer
from apps.oauth.models.clients import (
    AuthMethod,
    ClientEnvironment,
    ClientPeople,
    IdTokenAlgorithm,
    Profile,
)
from apps.oauth.policy.backchannel import address_faults
from apps.oauth.policy.client_keys import key_address_faults, key_set_faults
from apps.oauth.policy.cors import origin_is_acceptable
from apps.oauth.policy.dids import did_faults
from apps.oauth.policy.networks import canonical_network, read_network
from apps.oauth.policy.redirects import redirect_uri_is_acceptable
from apps.oauth.policy.workloads import subject_faults

DAY = 24 * 3600
ACCESS_SECONDS = (60, 3600)
SESSION_SECONDS = (60, 90 * DAY)
MAX_ENTRIES = 50
MAX_RESOURCE, MAX_AUDIENCE = 500, 255


@dataclass(frozen=True, kw_only=True)
class ClientMetadata:
    """All that is optional about a client; names of RFC 7591, 9126, 9449 and OpenID Connect
    Registration where they have one. An algorithm left out is the profile's own, and people left
    out are those that a client of this company is usually for.
    """

    profile: Profile = Profile.STANDARD
    environment: ClientEnvironment = ClientEnvironment.PRODUCTION
    people: ClientPeople | None = None
    client_jwks: dict[str, Any] | None = None
    client_jwks_uri: str = ""
    did: str = ""
    client_assertion_issuer: TrustedIssuer | None = None
    client_assertion_subject: str = ""
    backchannel_logout_uri: str = ""
    post_logout_redirect_uris: Sequence[str] = ()
    cors_origins: Sequence[str] = ()
    allowed_resources: Sequence[str] = ()
    networks: Sequence[str] = ()
    audience: str = ""
    id_token_signed_response_alg: IdTokenAlgorithm | None = None
    userinfo_signed_response_alg: IdTokenAlgorithm | None = None
    dpop_bound_access_tokens: bool = False
    require_pushed_authorization_requests: bool = False
    vendor_claims_in_token_response: bool = False
    access_token_seconds: int = 600
    refresh_idle_seconds: int = 7 * DAY
    session_seconds: int = 90 * DAY
    expires_at: datetime | None = None


def settled(metadata: ClientMetadata, *, is_resource_server: bool) -> ClientMetadata:
    """With what the profile and the kind of client bring by themselves: FAPI 2.0 Security Profile
    section 5.3.2 demands pushed requests and sender-constrained tokens.
    """
    fapi = metadata.profile == Profile.FAPI
    usual = IdTokenAlgorithm.ES256 if fapi else IdTokenAlgorithm.RS256
    return replace(
        metadata,
        audience=metadata.audience or (api_audience() if is_resource_server else ""),
        id_token_signed_response_alg=metadata.id_token_signed_response_alg or usual,
        dpop_bound_access_tokens=fapi or metadata.dpop_bound_access_tokens,
        require_pushed_authorization_requests=(
            fapi or metadata.require_pushed_authorization_requests
        ),
        networks=[canonical_network(network) for network in metadata.networks],
    )


def metadata_faults(
    metadata: ClientMetadata, *, auth_method: AuthMethod, is_resource_server: bool
) -> list[FieldError]:
    """Every lasting fault of settled metadata, each rule in its own function below."""
    return [
        *key_faults(metadata, auth_method),
        *profile_faults(metadata, auth_method),
        *address_faults(metadata.backchannel_logout_uri),
        *_entry_faults(metadata),
        *audience_faults(metadata.audience, is_resource_server=is_resource_server),
        *lifetime_faults(metadata),
    ]


def key_faults(metadata: ClientMetadata, auth_method: AuthMethod) -> list[FieldError]:
    """RFC 7591 section 2: `jwks` or `jwks_uri`, never both; or a DID, which names its keys, or an
    issuer that signs in its stead. One of them for private_key_jwt.
    """
    issuer, subject = metadata.client_assertion_issuer, metadata.client_assertion_subject
    places = (metadata.client_jwks is not None, metadata.client_jwks_uri, metadata.did, issuer)
    ways = sum(map(bool, places))
    if ways != (auth_method == AuthMethod.PRIVATE_KEY_JWT):
        detail = (
            "private_key_jwt, and only it, goes with one of these: a JWK set, its address, a DID, "
            "or a trusted issuer that signs for it."
        )
        return [FieldError("/client_jwks", "keys-mismatch", detail)]
    if issuer or subject:
        return subject_faults(issuer, subject)
    if metadata.client_jwks is not None:
        return key_set_faults(metadata.client_jwks, metadata.profile)
    if metadata.did:
        return did_faults(metadata.did, metadata.profile)
    return key_address_faults(metadata.client_jwks_uri) if ways else []


def profile_faults(metadata: ClientMetadata, auth_method: AuthMethod) -> list[FieldError]:
    """FAPI 2.0 Security Profile: clients prove themselves by a key of their own (section 5.3.2.1;
    mTLS does not exist here yet), and RS256 signs nothing (section 5.4.1).
    """
    if metadata.profile != Profile.FAPI:
        return []
    faults = []
    if auth_method != AuthMethod.PRIVATE_KEY_JWT:
        detail = "The profile fapi needs private_key_jwt."
        faults.append(FieldError("/auth_method", "profile-mismatch", detail))
    if metadata.client_assertion_issuer is not None:
        detail = "The profile fapi needs a key of the client's own."
        faults.append(FieldError("/client_assertion_issuer", "profile-mismatch", detail))
    for name in ("id_token_signed_response_alg", "userinfo_signed_response_alg"):
        if getattr(metadata, name) == IdTokenAlgorithm.RS256:
            detail = "The profile fapi has no RS256."
            faults.append(FieldError(f"/{name}", "profile-mismatch", detail))
    return faults


def _entry_faults(metadata: ClientMetadata) -> Iterator[FieldError]:
    """What stands in lists: not too many, and each of them acceptable."""
    rules: tuple[tuple[str, Callable[[str], bool], str], ...] = (
        ("post_logout_redirect_uris", redirect_uri_is_acceptable, "an https or loopback URI"),
        ("cors_origins", origin_is_acceptable, "an origin such as https://app.example"),
        ("allowed_resources", resource_is_acceptable, "an absolute https URI without a fragment"),
        ("networks", network_is_acceptable, "a network such as 192.0.2.0/24"),
    )
    for name, good, wanted in rules:
        values: Sequence[str] = getattr(metadata, name)
        if len(values) > MAX_ENTRIES:
            detail = f"At most {MAX_ENTRIES}, not {len(values)}."
            yield FieldError(f"/{name}", "too-many", detail)
        for place, value in enumerate(values[:MAX_ENTRIES]):
            if not good(value):
                yield FieldError(f"/{name}/{place}", "not-allowed", f"{value!r} is not {wanted}.")


def resource_is_acceptable(uri: str) -> bool:
    """RFC 8707 section 2: an absolute URI without a fragment; ours are https, or our own API."""
    if uri == api_audience():
        return True
    if len(uri) > MAX_RESOURCE or not uri.isascii() or not uri.isprintable():
        return False
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return False
    plain = " " not in uri and "#" not in uri and parts.username is None
    return plain and parts.scheme == "https" and bool(parts.hostname)


def network_is_acceptable(text: str) -> bool:
    return read_network(text) is not None


def audience_faults(audience: str, *, is_resource_server: bool) -> list[FieldError]:
    """A resource server has one audience, and introspects tokens for nothing else."""
    if audience and not is_resource_server:
        detail = "Only a resource server has an audience."
        return [FieldError("/audience", "audience-mismatch", detail)]
    if audience and (len(audience) > MAX_AUDIENCE or not resource_is_acceptable(audience)):
        detail = f"An absolute https URI of at most {MAX_AUDIENCE} characters, without a fragment."
        return [FieldError("/audience", "not-allowed", detail)]
    return []


def lifetime_faults(metadata: ClientMetadata) -> list[FieldError]:
    """An access token lives minutes, a session days, and idleness ends it no later than its end."""
    faults = []
    for name, (least, most) in (
        ("access_token_seconds", ACCESS_SECONDS),
        ("session_seconds", SESSION_SECONDS),
        ("refresh_idle_seconds", (SESSION_SECONDS[0], metadata.session_seconds)),
    ):
        if not least <= getattr(metadata, name) <= most:
            detail = f"Between {least} and {most} seconds."
            faults.append(FieldError(f"/{name}", "out-of-range", detail))
    return faults


def expiry_faults(expires_at: datetime | None, *, at: datetime) -> list[FieldError]:
    """Asked when the date is set; one that was set long ago may have passed."""
    if expires_at is None or expires_at > at:
        return []
    return [FieldError("/expires_at", "in-the-past", "The client would have expired already.")]
