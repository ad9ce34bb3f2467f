"""Clients and token sessions for staff. Codes and tokens have no page: nothing of them is shown."""

from apps.oauth.admin.clients import ClientAdmin
from apps.oauth.admin.sessions import TokenSessionAdmin

__all__ = ["ClientAdmin", "TokenSessionAdmin"]
