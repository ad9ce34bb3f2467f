"""What one token may be made for: its key, its audience, its limits, its scopes."""

from apps.oauth.errors import InvalidDpopProofError
from apps.oauth.models import Client, TokenSession
from apps.oauth.policy.dpop import must_be_bound
from apps.oauth.policy.narrowing import with_actions_of
from apps.oauth.policy.scopes import for_machine, person_may_hold
from apps.oauth.selectors import ClientAtGrant
from apps.oauth.services.budgets import Grantee, details_by_policy, details_today
from apps.oauth.services.dpop import proved_key
from apps.oauth.services.exchange import Exchange
from apps.oauth.services.minting import Details, Terms
from apps.oauth.services.requested import (
    bound_projects,
    details_asked,
    details_for,
    details_within,
    machine_details,
    projects_within,
    resources_of_machine,
    resources_within,
)


def key_of(exchange: Exchange, client: Client) -> str:
    """The thumbprint of the key the request proves to have, or nothing.

    Raises InvalidDpopProofError, also where the client must prove one and does not (RFC 9449
    section 5.2), and UseDpopNonceError.
    """
    jkt = proved_key(exchange, at=exchange.at)
    if not jkt and must_be_bound(client):
        raise InvalidDpopProofError("This client's tokens are bound to a key: send a DPoP proof.")
    return jkt


def machine_terms(exchange: Exchange, grant: ClientAtGrant, scopes: list[str]) -> Terms:
    """What a client asks for itself. Raises what its parts raise."""
    client = grant.client
    held, jkt = for_machine(scopes), key_of(exchange, client)
    return Terms(
        scopes=held,
        resources=resources_of_machine(exchange.resources, client=client, dpop_jkt=jkt),
        authorization_details=_machine_details(exchange, grant, held),
        dpop_jkt=jkt,
    )


def _machine_details(exchange: Exchange, grant: ClientAtGrant, scopes: list[str]) -> Details:
    asked = machine_details(details_of(exchange), scopes)
    reached = grant.for_scopes(scopes).projects
    bound_projects(asked, reached, winding_down=grant.reach.winding_down)
    client = grant.client
    grantee = Grantee(client_id=client.client_id, partner_id=client.partner_id, role=client.role)
    return details_by_policy(asked, grantee=grantee, at=exchange.at)


def session_terms(
    exchange: Exchange, client: Client, session: TokenSession, scopes: list[str]
) -> Terms:
    """What a token of this person's session is for. Raises what its parts raise."""
    jkt = key_of(exchange, client)
    held = person_may_hold(scopes, dpop_jkt=jkt)
    details = _details_now(exchange, client, session, held)
    return Terms(
        scopes=held,
        resources=resources_within(
            exchange.resources, session=session, client=client, dpop_jkt=jkt
        ),
        authorization_details=details,
        projects=projects_within(details, session),
        dpop_jkt=jkt,
    )


def _details_now(
    exchange: Exchange, client: Client, session: TokenSession, scopes: list[str]
) -> Details:
    """Those of the session or narrower ones, and of these what this token's scopes and the
    policies leave today.
    """
    asked = details_of(exchange, sent_back=True)
    granted = details_within(asked, session.authorization_details)
    details_for(asked, scopes)  # An entry that names actions is left at least one of them.
    within = with_actions_of(granted, scopes=scopes)
    grantee = Grantee(client_id=client.client_id, partner_id=session.partner_id, role=session.role)
    return details_today(within, grantee=grantee, at=exchange.at)


def pushed_key(exchange: Exchange) -> str:
    """The key a pushed request binds its code to: the one it proves, which is the one it names if
    it does both (RFC 9449 section 10.1). Raises InvalidDpopProofError, UseDpopNonceError.
    """
    jkt, named = proved_key(exchange, at=exchange.at), exchange.parameters.get("dpop_jkt", "")
    if jkt and named and jkt != named:
        raise InvalidDpopProofError("dpop_jkt is not the key of the proof.")
    return jkt or named


def details_of(exchange: Exchange, *, sent_back: bool = False) -> Details:
    """What the request says. Raises InvalidAuthorizationDetailsError."""
    text = exchange.parameters.get("authorization_details", "")
    return details_asked(text, at=exchange.at, sent_back=sent_back)
