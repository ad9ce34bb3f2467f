"""Policies in the words of the trail."""

from typing import Any

from apps.core.ids import encode_id
from apps.partners.models import Partner
from apps.projects.models import PurchasingPolicy
from apps.projects.policy.terms import AMOUNTS, PolicyTerms

LISTS = ("categories_allowed", "categories_denied", "currencies", "ship_to")


def who_document(policy: PurchasingPolicy) -> dict[str, str]:
    """Whom a policy is for; what is not named is any."""
    named = {
        "client_id": policy.client_id,
        "partner": policy.partner.public_id if policy.partner else "",
        "role": policy.role,
        "project": policy.project.public_id if policy.project else "",
    }
    told = {name: value for name, value in named.items() if value}
    return {"buyer_entity": policy.buyer_entity.public_id, **told}


def terms_document(terms: PolicyTerms) -> dict[str, Any]:
    """What restricts something."""
    amounts = {name: getattr(terms, name) for name in AMOUNTS}
    told: dict[str, Any] = {name: list(getattr(terms, name)) for name in LISTS}
    told["vendors"] = [encode_id(Partner.id_prefix, vendor) for vendor in terms.vendors]
    told |= {name: f"{amount:f}" for name, amount in amounts.items() if amount is not None}
    told |= {"period_days": terms.period_days, "requires_contract": terms.requires_contract}
    return {"currency": terms.currency, **{name: value for name, value in told.items() if value}}
