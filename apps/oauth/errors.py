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
