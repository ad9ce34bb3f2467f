"""A token for one of our people on the word of a trusted issuer (RFC 8693, RFC 7523)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from apps.core.errors import ForbiddenError
from apps.oauth.crypto import sha256_hex
from apps.oauth.errors import AccessDeniedError, InvalidScopeError
from apps.oauth.models import Client, SessionKind, TokenSession
from apps.oauth.models.clients import GrantType
from apps.oauth.policy.assertions import (
    AssertionRejectedError,
    read_assertion,
    signature_is_right,
)
from apps.oauth.policy.exchange import (
    SubjectClaims,
    SubjectRefusedError,
    vouched_by,
    without_refresh,
)
from apps.oauth.policy.issuers import may_present
from apps.oauth.policy.lifetimes import life_of_token
from apps.oauth.policy.people import needs_second_factor
from apps.oauth.policy.refused_scopes import KEY_NEEDED, beyond_client
from apps.oauth.policy.scopes import person_may_hold
from apps.oauth.policy.sign_in import plain_sign_in
from apps.oauth.scopes import split_scope
from apps.oauth.selectors import (
    ClientAtGrant,
    IssuerAtGrant,
    PersonAtGrant,
    issuer_at_grant,
    person_by_email,
)
from apps.oauth.services.codes import Consent, prepare_consent
from apps.oauth.services.exchange import Exchange
from apps.oauth.services.issuer_assertions import key_of_issuer, spend_once
from apps.oauth.services.minting import Terms
from apps.oauth.services.requested import targets_for
from apps.oauth.services.sessions import build_session
from apps.oauth.services.terms import details_of, key_of
from apps.oauth.services.tokens import IssuedTokens, issue_only_token

AUTH_METHOD = "token_exchange"


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What a token must be to vouch for a person: its `typ`, whom it is for (where the issuer's own
    audiences do not decide), and whether it must have an id.
    """

    token: str
    types: Collection[str]
    audiences: Collection[str] = ()
    must_have_id: bool = False


def issue_for_vouched(
    *, exchange: Exchange, grant: ClientAtGrant, demand: Demand, grant_type: GrantType
) -> IssuedTokens:
    """An access token for the person that a trusted issuer's token names. The word of the issuer
    stands for the person's consent, within what the client and the person's role allow.

    Raises SubjectRefusedError, InvalidScopeError, InvalidTargetError,
    InvalidAuthorizationDetailsError, InvalidDpopProofError, UseDpopNonceError.
    """
    issuer, said = _believed(demand, grant.client, at=exchange.at)
    person = _person(said, issuer, at=exchange.at)
    jkt = key_of(exchange, grant.client)
    if said.jkt and said.jkt != jkt:
        raise SubjectRefusedError("it is bound to another key")
    consent = _granted(exchange, grant, person, said, jkt)
    session = _session(exchange, consent, issuer, said, jkt)
    _spend(said, issuer, demand.token)
    return issue_only_token(
        session=session,
        client=grant.client,
        terms=Terms(
            scopes=consent.scopes,
            resources=consent.resources,
            authorization_details=consent.authorization_details,
            dpop_jkt=jkt,
        ),
        grant_type=grant_type,
        origin=exchange.origin,
        at=exchange.at,
        issuer=issuer.issuer.public_id,
    )


def _believed(
    demand: Demand, client: Client, *, at: datetime
) -> tuple[IssuerAtGrant, SubjectClaims]:
    """What it says, once it is known to be a trusted issuer's. Raises SubjectRefusedError."""
    try:
        assertion = read_assertion(demand.token, types=demand.types)
    except AssertionRejectedError as error:
        raise SubjectRefusedError(str(error)) from error
    found = issuer_at_grant(assertion.claims.get("iss"))
    key = key_of_issuer(found.issuer, assertion, at=at) if found else None
    if found is None or not signature_is_right(assertion, key):
        raise SubjectRefusedError("it is not signed by a trusted issuer")
    if not may_present(found.issuer, client):
        raise SubjectRefusedError("the issuer's tokens are for other clients")
    said = vouched_by(
        assertion,
        audiences=demand.audiences or found.issuer.audiences,
        subject_claim=found.issuer.subject_claim,
        must_have_id=demand.must_have_id,
        at=at,
    )
    return found, said


def _person(said: SubjectClaims, issuer: IssuerAtGrant, *, at: datetime) -> PersonAtGrant:
    """An issuer is believed about the people of its partner, or about the buyer's own; where
    people need a second factor, it has to say that they showed one. Raises SubjectRefusedError.
    """
    person = person_by_email(said.email, at=at)
    if person is None or person.partner_id != issuer.issuer.partner_id:
        raise SubjectRefusedError("it names nobody the issuer vouches for")
    needs_more = needs_second_factor(is_staff=person.user.is_staff, role=person.role)
    if settings.MFA_REQUIRED and needs_more and not said.has_second_factor:
        raise SubjectRefusedError("it says nothing of a second factor")
    return person


def _granted(
    exchange: Exchange, grant: ClientAtGrant, person: PersonAtGrant, said: SubjectClaims, jkt: str
) -> Consent:
    """What the person could hand to the client: as by a page, but that nobody is asked."""
    asked = split_scope(exchange.parameters.get("scope"))
    if refused := beyond_client(grant.client, asked):
        raise InvalidScopeError(refused)
    scopes = person_may_hold(without_refresh(asked), dpop_jkt=jkt)
    if asked and not scopes:
        raise InvalidScopeError(KEY_NEEDED)
    try:
        return prepare_consent(
            grant=grant,
            person=person,
            sign_in=said.sign_in or plain_sign_in(exchange.at),
            scopes=scopes,
            resources=targets_for(exchange.resources, exchange.audiences, grant.client),
            authorization_details=details_of(exchange),
            at=exchange.at,
        )
    except (ForbiddenError, AccessDeniedError) as error:
        raise SubjectRefusedError(str(error)) from error


def _session(
    exchange: Exchange, consent: Consent, issuer: IssuerAtGrant, said: SubjectClaims, jkt: str
) -> TokenSession:
    person, sign_in, client = consent.person, said.sign_in, consent.grant.client
    clocks = (consent.grant.granted_at, person.granted_at, issuer.granted_at)
    life = life_of_token(client, consent.scopes)
    return build_session(
        at=exchange.at,
        origin=exchange.origin,
        kind=SessionKind.USER,
        client=client,
        user=person.user,
        partner_id=person.partner_id,
        role=person.role,
        scopes=consent.scopes,
        project_ids=sorted(consent.projects),
        project_bound=consent.bound,
        resources=list(consent.resources),
        authorization_details=consent.authorization_details,
        policy_version=consent.grant.policy_version,
        issuer=issuer.issuer,
        auth_method=AUTH_METHOD,
        auth_time=sign_in.auth_time if sign_in else None,
        acr=sign_in.acr if sign_in else "",
        amr=list(sign_in.amr) if sign_in else [],
        dpop_jkt=jkt,
        granted_at=min(clocks),
        expires_at=exchange.at + min(life, consent.lasts(at=exchange.at)),
    )


def _spend(said: SubjectClaims, issuer: IssuerAtGrant, token: str) -> None:
    """Last of all, for a token that is refused for another reason may be sent again. Raises
    SubjectRefusedError for what was sent before (RFC 7523 section 3 no. 7).

    One without an id is known by what was signed: a signature may be written in more than one way.
    """
    name = said.jti or f"sha256:{sha256_hex(token.rpartition('.')[0])}"
    if not spend_once(issuer.issuer, name, until=said.until):
        raise SubjectRefusedError("it was used before")
