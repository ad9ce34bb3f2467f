"""Refusals of the authorization server, with the codes of RFC 6749 section 5.2."""

from dataclasses import dataclass

from apps.core.errors import DomainError


@dataclass(eq=False)
class InvalidGrantError(DomainError):
    """The code or refresh token is unknown, expired, used, or its session has ended."""

    code: str = "invalid_grant"
    title: str = "The grant is not valid"


@dataclass(eq=False)
class UnauthorizedClientError(DomainError):
    """The client may not do this now."""

    code: str = "unauthorized_client"
    title: str = "The client may not use this grant"


@dataclass(eq=False)
class InvalidScopeError(DomainError):
    """Nothing of what was asked for may be granted."""

    code: str = "invalid_scope"
    title: str = "The scope is not allowed"


@dataclass(eq=False)
class AccessDeniedError(DomainError):
    """The person cannot grant what is asked, and the client is told so (section 4.1.2.1)."""

    code: str = "access_denied"
    title: str = "Access cannot be granted"


@dataclass(eq=False)
class InvalidTargetError(DomainError):
    """A resource is unknown, malformed or not for this client (RFC 8707 section 2)."""

    code: str = "invalid_target"
    title: str = "The resource is not allowed"


@dataclass(eq=False)
class InvalidAuthorizationDetailsError(DomainError):
    """The authorization details cannot be granted as asked (RFC 9396 section 5)."""

    code: str = "invalid_authorization_details"
    title: str = "The authorization details are not allowed"


@dataclass(eq=False)
class InvalidRequestUriError(DomainError):
    """No pushed request of this client stands there, or no longer (RFC 9126 section 4)."""

    code: str = "invalid_request_uri"
    title: str = "The request_uri is unknown, expired or used"


@dataclass(eq=False)
class LoginRequiredError(DomainError):
    """The person has to sign in and the client asked for no page (OpenID Connect Core 3.1.2.6)."""

    code: str = "login_required"
    title: str = "The person has to sign in"


@dataclass(eq=False)
class ConsentRequiredError(DomainError):
    """The person has to be asked and the client wants no page (OpenID Connect Core 3.1.2.6)."""

    code: str = "consent_required"
    title: str = "The person has to be asked"


@dataclass(eq=False)
class AuthorizationPendingError(DomainError):
    """The person has not answered the device's request yet (RFC 8628 section 3.5)."""

    code: str = "authorization_pending"
    title: str = "The person has not answered yet"


@dataclass(eq=False)
class SlowDownError(DomainError):
    """Still pending, and the device asks too often: 5 seconds more between polls from now on (RFC
    8628 section 3.5).
    """

    code: str = "slow_down"
    title: str = "The device asks too often"


@dataclass(eq=False)
class ExpiredTokenError(DomainError):
    """The device code has expired; the device may begin anew (RFC 8628 section 3.5)."""

    code: str = "expired_token"
    title: str = "The device code has expired"


@dataclass(eq=False)
class RequestNotSupportedError(DomainError):
    """A part of OpenID Connect that does not exist here (Core sections 3.1.2.6, 6.1, 7.2.1)."""

    code: str = "request_not_supported"
    title: str = "Request objects are not accepted"


@dataclass(eq=False)
class InvalidRequestError(DomainError):
    """A parameter is missing, malformed or at odds with another one (section 5.2)."""

    code: str = "invalid_request"
    title: str = "The request is not well formed"


@dataclass(eq=False)
class InvalidClientError(DomainError):
    """The client did not prove who it is, or may not act. The caller is told no more than that,
    whatever the reason; the reason is the ``hint``.
    """

    code: str = "invalid_client"
    title: str = "Client authentication failed"
    status: int = 401


@dataclass(eq=False)
class TooManyFailuresError(DomainError):
    """Too much went wrong from there lately; ``retry_after`` is in seconds (RFC 6585 section 4)."""

    code: str = "too_many_requests"
    title: str = "Too many failed attempts"
    status: int = 429
    retry_after: int = 1


@dataclass(eq=False)
class InvalidDpopProofError(DomainError):
    """A proof is none, or not for this request (RFC 9449 section 5)."""

    code: str = "invalid_dpop_proof"
    title: str = "The DPoP proof is not valid"


@dataclass(eq=False)
class UseDpopNonceError(DomainError):
    """The proof has no nonce of ours, or an old one; ``nonce`` is a fresh one (RFC 9449
    section 8).
    """

    code: str = "use_dpop_nonce"
    title: str = "The DPoP proof needs our nonce"
    nonce: str = ""


@dataclass(eq=False)
class UnmetAuthenticationError(DomainError):
    """The person cannot sign in the way the client insists on (OpenID Connect Unmet
    Authentication Requirements 1.0 section 2).
    """

    code: str = "unmet_authentication_requirements"
    title: str = "The person has not signed in strongly enough"
