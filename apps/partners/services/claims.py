"""What a caller is shown of a partner's record, by the rules as they are at this moment."""

from apps.core.actor import Actor
from apps.partners.policy import Claims, claims_of_role, decide_claims
from apps.partners.selectors.claims import rules_of


def claims_of(actor: Actor) -> Claims:
    """What the caller's token and role show."""
    return decide_claims(
        scopes=actor.scopes, rules=rules_of(actor.role), buyer_side=not actor.acts_for_vendor
    )


def role_claims_of(actor: Actor) -> Claims:
    """What the role alone allows: for a write, whose scope was asked for, and for staff."""
    return claims_of_role(rules_of(actor.role), buyer_side=not actor.acts_for_vendor)
