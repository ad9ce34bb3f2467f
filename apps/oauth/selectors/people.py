"""What may be told of the person behind a session."""

import uuid
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.db.models import Exists, OuterRef

from apps.core.ids import encode_id
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


_COLUMNS = (
    "partner_id", "role", "auth_time", "acr", "amr", "claims", "user__name", "user__email",
    "client__client_id", "client__userinfo_signed_response_alg", "client__allowed_origins",
)  # fmt: skip


def person_facts(session_id: uuid.UUID) -> PersonFacts:
    """One statement. Raises DoesNotExist unless the session is a person's at a client."""
    verified = EmailAddress.objects.filter(
        user=OuterRef("user_id"), email__iexact=OuterRef("user__email"), verified=True
    )
    session: Any = (  # An annotated row.
        TokenSession.objects.filter(user__isnull=False)
        .select_related("user", "client")
        .only(*_COLUMNS)
        .annotate(email_verified=Exists(verified))
        .get(pk=session_id, client__isnull=False)
    )
    return PersonFacts(claims=_claims(session), asked=session.claims, client=session.client)


def _claims(session: Any) -> dict[str, Any]:  # noqa: ANN401 -- an annotated row
    partner, auth_time = session.partner_id, session.auth_time
    return {
        "sub": session.user.public_id,
        "name": session.user.name,
        "email": session.user.email,
        "email_verified": session.email_verified,
        "partner": encode_id(Partner.id_prefix, partner) if partner else None,
        "role": session.role,
        "auth_time": int(auth_time.timestamp()) if auth_time else None,
        "acr": session.acr,
        "amr": session.amr,
    }
