"""Token exchange (RFC 8693): a trusted issuer's token or ours, for an access token of ours."""

from dataclasses import replace

from apps.oauth.errors import InvalidRequestError
from apps.oauth.models.clients import GrantType
from apps.oauth.policy.exchange import (
    ACCESS_TOKEN,
    ID_TOKEN_TYPES,
    Subject,
    SubjectRefusedError,
    read_subject,
)
from apps.oauth.selectors import ClientAtGrant
from apps.oauth.services.delegation import issue_for_our_token
from apps.oauth.services.exchange import Exchange
from apps.oauth.services.tokens import IssuedTokens
from apps.oauth.services.vouching import Demand, issue_for_vouched


def exchange_token(*, exchange: Exchange, grant: ClientAtGrant) -> IssuedTokens:
    """An access token for the one presented, never wider than that. Raises InvalidRequestError,
    also for a token that is not accepted (RFC 8693 section 2.2.2), and what asking for scopes,
    resources, details and a proof of a key raises.
    """
    subject = read_subject(exchange.parameters)
    try:
        issued = _exchanged(exchange, grant, subject)
    except SubjectRefusedError as error:
        raise InvalidRequestError("The subject_token is not accepted.", hint=str(error)) from error
    return replace(issued, issued_token_type=ACCESS_TOKEN)


def _exchanged(exchange: Exchange, grant: ClientAtGrant, subject: Subject) -> IssuedTokens:
    if subject.type == ACCESS_TOKEN:
        return issue_for_our_token(exchange=exchange, grant=grant, token=subject.token)
    demand = Demand(token=subject.token, types=ID_TOKEN_TYPES)
    return issue_for_vouched(
        exchange=exchange, grant=grant, demand=demand, grant_type=GrantType.TOKEN_EXCHANGE
    )
