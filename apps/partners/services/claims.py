"""What a caller is shown of a partner's record, by the rules as they are at this moment."""

from apps.core.actor import Actor
from apps.partners.policy import Claims, claims_of_role, decide_claims, within_datatypes
from apps.partners.selectors.claims import rules_of


def claims_of(actor: Actor) -> Claims:
    """What the caller's token and role show."""
    claims = decide_claims(
        scopes=actor.scopes, rules=rules_of(actor.role), buyer_side=not actor.acts_for_vendor
    )
    return within_datatypes(claims, actor.authorization_details)


def role_claims_of(actor: Actor) -> Claims:
    """What the role allows, within the token's datatypes: for a write, whose scope was asked for,
    and for staff, who have no token.
    """
    claims = claims_of_role(rules_of(actor.role), buyer_side=not actor.acts_for_vendor)
    return within_datatypes(claims, actor.authorization_details)
