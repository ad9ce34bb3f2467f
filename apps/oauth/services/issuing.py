"""The token endpoint's one act: what the exchange found becomes tokens."""

from collections.abc import Callable

from apps.oauth.errors import InvalidClientError, InvalidGrantError
from apps.oauth.models import Client, Grant, RefreshToken
from apps.oauth.models.clients import GrantType
from apps.oauth.policy.refresh import rotates
from apps.oauth.policy.scopes import person_may_hold
from apps.oauth.selectors import ClientAtGrant
from apps.oauth.services.device import redeem_device_code
from apps.oauth.services.exchange import Exchange
from apps.oauth.services.jwt_bearer import redeem_assertion
from apps.oauth.services.terms import machine_terms, session_terms
from apps.oauth.services.token_exchange import exchange_token
from apps.oauth.services.tokens import (
    IssuedTokens,
    issue_to_client,
    redeem_code,
    refresh_tokens,
)


def issue_tokens(*, exchange: Exchange, client: Client, scopes: list[str]) -> IssuedTokens:
    """Raises the DomainErrors of the grant in question; nothing was used up by then unless the
    grant says so.
    """
    if exchange.code is not None:
        return _for_code(exchange, exchange.code, client)
    if exchange.refresh is not None:
        return _for_refresh(exchange, exchange.refresh, client, scopes)
    own = _OWN.get(exchange.parameters.get("grant_type", ""))
    if own is not None and exchange.client is not None:
        return own(exchange=exchange, grant=exchange.client)
    return _for_client(exchange, scopes)


def _for_device(*, exchange: Exchange, grant: ClientAtGrant) -> IssuedTokens:
    return redeem_device_code(
        exchange=exchange,
        device_code=exchange.parameters.get("device_code", ""),
        client=grant.client,
    )


_OWN: dict[str, Callable[..., IssuedTokens]] = {
    GrantType.DEVICE_CODE: _for_device,
    GrantType.TOKEN_EXCHANGE: exchange_token,
    GrantType.JWT_BEARER: redeem_assertion,
}


def _for_code(exchange: Exchange, code: Grant, client: Client) -> IssuedTokens:
    terms = session_terms(exchange, client, code.session, code.scope.split())
    if code.dpop_jkt and code.dpop_jkt != terms.dpop_jkt:  # RFC 9449 section 10.
        raise InvalidGrantError("The code is bound to another key.")
    return redeem_code(
        code=code, client=client, terms=terms, origin=exchange.origin, at=exchange.at
    )


def _for_refresh(
    exchange: Exchange, row: RefreshToken, client: Client, scopes: list[str]
) -> IssuedTokens:
    session = row.session
    held = person_may_hold(scopes, dpop_jkt=session.dpop_jkt)
    return refresh_tokens(
        presented=exchange.parameters["refresh_token"],
        row=row,
        client=client,
        terms=session_terms(exchange, client, session, held),
        rotates=rotates(client, row),
        origin=exchange.origin,
        at=exchange.at,
    )


def _for_client(exchange: Exchange, scopes: list[str]) -> IssuedTokens:
    if exchange.client is None:
        raise InvalidClientError
    return issue_to_client(
        grant=exchange.client,
        terms=machine_terms(exchange, exchange.client, scopes),
        auth_method=exchange.auth_method,
        origin=exchange.origin,
        at=exchange.at,
    )
