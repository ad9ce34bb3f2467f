"""The JWT bearer grant (RFC 7523 section 2.1): a trusted issuer's assertion about a person."""

from django.conf import settings

from apps.oauth.errors import InvalidGrantError, InvalidRequestError
from apps.oauth.models.clients import GrantType
from apps.oauth.policy.exchange import ASSERTION_TYPES, SubjectRefusedError
from apps.oauth.selectors import ClientAtGrant
from apps.oauth.services.exchange import Exchange
from apps.oauth.services.tokens import IssuedTokens
from apps.oauth.services.vouching import Demand, issue_for_vouched


def redeem_assertion(*, exchange: Exchange, grant: ClientAtGrant) -> IssuedTokens:
    """An access token for an assertion that is for this server alone, and used once (RFC 7523
    section 3). Raises InvalidRequestError, InvalidGrantError (section 3.1) and what asking for
    scopes, resources, details and a proof of a key raises.
    """
    assertion = exchange.parameters.get("assertion")
    if not assertion:
        raise InvalidRequestError("Missing assertion parameter.")
    here = (settings.PUBLIC_URL, f"{settings.PUBLIC_URL}/oauth/token")
    demand = Demand(token=assertion, types=ASSERTION_TYPES, audiences=here, must_have_id=True)
    try:
        return issue_for_vouched(
            exchange=exchange, grant=grant, demand=demand, grant_type=GrantType.JWT_BEARER
        )
    except SubjectRefusedError as error:
        raise InvalidGrantError("The assertion is not accepted.", hint=str(error)) from error
