"""What the authorization server does."""

from apps.oauth.services.client_secrets import RotatedSecret, rotate_api_key, rotate_secret
from apps.oauth.services.clients import (
    disable_clients,
    end_client_sessions,
    resume_client,
    suspend_client,
)
from apps.oauth.services.purge import purge_expired_tokens
from apps.oauth.services.registration import NewClient, change_client, register_client
from apps.oauth.services.sessions import (
    end_dead_sessions,
    end_session,
    end_sessions,
    open_staff_session,
)

__all__ = [
    "NewClient",
    "RotatedSecret",
    "change_client",
    "disable_clients",
    "end_client_sessions",
    "end_dead_sessions",
    "end_session",
    "end_sessions",
    "open_staff_session",
    "purge_expired_tokens",
    "register_client",
    "resume_client",
    "rotate_api_key",
    "rotate_secret",
    "suspend_client",
]
