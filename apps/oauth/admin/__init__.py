"""Clients, requests for restricted scopes, sessions, consents, API keys, signing keys and trusted
issuers for staff. Codes and tokens have no page: nothing of them is shown.
"""

from apps.oauth.admin.api_keys import ApiKeyAdmin
from apps.oauth.admin.consents import ConsentAdmin
from apps.oauth.admin.issuers import TrustedIssuerAdmin
from apps.oauth.admin.keys import SigningKeyAdmin
from apps.oauth.admin.scope_requests import ScopeRequestAdmin
from apps.oauth.admin.sessions import TokenSessionAdmin

__all__ = [
    "ApiKeyAdmin",
    "ConsentAdmin",
    "ScopeRequestAdmin",
    "SigningKeyAdmin",
    "TokenSessionAdmin",
    "TrustedIssuerAdmin",
]
