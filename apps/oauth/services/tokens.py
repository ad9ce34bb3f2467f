"""Issuing tokens: every access token has a session, a record and an event, in one transaction."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.audit.events import Action, Outcome
from apps.audit.services import record
from apps.core.actor import Origin
from apps.core.models import Insert, written_together
from apps.oauth.crypto import new_secret, sha256_hex, successor_of
from apps.oauth.errors import InvalidGrantError, InvalidScopeError, UnauthorizedClientError
from apps.oauth.models import Client, Grant, RefreshToken, SessionKind, TokenSession
from apps.oauth.models.clients import GrantType
from apps.oauth.policy.lifetimes import (
    life_of_token,
    may_refresh,
    refresh_idle,
    session_end,
    session_life,
)
from apps.oauth.policy.narrowing import with_actions_of
from apps.oauth.policy.refresh import bound_to_another_key
from apps.oauth.policy.refused_scopes import machine_needs_key
from apps.oauth.policy.scopes import machine_may_hold, person_may_hold
from apps.oauth.scopes import OPENID
from apps.oauth.selectors import ClientAtGrant, latest_end, refresh_may_be_retried
from apps.oauth.services.id_tokens import make_id_token
from apps.oauth.services.minting import (
    Details,
    Minted,
    Terms,
    client_actor,
    mint,
    record_issue,
)
from apps.oauth.services.requested import bound_projects, require_wind_down_scopes
from apps.oauth.services.sessions import (
    build_session,
    end_session,
    limit_session,
    session_subject,
)
from apps.oauth.services.vendor_claims import vendor_for_token

INSERT_SESSION = Insert(TokenSession)
FIRST_USE = (
    "scopes", "expires_at", "last_used_at", "dpop_jkt",
    "authorization_details", "authorization_details_sha256",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class IssuedTokens:
    """What the token endpoint answers with (RFC 6749 section 5.1, OpenID Connect Core 3.1.3.3,
    RFC 8693 section 2.2.1, RFC 9396 section 7). Shown once.
    """

    access_token: str
    token_type: str
    expires_in: int
    scope: str
    authorization_details: Details
    refresh_token: str | None = None
    id_token: str | None = None
    issued_token_type: str = ""
    vendor: dict[str, Any] = field(default_factory=dict)


def _issued(
    minted: Minted,
    terms: Terms,
    refresh_token: str | None = None,
    id_token: str | None = None,
    *,
    vendor: dict[str, Any],
) -> IssuedTokens:
    return IssuedTokens(
        access_token=minted.token,
        token_type=terms.token_type,
        expires_in=minted.expires_in,
        scope=" ".join(terms.scopes),
        authorization_details=terms.authorization_details,
        refresh_token=refresh_token,
        id_token=id_token,
        vendor=vendor,
    )


def issue_to_client(
    *, grant: ClientAtGrant, terms: Terms, auth_method: str, origin: Origin, at: datetime
) -> IssuedTokens:
    """A token for the client itself (RFC 6749 section 4.4).

    Raises UnauthorizedClientError, InvalidScopeError, InvalidAuthorizationDetailsError.
    """
    client, reach = grant.client, grant.reach
    grant = grant.for_scopes(terms.scopes)
    if grant.is_bound and not grant.projects:
        require_wind_down_scopes(reach.winding_down)
        raise UnauthorizedClientError("There is no open project the client may act in.")
    if not machine_may_hold(terms.scopes, auth_method=auth_method, dpop_jkt=terms.dpop_jkt):
        raise InvalidScopeError(machine_needs_key(terms.scopes))
    named = bound_projects(terms.authorization_details, grant.projects)
    projects = sorted(named or grant.projects)
    session = build_session(
        at=at,
        origin=origin,
        kind=SessionKind.CLIENT,
        client=client,
        partner=client.partner,
        role=client.role,
        scopes=terms.scopes,
        project_ids=projects,
        project_bound=bool(named) or grant.is_bound,
        resources=list(terms.resources),
        authorization_details=terms.authorization_details,
        policy_version=grant.policy_version,
        dpop_jkt=terms.dpop_jkt,
        issuer=client.client_assertion_issuer,
        auth_method=auth_method,
        granted_at=grant.granted_at,
        expires_at=session_end(
            at,
            life_of_token(client, terms.scopes),
            of_projects=latest_end(grant.ends, projects),
            details=terms.authorization_details,
        ),
    )
    return issue_only_token(
        session=session,
        client=client,
        terms=terms,
        grant_type=GrantType.CLIENT_CREDENTIALS,
        origin=origin,
        at=at,
        **({"issuer": session.issuer.public_id} if session.issuer else {}),
    )


def issue_only_token(
    *,
    session: TokenSession,
    client: Client,
    terms: Terms,
    grant_type: GrantType,
    origin: Origin,
    at: datetime,
    **evidence: object,
) -> IssuedTokens:
    """Open a session with the one access token it will ever have. ``evidence`` is what the trail
    tells beside the usual. All three rows are one statement.
    """
    session.last_used_at = at
    with written_together():
        INSERT_SESSION.row(session)
        minted = mint(session=session, client=client, terms=terms, at=at)
        record_issue(
            action=Action.TOKEN_ISSUED,
            grant_type=grant_type,
            session=session,
            client=client,
            evidence={**minted.evidence, **evidence},
            origin=origin,
            at=at,
        )
        vendor = vendor_for_token(session, client, terms, origin, at=at)
    return _issued(minted, terms, vendor=vendor)


def redeem_code(
    *, code: Grant, client: Client, terms: Terms, origin: Origin, at: datetime
) -> IssuedTokens:
    """Tokens for an authorization code, which one of any number of redemptions wins.

    Raises InvalidGrantError for the others, after what the winner got was revoked (RFC 6749
    section 4.1.2, RFC 9700 section 4.5).
    """
    with transaction.atomic():
        won = Grant.objects.filter(pk=code.pk, used_at__isnull=True).update(used_at=at)
        if won:
            return issue_first_tokens(
                session=code.session,
                client=client,
                terms=terms,
                grant_type=GrantType.AUTHORIZATION_CODE,
                origin=origin,
                at=at,
                until=code.projects_end,
                nonce=code.nonce,
            )
    revoke_family(
        session=code.session, client=client, origin=origin, at=at, what="authorization code"
    )
    raise InvalidGrantError("The code was used before.")


def issue_first_tokens(
    *,
    session: TokenSession,
    client: Client,
    terms: Terms,
    grant_type: GrantType,
    origin: Origin,
    at: datetime,
    until: datetime | None,
    nonce: str = "",
) -> IssuedTokens:
    """The tokens of a person's session, from whose redemption on it lives its full life, but not
    beyond ``until``, the end of its last project, nor the last of its limits.

    What it is refused for want of a key it never gets. Called inside the transaction that won the
    redemption.
    """
    session.scopes = person_may_hold(session.scopes, dpop_jkt=terms.dpop_jkt)
    life = session_life(client, session.scopes)
    details = with_actions_of(session.authorization_details, scopes=session.scopes)
    limit_session(session, details)
    session.expires_at = session_end(at, life, of_projects=until, details=details)
    session.last_used_at = at
    session.dpop_jkt = terms.dpop_jkt
    session.save(update_fields=FIRST_USE)
    with written_together():
        minted = mint(session=session, client=client, terms=terms, at=at)
        record_issue(
            action=Action.TOKEN_ISSUED,
            grant_type=grant_type,
            session=session,
            client=client,
            evidence=minted.evidence,
            origin=origin,
            at=at,
        )
    refresh = _first_refresh_token(session, client, at=at)
    id_token = None
    if OPENID in terms.scopes:
        id_token = make_id_token(
            session=session,
            client=client,
            access_token=minted.token,
            nonce=nonce,
            scopes=terms.scopes,
            at=at,
        )
    vendor = vendor_for_token(session, client, terms, origin, at=at)
    return _issued(minted, terms, refresh, id_token, vendor=vendor)


def _id_token_again(
    session: TokenSession, client: Client, terms: Terms, minted: Minted, *, at: datetime
) -> str | None:
    """At a refresh without the nonce and without personal claims (OpenID Connect Core 12.2)."""
    if OPENID not in terms.scopes:
        return None
    return make_id_token(
        session=session, client=client, access_token=minted.token, nonce="", scopes=(), at=at
    )


def _first_refresh_token(session: TokenSession, client: Client, *, at: datetime) -> str | None:
    if not may_refresh(client, session.scopes):
        return None
    token = f"rt_{new_secret()}"
    _store_refresh_token(token, session, client, generation=0, at=at)
    return token


def _store_refresh_token(
    token: str, session: TokenSession, client: Client, *, generation: int, at: datetime
) -> None:
    RefreshToken.objects.create(
        session=session,
        token_checksum=sha256_hex(token),
        generation=generation,
        created=at,
        expires=min(at + refresh_idle(client), session.expires_at),
    )


def refresh_tokens(
    *,
    presented: str,
    row: RefreshToken,
    client: Client,
    terms: Terms,
    rotates: bool,
    origin: Origin,
    at: datetime,
) -> IssuedTokens:
    """A new access token, and the refresh token to use next.

    One that ``rotates`` is followed by its successor: any number of requests with one token get
    the same, the first stores it and the others within 30 seconds are told it again. Later use
    kills the family, and so does use with another key than the first showed. One that does not is
    told again. Raises InvalidGrantError.
    """
    session = row.session
    with transaction.atomic():
        usable = _take_turn(presented, row, client, at=at) if rotates else _stay(row, client, at=at)
        if usable and _use_session(session, client, terms.dpop_jkt, at=at):
            following = successor_of(presented) if rotates else presented
            return _refreshed(session, client, terms, following, origin=origin, at=at)
        if usable and not rotates:
            raise InvalidGrantError("The session is bound to another key.")
    revoke_family(session=session, client=client, origin=origin, at=at, what="refresh token")
    raise InvalidGrantError("The refresh token was used before.")


def _refreshed(
    session: TokenSession,
    client: Client,
    terms: Terms,
    following: str,
    *,
    origin: Origin,
    at: datetime,
) -> IssuedTokens:
    with written_together():
        minted = mint(session=session, client=client, terms=terms, at=at)
        record_issue(
            action=Action.TOKEN_REFRESHED,
            grant_type=GrantType.REFRESH_TOKEN,
            session=session,
            client=client,
            evidence=minted.evidence,
            origin=origin,
            at=at,
        )
    id_token = _id_token_again(session, client, terms, minted, at=at)
    vendor = vendor_for_token(session, client, terms, origin, at=at)
    return _issued(minted, terms, following, id_token, vendor=vendor)


def _use_session(session: TokenSession, client: Client, dpop_jkt: str, *, at: datetime) -> bool:
    """Whether the key shown, or none, may use the session. An unbound one is bound by it (RFC 9449
    section 5), without the restricted tier; of two keys at one moment the database lets one.
    """
    if bound_to_another_key(client, session, dpop_jkt):
        return False
    row = TokenSession.objects.filter(pk=session.pk)
    changed = {
        "last_used_at": at,
        "role": session.role,
        "scopes": person_may_hold(session.scopes, dpop_jkt=session.dpop_jkt),
    }
    key = session.dpop_jkt or dpop_jkt
    if row.filter(dpop_jkt=session.dpop_jkt).update(dpop_jkt=key, **changed):
        return True
    session.refresh_from_db(fields=["dpop_jkt"])
    return not bound_to_another_key(client, session, dpop_jkt) and bool(row.update(**changed))


def _take_turn(presented: str, row: RefreshToken, client: Client, *, at: datetime) -> bool:
    """Whether this request rotates the token, or repeats one that did and whose answer was lost."""
    first = RefreshToken.objects.filter(pk=row.pk, rotated_at__isnull=True).update(rotated_at=at)
    if first:
        following = row.generation + 1
        _store_refresh_token(
            successor_of(presented), row.session, client, generation=following, at=at
        )
    return bool(first) or refresh_may_be_retried(row, at=at)


def _stay(row: RefreshToken, client: Client, *, at: datetime) -> bool:
    """A token bound to its client's key is not rotated (FAPI 2.0 section 5.3.2.1 no. 9); its
    idle time begins anew. One rotated before the client was bound so stays used.
    """
    until = min(at + refresh_idle(client), row.session.expires_at)
    unused = RefreshToken.objects.filter(pk=row.pk, rotated_at__isnull=True)
    return bool(unused.update(expires=until))


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
