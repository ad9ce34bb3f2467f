"""Issuing tokens: every access token has a session, a record and an event, in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.audit.events import Action, Outcome
from apps.audit.services import record
from apps.core.actor import Actor, ActorKind, Origin
from apps.core.ids import encode_id, new_id
from apps.oauth.crypto import new_secret, sha256_hex, successor_of
from apps.oauth.errors import InvalidGrantError, UnauthorizedClientError
from apps.oauth.keys import api_audience, sign_access_token
from apps.oauth.models import AccessToken, Client, Grant, RefreshToken, SessionKind, TokenSession
from apps.oauth.models.clients import GrantType
from apps.oauth.policy.lifetimes import REFRESH_IDLE, life_of_token, may_refresh, session_life
from apps.oauth.selectors import ClientAtGrant, refresh_may_be_retried
from apps.oauth.services.sessions import build_session, end_session, session_subject
from apps.partners.models import Partner
from apps.projects.models import Project


@dataclass(frozen=True)
class IssuedTokens:
    """What the token endpoint answers with (RFC 6749 section 5.1). Shown once."""

    access_token: str
    expires_in: int
    scope: str
    refresh_token: str | None = None


def client_actor(client: Client, session: TokenSession | None, origin: Origin) -> Actor:
    """The client itself, as it appears in the trail at the token endpoint."""
    return Actor(
        kind=ActorKind.CLIENT,
        id=client.client_id,
        label=client.name,
        client_id=client.client_id,
        session_id=session.id if session else None,
        partner_id=client.partner_id,
        origin=origin,
    )


def issue_to_client(
    *, grant: ClientAtGrant, scopes: list[str], auth_method: str, origin: Origin, at: datetime
) -> IssuedTokens:
    """A token for the client itself (RFC 6749 section 4.4). Raises UnauthorizedClientError."""
    client = grant.client
    if grant.is_bound and not grant.projects:
        raise UnauthorizedClientError("There is no open project the client may act in.")
    session = build_session(
        at=at,
        origin=origin,
        kind=SessionKind.CLIENT,
        client=client,
        partner=client.partner,
        role=client.role,
        scopes=scopes,
        project_ids=sorted(grant.projects),
        project_bound=grant.is_bound,
        auth_method=auth_method,
        granted_at=grant.granted_at,
        expires_at=at + life_of_token(client, scopes),
    )
    actor = client_actor(client, session, origin)
    with transaction.atomic():
        session.save(force_insert=True)
        issued, details = _mint(session, client, subject=client.client_id, scopes=scopes, at=at)
        _record_issue(
            Action.TOKEN_ISSUED, GrantType.CLIENT_CREDENTIALS, actor, session, details, at
        )
    return issued


def redeem_code(*, code: Grant, client: Client, origin: Origin, at: datetime) -> IssuedTokens:
    """Tokens for an authorization code, which one of any number of redemptions wins.

    Raises InvalidGrantError for the others, after what the winner got was revoked (RFC 6749
    section 4.1.2, RFC 9700 section 4.5).
    """
    session = code.session
    scopes = code.scope.split()
    with transaction.atomic():
        won = Grant.objects.filter(pk=code.pk, used_at__isnull=True).update(used_at=at)
        if won:
            expires_at = at + session_life(client, scopes)
            TokenSession.objects.filter(pk=session.pk).update(
                expires_at=expires_at, last_used_at=at
            )
            session.expires_at = expires_at
            subject = encode_id("usr", code.user_id)
            issued, details = _mint(session, client, subject=subject, scopes=scopes, at=at)
            refresh = _first_refresh_token(session, client, scopes, at=at)
            actor = client_actor(client, session, origin)
            _record_issue(
                Action.TOKEN_ISSUED, GrantType.AUTHORIZATION_CODE, actor, session, details, at
            )
            return IssuedTokens(issued.access_token, issued.expires_in, issued.scope, refresh)
    revoke_family(session=session, client=client, origin=origin, at=at, what="authorization code")
    raise InvalidGrantError("The code was used before.")


def _first_refresh_token(
    session: TokenSession, client: Client, scopes: list[str], *, at: datetime
) -> str | None:
    if not may_refresh(client, scopes):
        return None
    token = f"rt_{new_secret()}"
    _store_refresh_token(token, session, generation=0, at=at)
    return token


def _store_refresh_token(
    token: str, session: TokenSession, *, generation: int, at: datetime
) -> None:
    RefreshToken.objects.create(
        session=session,
        token_checksum=sha256_hex(token),
        generation=generation,
        created=at,
        expires=min(at + REFRESH_IDLE, session.expires_at),
    )


def refresh_tokens(
    *,
    presented: str,
    row: RefreshToken,
    client: Client,
    scopes: list[str],
    origin: Origin,
    at: datetime,
) -> IssuedTokens:
    """A new access token and the successor of the presented refresh token.

    Any number of requests with one token get the same successor: the first stores it, the others
    within 30 seconds are told it again. Later use kills the family. Raises InvalidGrantError.
    """
    session = row.session
    successor = successor_of(presented)
    with transaction.atomic():
        first = RefreshToken.objects.filter(pk=row.pk, rotated_at__isnull=True).update(
            rotated_at=at
        )
        if first:
            _store_refresh_token(successor, session, generation=row.generation + 1, at=at)
        if first or refresh_may_be_retried(row, at=at):
            TokenSession.objects.filter(pk=session.pk).update(last_used_at=at, role=session.role)
            subject = encode_id("usr", session.user_id) if session.user_id else client.client_id
            issued, details = _mint(session, client, subject=subject, scopes=scopes, at=at)
            actor = client_actor(client, session, origin)
            _record_issue(
                Action.TOKEN_REFRESHED, GrantType.REFRESH_TOKEN, actor, session, details, at
            )
            return IssuedTokens(issued.access_token, issued.expires_in, issued.scope, successor)
    revoke_family(session=session, client=client, origin=origin, at=at, what="refresh token")
    raise InvalidGrantError("The refresh token was used before.")


def revoke_family(
    *, session: TokenSession, client: Client, origin: Origin, at: datetime, what: str
) -> None:
    """End the session whose code or refresh token was used twice, and say so in the trail."""
    actor = client_actor(client, session, origin)
    with transaction.atomic():
        record(
            action=Action.TOKEN_REUSED,
            actor=actor,
            at=at,
            subject=session_subject(session),
            data={"what": what},
            outcome=Outcome.DENIED,
        )
        end_session(actor=actor, at=at, session=session, reason=f"{what} used twice")


def _mint(
    session: TokenSession, client: Client, *, subject: str, scopes: list[str], at: datetime
) -> tuple[IssuedTokens, dict[str, Any]]:
    """Sign an access token and store its record. ``iat`` and ``exp`` are whole seconds."""
    issued_at = int(at.timestamp())
    expires = min(at + life_of_token(client, scopes), session.expires_at)
    scope = " ".join(scopes)
    jti = new_id()
    token = sign_access_token(
        {
            "iss": settings.PUBLIC_URL,
            "sub": subject,
            "aud": api_audience(),
            "client_id": client.client_id,
            "scope": scope,
            "iat": issued_at,
            "exp": int(expires.timestamp()),
            "jti": str(jti),
            "sid": session.public_id,
            "role": session.role,
            "projects": [encode_id(Project.id_prefix, one) for one in session.project_ids],
            **_partner_claim(session),
        }
    )
    digest = sha256_hex(token)
    AccessToken.objects.create(
        jti=jti, session=session, token_checksum=digest, scope=scope, created=at, expires=expires
    )
    expires_in = int(expires.timestamp()) - issued_at
    details = {
        "scopes": scopes,
        "jti": str(jti),
        "token_sha256": digest,
        "expires_at": expires.isoformat(),
    }
    return IssuedTokens(token, expires_in, scope), details


def _partner_claim(session: TokenSession) -> dict[str, str]:
    if session.partner_id is None:
        return {}
    return {"partner": encode_id(Partner.id_prefix, session.partner_id)}


def _record_issue(
    action: Action,
    grant_type: GrantType,
    actor: Actor,
    session: TokenSession,
    details: dict[str, Any],
    at: datetime,
) -> None:
    projects = [encode_id(Project.id_prefix, one) for one in session.project_ids]
    record(
        action=action,
        actor=actor,
        at=at,
        subject=session_subject(session),
        data={"grant_type": grant_type, "projects": projects, **details},
    )
