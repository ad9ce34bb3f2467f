"""The caller, as the API tells them who they are, and the codes of those they buy from or for."""

from datetime import UTC, datetime
from typing import Any

from django.urls import reverse

from apps.core.actor import Actor
from apps.core.ids import encode_id
from apps.identity.models import User
from apps.oauth.keys import AccessTokenClaims
from apps.oauth.models import TokenSession
from apps.oauth.policy.dpop import bound_key
from apps.partners.models import Partner
from apps.procurement.formats.times import instant
from apps.projects.models import BuyerEntity, Category, Project

# Of these, either lets a session read what it did.
TELL_ACTIVITY = frozenset({"sessions.own:read", "audit:read"})


def me_body(actor: Actor, credential: object) -> dict[str, Any]:
    """``credential`` is what the request was authenticated by: a token's claims or a key's state.
    Nothing is asked of the database.
    """
    session = actor.session_id and encode_id(TokenSession.id_prefix, actor.session_id)
    return {
        "client": actor.client_id or None,
        "person": actor.user_id and encode_id(User.id_prefix, actor.user_id),
        "partner": actor.partner_id
        and {"id": encode_id(Partner.id_prefix, actor.partner_id), "kind": actor.partner_kind},
        "role": actor.role,
        "session": session,
        "scopes": sorted(actor.scopes),
        "projects": sorted(encode_id(Project.id_prefix, key) for key in actor.open_projects),
        **_of_credential(credential),
        "links": _links(actor, session),
    }


def _links(actor: Actor, session: object) -> dict[str, str]:
    """Only where the token lets one go."""
    if not actor.scopes & TELL_ACTIVITY:
        return {}
    return {"activity": reverse("api:session-activity", args=[session])}


def _of_credential(credential: Any) -> dict[str, Any]:  # noqa: ANN401 -- either of two
    if not isinstance(credential, AccessTokenClaims):
        return {
            "authorization_details": [],
            "credential": "api_key",
            "expires_at": instant(credential.expires_at),
        }
    said = credential.raw
    return {
        "authorization_details": said.get("authorization_details", []),
        "credential": "dpop" if bound_key(said) else "bearer",
        "expires_at": instant(datetime.fromtimestamp(said["exp"], UTC)),
    }


def category_body(category: Category) -> dict[str, Any]:
    return {
        "code": category.code,
        "name": category.name,
        "scheme": category.scheme,
        "buyer_entity": encode_id(BuyerEntity.id_prefix, category.buyer_entity_id),
    }
