"""An access token of ours for another one of ours: narrower, or for who acts next (RFC 8693)."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from apps.oauth.errors import InvalidScopeError
from apps.oauth.keys import AccessTokenClaims, TokenRejectedError, read_access_token
from apps.oauth.models import TokenSession
from apps.oauth.models.clients import GrantType
from apps.oauth.policy.dpop import bound_key
from apps.oauth.policy.exchange import (
    SubjectRefusedError,
    extended_act,
    may_exchange,
    narrowed_scopes,
)
from apps.oauth.policy.lifetimes import life_of_token
from apps.oauth.policy.narrowing import with_actions_of
from apps.oauth.policy.people import may_use_client
from apps.oauth.policy.refused_scopes import in_a_row, machine_needs_key
from apps.oauth.policy.scopes import for_person, machine_may_hold, person_may_hold
from apps.oauth.scopes import split_scope
from apps.oauth.selectors import ClientAtGrant, person_at_grant, token_state
from apps.oauth.services.budgets import Grantee, details_by_policy, details_today
from apps.oauth.services.exchange import Exchange
from apps.oauth.services.minting import Details, Terms
from apps.oauth.services.requested import (
    bound_projects,
    details_for,
    details_within,
    in_projects,
    resources_among,
    targets_for,
)
from apps.oauth.services.sessions import build_session
from apps.oauth.services.terms import details_of, key_of
from apps.oauth.services.tokens import IssuedTokens, issue_only_token
from apps.oauth.services.vouching import AUTH_METHOD


@dataclass(frozen=True, kw_only=True)
class Held:
    """An access token of ours that is presented, with what it was issued for."""

    claims: AccessTokenClaims
    session: TokenSession
    issued_to: str
    open_projects: frozenset[uuid.UUID]
    project_bound: bool

    @property
    def scopes(self) -> list[str]:
        return split_scope(self.claims.raw["scope"])

    @property
    def audiences(self) -> list[str]:
        said: str | list[str] = self.claims.raw["aud"]
        return said if isinstance(said, list) else [said]

    @property
    def details(self) -> Details:
        return self.claims.details


@dataclass(frozen=True)
class Holder:
    """In what role the subject acts today, and since when by the database's clock."""

    role: str
    granted_at: datetime


def issue_for_our_token(*, exchange: Exchange, grant: ClientAtGrant, token: str) -> IssuedTokens:
    """Raises SubjectRefusedError, and what asking for scopes, resources, details and a proof of a
    key raises.
    """
    held = _read(token, at=exchange.at)
    client = grant.client
    if not may_exchange(
        client,
        issued_to=held.issued_to,
        audiences=held.audiences,
        person=held.session.user_id is not None,
    ):
        raise SubjectRefusedError("it was neither issued nor sent to this client")
    act = extended_act(held.session.act, client, issued_to=held.issued_to)
    jkt = _key(exchange, grant, held)
    holder = _holder(exchange, grant, held)
    projects = _projects(grant, held)
    scopes = _scopes(exchange, grant, held, holder.role, jkt)
    terms = Terms(
        scopes=scopes,
        resources=_resources(exchange, grant, held),
        authorization_details=_details(exchange, grant, held, holder, scopes, projects),
        dpop_jkt=jkt,
    )
    named = bound_projects(terms.authorization_details, projects)
    session = _session(exchange, grant, held, holder, terms, act=act, projects=named or projects)
    return issue_only_token(
        session=session,
        client=client,
        terms=terms,
        grant_type=GrantType.TOKEN_EXCHANGE,
        origin=exchange.origin,
        at=exchange.at,
        subject_jti=str(held.claims.jti),
    )


def _read(token: str, *, at: datetime) -> Held:
    """Ours, for whatever audience, and live at this moment. Raises SubjectRefusedError."""
    try:
        claims = read_access_token(token, audience=None, at=at)
    except TokenRejectedError as error:
        raise SubjectRefusedError(str(error)) from error
    state = token_state(claims.jti, at=at)
    if state is None or not state.counts_for(claims.session_id):
        raise SubjectRefusedError("it has ended")
    if not state.granted_limits_of(claims):
        raise SubjectRefusedError("its limits are not those it was granted")
    return Held(
        claims=claims,
        session=TokenSession.objects.get(pk=state.session_id),
        issued_to=state.client_id,
        open_projects=frozenset(state.open_projects),
        project_bound=state.project_bound,
    )


def _key(exchange: Exchange, grant: ClientAtGrant, held: Held) -> str:
    """A token that is bound to a key is exchanged with a proof of that key, and the new one is
    bound to it as well. Raises SubjectRefusedError, InvalidDpopProofError, UseDpopNonceError.
    """
    jkt, bound = key_of(exchange, grant.client), bound_key(held.claims.raw)
    if bound and jkt != bound:
        raise SubjectRefusedError("it is bound to another key")
    return jkt


def _holder(exchange: Exchange, grant: ClientAtGrant, held: Held) -> Holder:
    """Raises SubjectRefusedError for a person who acts for another company since, or who may not
    use this client.
    """
    user_id = held.session.user_id
    if user_id is None:
        return Holder(held.session.role, grant.granted_at)
    person = person_at_grant(user_id, at=exchange.at)
    if person.partner_id != held.session.partner_id or not may_use_client(grant.client, person):
        raise SubjectRefusedError("its person may not use this client")
    return Holder(person.role, min(grant.granted_at, person.granted_at))


def _projects(grant: ClientAtGrant, held: Held) -> frozenset[uuid.UUID]:
    """Those in which both the token and the client may act. Raises SubjectRefusedError."""
    reached = grant.for_scopes(held.session.scopes).projects
    projects = held.open_projects & reached if grant.is_bound else held.open_projects
    if not projects and (held.project_bound or grant.is_bound):
        raise SubjectRefusedError("there is no open project both may act in")
    return projects


def _scopes(exchange: Exchange, grant: ClientAtGrant, held: Held, role: str, jkt: str) -> list[str]:
    """Raises InvalidScopeError, also where nothing is left of something."""
    client, asked = grant.client, split_scope(exchange.parameters.get("scope"))
    scopes = narrowed_scopes(client, asked, held=held.scopes)
    if held.session.user_id is not None:
        scopes = person_may_hold(for_person(client, scopes, role=role), dpop_jkt=jkt)
    elif not machine_may_hold(scopes, auth_method=exchange.auth_method, dpop_jkt=jkt):
        raise InvalidScopeError(machine_needs_key(scopes))
    if held.scopes and not scopes:
        named = in_a_row(asked or held.scopes)
        raise InvalidScopeError(f"This client may have none of {named} by the subject_token.")
    return scopes


def _resources(exchange: Exchange, grant: ClientAtGrant, held: Held) -> tuple[str, ...]:
    """Where a resource server may call on, staff have said (its allowed resources). A client that
    narrows its own token stays within what that is for. Raises InvalidTargetError.
    """
    client, asked = grant.client, bool(exchange.resources or exchange.audiences)
    if held.issued_to != client.client_id:
        return targets_for(exchange.resources, exchange.audiences, client)
    if not asked:
        return targets_for(tuple(held.audiences), (), client)
    found = targets_for(exchange.resources, exchange.audiences, client)
    return resources_among(found, granted=held.audiences)


def _details(
    exchange: Exchange,
    grant: ClientAtGrant,
    held: Held,
    holder: Holder,
    scopes: list[str],
    projects: frozenset[uuid.UUID],
) -> Details:
    """The token's limits or narrower ones, and of these what scopes, projects and policies leave
    to the client. Raises InvalidAuthorizationDetailsError.
    """
    asked = details_of(exchange, sent_back=bool(held.details))
    grantee = Grantee(
        client_id=grant.client.client_id, partner_id=held.session.partner_id, role=holder.role
    )
    wanted = details_for(asked, scopes)
    if not held.details:
        bound_projects(wanted, projects)
        return details_by_policy(wanted, grantee=grantee, at=exchange.at)
    within = with_actions_of(details_within(asked, held.details), scopes=scopes)
    kept = within if asked else in_projects(within, projects)
    bound_projects(kept, projects)
    return details_today(kept, grantee=grantee, at=exchange.at)


def _session(
    exchange: Exchange,
    grant: ClientAtGrant,
    held: Held,
    holder: Holder,
    terms: Terms,
    *,
    act: dict[str, Any],
    projects: Collection[uuid.UUID],
) -> TokenSession:
    """It ends with the token it came of, and so with that one's client and session, and when that
    would have expired.
    """
    origin, client = held.session, grant.client
    life = exchange.at + life_of_token(client, terms.scopes)
    return build_session(
        at=exchange.at,
        origin=exchange.origin,
        kind=origin.kind,
        client=client,
        user_id=origin.user_id,
        partner_id=origin.partner_id,
        role=holder.role,
        scopes=terms.scopes,
        project_ids=sorted(projects),
        project_bound=bool(projects),
        resources=list(terms.resources),
        authorization_details=terms.authorization_details,
        policy_version=grant.policy_version,
        issuer_id=origin.issuer_id,
        federation_id=origin.federation_id,
        sign_in_id=origin.sign_in_id,
        act=act,
        lineage=[*origin.lineage, held.claims.jti],
        exchanged_from=[*origin.exchanged_from, origin.pk],
        auth_method=AUTH_METHOD,
        auth_time=origin.auth_time,
        acr=origin.acr,
        amr=origin.amr,
        dpop_jkt=terms.dpop_jkt,
        granted_at=holder.granted_at,
        expires_at=min(life, datetime.fromtimestamp(held.claims.expires, tz=UTC)),
    )
