"""Introspection answers as signed JWTs (RFC 9701)."""

from datetime import datetime
from typing import Any

from django.conf import settings

from apps.oauth.keys import sign
from apps.oauth.models import Client


def sign_introspection(found: dict[str, Any], *, client: Client, at: datetime) -> str:
    """RFC 9701 section 5: typed, and for the resource server that asked alone."""
    claims = {
        "iss": settings.PUBLIC_URL,
        "aud": client.client_id,
        "iat": int(at.timestamp()),
        "token_introspection": found,
    }
    return sign(claims, typ="token-introspection+jwt")
