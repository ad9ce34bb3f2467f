"""What userinfo answers (OpenID Connect Core section 5.3)."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from apps.core.actor import Actor
from apps.oauth.keys import sign
from apps.oauth.models import Client
from apps.oauth.policy.claims import VENDOR, told, userinfo_claims
from apps.oauth.selectors.people import person_facts
from apps.oauth.services.vendor_claims import vendor_member


@dataclass(frozen=True)
class UserInfo:
    """The claims for the client, and the same as a signed JWT where it is registered for one."""

    client: Client
    claims: dict[str, Any]
    signed: str = ""


def tell_userinfo(*, actor: Actor, session_id: uuid.UUID, at: datetime) -> UserInfo:
    """What the token's scopes show of the person and, as `vendor`, of the company they act for;
    and what else the client asked for. Section 5.3.2: a signed answer names issuer and audience.
    """
    facts = person_facts(session_id)
    claims = told(userinfo_claims(sorted(actor.scopes), facts.asked), facts.claims)
    if vendor := vendor_member(actor=actor, at=at):
        claims[VENDOR] = vendor
    client = facts.client
    if not client.userinfo_signed_response_alg:
        return UserInfo(client, claims)
    addressed = {**claims, "iss": settings.PUBLIC_URL, "aud": client.client_id}
    return UserInfo(
        client,
        claims,
        signed=sign(addressed, typ="JWT", algorithm=client.userinfo_signed_response_alg),
    )
