"""What userinfo and token answers tell of the company the session acts for: the claim groups that
the API shows of it (apps.partners.policy.claims), by the same rules.
"""

from datetime import datetime
from typing import Any

from apps.core.actor import Actor, ActorKind, Origin
from apps.oauth.models import Client, TokenSession
from apps.oauth.policy.step_up import usable_scopes
from apps.oauth.services.minting import Terms, subject_of
from apps.partners.formats import record_body, shown_groups
from apps.partners.models import Partner
from apps.partners.policy import BUYER_ONLY, GROUP_SCOPES, decide_claims, within_datatypes
from apps.partners.selectors import rules_of, with_groups
from apps.partners.services.reads import record_restricted_read

# Nobody is told what the buyer thinks of their own company, nor whole account numbers in passing.
VENDOR_SCOPES = tuple(scope for group, scope in GROUP_SCOPES.items() if group not in BUYER_ONLY)


def vendor_member(*, actor: Actor, at: datetime) -> dict[str, Any]:
    """Nothing, at no cost, for a token without any of the scopes or a session of no partner's."""
    if actor.partner_id is None or not actor.scopes.intersection(VENDOR_SCOPES):
        return {}
    by_role = decide_claims(scopes=actor.scopes, rules=rules_of(actor.role), buyer_side=False)
    claims = within_datatypes(by_role, actor.authorization_details)
    partner = with_groups(Partner.objects.filter(pk=actor.partner_id), claims.shown).get()
    body = record_body(partner, claims, at=at)
    record_restricted_read(actor=actor, at=at, groups=shown_groups([body]), partners=[partner])
    return {"id": partner.public_id, "status": partner.status, **body}


def _usable(terms: Terms, session: TokenSession, *, at: datetime) -> frozenset[str]:
    """Telling is a use, so of a person the restricted tier wants a recent sign-in here too."""
    if session.user_id is None:
        return frozenset(terms.scopes)
    signed_in = int(session.auth_time.timestamp()) if session.auth_time else None
    return usable_scopes(terms.scopes, acr=session.acr, auth_time=signed_in, at=at)


def vendor_for_token(
    session: TokenSession, client: Client, terms: Terms, origin: Origin, *, at: datetime
) -> dict[str, Any]:
    """The same beside a token that was just made, for clients set so."""
    if not client.vendor_claims_in_token_response:
        return {}
    person = session.user_id is not None
    actor = Actor(
        kind=ActorKind.USER if person else ActorKind.CLIENT,
        id=subject_of(session, client),
        label=client.name,
        session_id=session.pk,
        client_id=client.client_id,
        user_id=session.user_id,
        partner_id=session.partner_id,
        role=session.role,
        scopes=_usable(terms, session, at=at),
        authorization_details=tuple(terms.authorization_details),
        origin=origin,
    )
    return vendor_member(actor=actor, at=at)
