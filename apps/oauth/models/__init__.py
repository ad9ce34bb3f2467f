"""The authorization server's rows; all six models of the provider library are swapped for these."""

from apps.oauth.models.api_keys import ApiKey
from apps.oauth.models.clients import Client, ClientKind, ClientStatus
from apps.oauth.models.consents import Consent
from apps.oauth.models.device_grants import DeviceGrant
from apps.oauth.models.issuers import TrustedIssuer
from apps.oauth.models.keys import SigningKey
from apps.oauth.models.logouts import LogoutNotice
from apps.oauth.models.replayed_ids import ReplayedId
from apps.oauth.models.requests import PushedAuthorizationRequest
from apps.oauth.models.scope_requests import RequestState, RestrictedScopeRequest
from apps.oauth.models.sessions import SessionKind, TokenSession
from apps.oauth.models.tokens import AccessToken, Grant, IDToken, RefreshToken

__all__ = [
    "AccessToken",
    "ApiKey",
    "Client",
    "ClientKind",
    "ClientStatus",
    "Consent",
    "DeviceGrant",
    "Grant",
    "IDToken",
    "LogoutNotice",
    "PushedAuthorizationRequest",
    "RefreshToken",
    "ReplayedId",
    "RequestState",
    "RestrictedScopeRequest",
    "SessionKind",
    "SigningKey",
    "TokenSession",
    "TrustedIssuer",
]
