"""What userinfo answers (OpenID Connect Core section 5.3)."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from apps.oauth.policy.claims import told, userinfo_claims
from apps.oauth.selectors.people import person_facts
from apps.oauth.services.id_tokens import sign_jwt


@dataclass(frozen=True)
class UserInfo:
    """The claims, and the same as a signed JWT where the client is registered for one."""

    claims: dict[str, Any]
    signed: str = ""


def tell_userinfo(*, session_id: uuid.UUID, scopes: Collection[str]) -> UserInfo:
    """What the token's scopes show of the person, and what else the client asked for. Section
    5.3.2: a signed answer names issuer and audience.
    """
    facts = person_facts(session_id)
    claims = told(userinfo_claims(sorted(scopes), facts.asked), facts.claims)
    if not facts.signed_with:
        return UserInfo(claims)
    addressed = {**claims, "iss": settings.PUBLIC_URL, "aud": facts.client_id}
    return UserInfo(claims, signed=sign_jwt(addressed, facts.signed_with))
