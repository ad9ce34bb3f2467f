"""What a trusted issuer signs, of people and of clients: the key that signed it, and that it is
used once.
"""

from datetime import datetime

from joserfc.jwk import Key

from apps.oauth.models import TrustedIssuer
from apps.oauth.policy.assertions import Assertion, key_for
from apps.oauth.services.fetched_keys import Jwks, key_set_at, keys_from
from apps.oauth.services.replay import remember_once


def key_of_issuer(issuer: TrustedIssuer, assertion: Assertion, *, at: datetime) -> Key | None:
    """The issuer's key that may have signed it; its keys are followed when they change. None also
    when they cannot be fetched, which the log tells.
    """

    def found(jwks: Jwks | None) -> Key | None:
        return key_for(assertion, jwks)

    if issuer.jwks:
        return found(issuer.jwks)
    source = key_set_at(issuer.jwks_uri, owner=issuer.public_id, in_house=issuer.partner_id is None)
    return found(keys_from(source, lambda jwks: found(jwks) is not None, at=at))


def spend_once(issuer: TrustedIssuer, jti: str, *, until: datetime) -> bool:
    """True for the first that comes with what the issuer gave this id, whatever it is used for
    (RFC 7523 section 3 no. 7). ``until`` is when nobody takes it any more for its age.
    """
    purpose = f"trusted-issuer:{issuer.public_id}"
    return remember_once(purpose=purpose, value=jti, expires=until)
