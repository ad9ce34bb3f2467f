"""Making an access token: its claims, its signature, its record, its event."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import Actor, ActorKind, Origin
from apps.core.canonical import canonical_digest
from apps.core.ids import encode_id, new_id
from apps.core.models import Insert
from apps.identity.models import User
from apps.oauth.crypto import sha256_hex
from apps.oauth.keys import api_audience, sign_access_token
from apps.oauth.models import AccessToken, Client, TokenSession
from apps.oauth.policy.leftovers import latest_until
from apps.oauth.policy.lifetimes import earliest, life_of_token
from apps.oauth.services.sessions import session_subject
from apps.partners.models import Partner
from apps.projects.models import Project

Details = list[dict[str, Any]]
INSERT_TOKEN = Insert(AccessToken)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What one access token is made for, within what its session was granted.

    ``projects`` are those its own limits name, or None when it has its session's limits.
    ``dpop_jkt`` is the key it is bound to, if any (RFC 9449 section 6).
    """

    scopes: list[str]
    resources: tuple[str, ...] = ()
    authorization_details: Details = field(default_factory=list)
    projects: list[uuid.UUID] | None = None
    dpop_jkt: str = ""

    @property
    def token_type(self) -> str:
        return "DPoP" if self.dpop_jkt else "Bearer"


@dataclass(frozen=True, kw_only=True)
class Minted:
    """A signed access token, and what the trail says of it."""

    token: str
    expires_in: int
    evidence: dict[str, Any]


def client_actor(client: Client, session: TokenSession | None, origin: Origin) -> Actor:
    """The client itself, as it appears in the trail at the authorization server."""
    return Actor(
        kind=ActorKind.CLIENT,
        id=client.client_id,
        label=client.name,
        client_id=client.client_id,
        session_id=session.id if session else None,
        partner_id=client.partner_id,
        origin=origin,
    )


def subject_of(session: TokenSession, client: Client) -> str:
    """The token's `sub`: a person's public id, or the client itself (RFC 9068 section 2.2)."""
    if session.user_id is None:
        return client.client_id
    return encode_id(User.id_prefix, session.user_id)


def mint(*, session: TokenSession, client: Client, terms: Terms, at: datetime) -> Minted:
    """Sign an access token and store its record. ``iat`` and ``exp`` are whole seconds; it lives no
    longer than its session, nor than the last of its limits.
    """
    issued_at = int(at.timestamp())
    until = latest_until(terms.authorization_details)
    expires = earliest(at + life_of_token(client, terms.scopes), session.expires_at, until)
    scope = " ".join(terms.scopes)
    jti = new_id()
    narrowed = "" if terms.projects is None else canonical_digest(terms.authorization_details)
    project_ids = session.project_ids if terms.projects is None else terms.projects
    projects = [encode_id(Project.id_prefix, one) for one in project_ids]
    token = sign_access_token(
        {
            "iss": settings.PUBLIC_URL,
            "sub": subject_of(session, client),
            "client_id": client.client_id,
            "scope": scope,
            "iat": issued_at,
            "exp": int(expires.timestamp()),
            "jti": str(jti),
            "sid": session.public_id,
            "role": session.role,
            "projects": projects,
            **_audience(terms),
            **_partner(session),
            **_sign_in(session),
            **_limits(terms),
            **_confirmation(terms),
            **_delegation(session),
        }
    )
    digest = sha256_hex(token)
    row = AccessToken(
        jti=jti,
        session=session,
        token_checksum=digest,
        scope=scope,
        narrowed_project_ids=terms.projects,
        narrowed_details_sha256=narrowed,
        created=at,
        expires=expires,
    )
    INSERT_TOKEN.row(row)
    evidence = {
        "projects": projects,
        "scopes": terms.scopes,
        "jti": str(jti),
        "token_sha256": digest,
        "expires_at": expires.isoformat(),
        **({"authorization_details_sha256": narrowed} if narrowed else {}),
        **({"dpop_jkt": terms.dpop_jkt} if terms.dpop_jkt else {}),
    }
    expires_in = int(expires.timestamp()) - issued_at
    return Minted(token=token, expires_in=expires_in, evidence=evidence)


def _audience(terms: Terms) -> dict[str, Any]:
    """RFC 9068 section 3: the resources asked for, else our own API."""
    named = list(terms.resources) or [api_audience()]
    return {"aud": named[0] if len(named) == 1 else named}


def _partner(session: TokenSession) -> dict[str, str]:
    if session.partner_id is None:
        return {}
    return {"partner": encode_id(Partner.id_prefix, session.partner_id)}


def _sign_in(session: TokenSession) -> dict[str, Any]:
    """How the person had signed in (RFC 9068 section 2.2.1)."""
    if session.auth_time is None:
        return {}
    return {
        "auth_time": int(session.auth_time.timestamp()),
        "acr": session.acr,
        "amr": session.amr,
    }


def _limits(terms: Terms) -> dict[str, Details]:
    """RFC 9396 section 9.1."""
    if not terms.authorization_details:
        return {}
    return {"authorization_details": terms.authorization_details}


def _confirmation(terms: Terms) -> dict[str, Any]:
    """RFC 9449 section 6.1."""
    return {"cnf": {"jkt": terms.dpop_jkt}} if terms.dpop_jkt else {}


def _delegation(session: TokenSession) -> dict[str, Any]:
    """Who acts for the subject, and who did before (RFC 8693 section 4.1)."""
    return {"act": session.act} if session.act else {}


def record_issue(
    *,
    action: Action,
    grant_type: str,
    session: TokenSession,
    client: Client,
    evidence: dict[str, Any],
    origin: Origin,
    at: datetime,
) -> None:
    """The one event of an access token that was issued; whose it is, where it is a person's."""
    person = {"user": subject_of(session, client)} if session.user_id else {}
    record(
        action=action,
        actor=client_actor(client, session, origin),
        at=at,
        subject=session_subject(session),
        data={"grant_type": grant_type, **person, **evidence},
    )
