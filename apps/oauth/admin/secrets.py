"""The page that shows a secret: once, with what a partner's developer needs to begin."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest
from django.template.response import TemplateResponse

from apps.identity.admin.cells import record_url
from apps.oauth.models import Client
from apps.oauth.models.clients import GrantType

if TYPE_CHECKING:
    Page = ModelAdmin[Any]
else:
    Page = ModelAdmin

CURL = """\
TOKEN=$(curl -sS -u '{client_id}:{secret}' \\
  -d grant_type=client_credentials -d scope='{scope}' \\
  {base}/oauth/token | python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])')
curl -sS -H "Authorization: Bearer $TOKEN" {base}/api/v1/purchase-orders"""

PYTHON = """\
from authlib.integrations.requests_client import OAuth2Session

session = OAuth2Session(
    "{client_id}",
    "{secret}",
    token_endpoint_auth_method="{method}",
    scope="{scope}",
)
session.fetch_token("{base}/oauth/token", grant_type="client_credentials")
print(session.get("{base}/api/v1/purchase-orders").json())"""


def _snippets(client: Client, secret: str) -> list[dict[str, str]]:
    """Ready to paste, for a client that acts for itself; any library reads the metadata."""
    if GrantType.CLIENT_CREDENTIALS not in client.grant_types:
        return []
    facts = {
        "client_id": client.client_id,
        "secret": secret,
        "scope": " ".join(client.allowed_scopes),
        "method": client.token_endpoint_auth_method,
        "base": settings.PUBLIC_URL,
    }
    return [
        {"id": "curl", "title": "With curl", "text": CURL.format(**facts)},
        {"id": "python", "title": "With Python and Authlib", "text": PYTHON.format(**facts)},
    ]


def secret_page(
    page: Page, request: HttpRequest, *, title: str, client: Client, secret: str | None, note: str
) -> TemplateResponse:
    """Nobody can show it again: only a hash is kept. ``note`` says what happened."""
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "title": title,
        "client": client,
        "client_url": record_url(client),
        "secret": secret,
        "note": note,
        "metadata": f"{settings.PUBLIC_URL}/.well-known/oauth-authorization-server",
        "snippets": _snippets(client, secret) if secret else [],
    }
    return TemplateResponse(request, "admin/secret.html", context)
