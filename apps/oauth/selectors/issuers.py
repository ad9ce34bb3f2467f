"""Trusted issuers, read together with the database's clock (ADR 0004)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now

from apps.oauth.models import Client, TrustedIssuer


@dataclass(frozen=True)
class IssuerAtGrant:
    """An issuer that is believed, in the statement that ``granted_at`` is the clock of."""

    issuer: TrustedIssuer
    granted_at: datetime


def issuer_at_grant(name: object) -> IssuerAtGrant | None:
    """The issuer of exactly this name, if it is believed about people. ``name`` is an `iss` that
    nobody has checked.
    """
    if not isinstance(name, str) or "\x00" in name:
        return None
    rows = TrustedIssuer.objects.annotate(read_at=Now())
    found: Any = rows.filter(issuer=name, is_active=True).first()
    return IssuerAtGrant(found, found.read_at) if found else None


def rests_on(issuer: TrustedIssuer) -> Q:
    """Sessions that came of its word, and those of clients that it speaks for."""
    return Q(issuer=issuer) | Q(client__client_assertion_issuer=issuer)


def audience_of(client_id: str) -> str:
    """What tokens for this resource server are for; nothing where there is none."""
    servers = Client.objects.filter(client_id=client_id, is_resource_server=True)
    return servers.values_list("audience", flat=True).first() or ""
