"""Signing what partners keep: a receipt is good whoever shows it, and for ever."""

from datetime import datetime
from typing import Any

from django.conf import settings

from apps.audit.jose import RECEIPT_TYPE, sign_statement
from apps.audit.models import AuditKey
from apps.audit.services.sealing import ensure_signing_key
from apps.core.keys import active_key


def sign_receipt(receipt: dict[str, Any], *, at: datetime) -> str:
    """A compact JWS of type `countersign-receipt+jwt`, ES256, over the canonical JSON of the
    receipt with `iss` (PUBLIC_URL) and `iat` (RFC 7519). Not within a transaction.
    """
    ensure_signing_key(at=at)
    claims = {"iss": settings.PUBLIC_URL, "iat": int(at.timestamp()), **receipt}
    return sign_statement(claims, key=active_key(AuditKey), kind=RECEIPT_TYPE)
