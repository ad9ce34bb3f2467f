"""What may be told of the person behind a session."""

import uuid
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.db.models import Exists, F, OuterRef

from apps.core.ids import encode_id
from apps.identity.models import User
from apps.oauth.models import Client, TokenSession
from apps.partners.models import Partner


@dataclass(frozen=True)
class PersonFacts:
    """Claims about the person by name, what the client asked for, and the client, of which only
    what matters here was read.
    """

    claims: dict[str, Any]
    asked: dict[str, Any]
    client: Client


_PERSON_COLUMNS = {"name": F("user__name"), "email": F("user__email")}
_CLIENT_COLUMNS = ("id", "client_id", "userinfo_signed_response_alg", "allowed_origins")


def person_facts(session_id: uuid.UUID) -> PersonFacts:
    """One statement. The session is a person's."""
    verified = EmailAddress.objects.filter(
        user=OuterRef("user_id"), email__iexact=OuterRef("user__email"), verified=True
    )
    row = (
        TokenSession.objects.filter(pk=session_id)
        .annotate(email_verified=Exists(verified), **_PERSON_COLUMNS)
        .values(
            "user_id", "partner_id", "role", "auth_time", "acr", "amr", "claims",
            "email_verified", *_PERSON_COLUMNS, *(f"client__{name}" for name in _CLIENT_COLUMNS),
        )
        .get()
    )  # fmt: skip
    values = [row[f"client__{name}"] for name in _CLIENT_COLUMNS]
    client = Client.from_db("default", _CLIENT_COLUMNS, values)
    return PersonFacts(claims=_claims(row), asked=row["claims"], client=client)


def _claims(row: dict[str, Any]) -> dict[str, Any]:
    partner, auth_time = row["partner_id"], row["auth_time"]
    return {
        "sub": encode_id(User.id_prefix, row["user_id"]),
        "name": row["name"],
        "email": row["email"],
        "email_verified": row["email_verified"],
        "partner": encode_id(Partner.id_prefix, partner) if partner else None,
        "role": row["role"],
        "auth_time": int(auth_time.timestamp()) if auth_time else None,
        "acr": row["acr"],
        "amr": row["amr"],
    }
