"""The page that shows a secret: once, with what a partner's developer needs to begin."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest
from django.template.response import TemplateResponse

from apps.identity.admin.cells import record_url
from apps.oauth.models import Client
from apps.oauth.models.clients import SECRET_METHODS, AuthMethod, GrantType
from apps.oauth.policy.assertions import ASSERTION_TYPE
from apps.oauth.policy.scopes import for_machine

if TYPE_CHECKING:
    Page = ModelAdmin[Any]
else:
    Page = ModelAdmin

CURL = """\
TOKEN=$(curl -sS {proof} \\
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

BY_ISSUER = """\
-d client_id='{client_id}' \\
  -d client_assertion_type='{kind}' \\
  -d client_assertion="$(cat assertion.jwt)\""""

WITH_A_KEY = """\
import json
import time
from pathlib import Path

from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import import_key

key = import_key(json.loads(Path("private.jwk").read_text()))  # It never leaves this machine.
session = OAuth2Session(
    "{client_id}", key, token_endpoint_auth_method="private_key_jwt", scope="{scope}"
)


def new_token():
    proof = PrivateKeyJWT(
        "{base}/oauth/token",
        claims={{"exp": int(time.time()) + 60}},
        headers={{"kid": key.kid}},
        alg="{alg}",
    )
    session.register_client_auth_method(proof)  # Each proof is used once.
    session.fetch_token("{base}/oauth/token", grant_type="client_credentials")


new_token()
print(session.get("{base}/api/v1/purchase-orders").json())"""

ALGORITHMS = {"EC": "ES256", "OKP": "EdDSA", "RSA": "PS256"}


def _snippets(client: Client, secret: str | None) -> list[dict[str, str]]:
    """Ready to paste, for a client that acts for itself; any library reads the metadata.

    None where a line would be missing from it: an extra API key, or proofs of possession.
    """
    demands_more = client.api_key_hash or client.dpop_bound_access_tokens
    if GrantType.CLIENT_CREDENTIALS not in client.grant_types or demands_more:
        return []
    facts = {
        "client_id": client.client_id,
        "secret": secret,
        "scope": " ".join(
            for_machine(name for name in client.allowed_scopes if name != "offline_access")
        ),
        "method": client.token_endpoint_auth_method,
        "base": settings.PUBLIC_URL,
    }
    if client.holds_a_key:
        text = WITH_A_KEY.format(**facts, alg=_algorithm(client))
        return [{"id": "python", "title": "With Python and Authlib", "text": text}]
    curl = {"id": "curl", "title": "With curl", "text": CURL.format(**facts, proof=_proof(facts))}
    if client.client_assertion_issuer_id is not None:
        return [curl]
    return [
        curl,
        {"id": "python", "title": "With Python and Authlib", "text": PYTHON.format(**facts)},
    ]


def _proof(facts: dict[str, Any]) -> str:
    """How curl shows the secret, or what an issuer has signed, by the client's method."""
    if facts["method"] == AuthMethod.PRIVATE_KEY_JWT:
        return BY_ISSUER.format(**facts, kind=ASSERTION_TYPE)
    if facts["method"] == AuthMethod.SECRET_POST:
        return "-d client_id='{client_id}' -d client_secret='{secret}'".format(**facts)
    return "-u '{client_id}:{secret}'".format(**facts)


def _algorithm(client: Client) -> str:
    """What the first of the keys signs with; ES256 while they are elsewhere."""
    keys = (client.client_jwks or {}).get("keys", [])
    return next((key.get("alg", ALGORITHMS[key["kty"]]) for key in keys), "ES256")


def secret_page(
    page: Page,
    request: HttpRequest,
    *,
    title: str,
    client: Client,
    secret: str | None,
    note: str,
    api_key: str | None = None,
) -> TemplateResponse:
    """Nobody can show it again: only a hash is kept. ``note`` says what happened."""
    has_no_secret = client.token_endpoint_auth_method not in SECRET_METHODS
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "title": title,
        "client": client,
        "client_url": record_url(client),
        "secret": secret,
        "api_key": api_key,
        "note": note,
        "metadata": f"{settings.PUBLIC_URL}/.well-known/oauth-authorization-server",
        "snippets": _snippets(client, secret) if secret or has_no_secret else [],
    }
    return TemplateResponse(request, "admin/secret.html", context)
