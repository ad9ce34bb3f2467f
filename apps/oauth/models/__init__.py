"""The authorization server's rows; all six models of the provider library are swapped for these."""

from apps.oauth.models.clients import Client, ClientKind, ClientStatus
from apps.oauth.models.keys import SigningKey
from apps.oauth.models.sessions import SessionKind, TokenSession
from apps.oauth.models.tokens import AccessToken, DeviceGrant, Grant, IDToken, RefreshToken

__all__ = [
    "AccessToken",
    "Client",
    "ClientKind",
    "ClientStatus",
    "DeviceGrant",
    "Grant",
    "IDToken",
    "RefreshToken",
    "SessionKind",
    "SigningKey",
    "TokenSession",
]
