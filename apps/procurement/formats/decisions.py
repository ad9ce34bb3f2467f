"""A decision and what it was asked about, the same for the API, the command and the admin."""

from typing import Any

from apps.core.actor import Actor
from apps.core.ids import encode_id
from apps.partners.models import Partner
from apps.procurement.money import amount
from apps.procurement.policy.purchasing import (
    BUDGET,
    Decision,
    Purchase,
    decision_document,
    decision_without_budget,
    first_denying,
    knows_budget,
)
from apps.procurement.policy.purchasing.questions import left_open
from apps.projects.models import Project


def answer_body(purchase: Purchase, decision: Decision) -> dict[str, Any]:
    """``code`` is the problem that the order would be refused with."""
    told = decision_document(decision)
    denying = first_denying(decision)
    return {
        "decision": told["outcome"],
        "code": denying.code if denying else None,
        "policy_version": told["policy_version"],
        "reasons": told["reasons"],
        "approvals": told["approvals"],
        "left_open": list(left_open(purchase)),
        "asked": purchase_body(purchase),
    }


def told_body(purchase: Purchase, decision: Decision, actor: Actor) -> dict[str, Any]:
    """The answer as the caller may know it."""
    body = answer_body(purchase, decision)
    if knows_budget(actor):
        return body
    return {**decision_without_budget(body), "_redacted": [BUDGET]}


def purchase_body(purchase: Purchase) -> dict[str, Any]:
    return {
        "project": encode_id(Project.id_prefix, purchase.project),
        "vendor": purchase.vendor and encode_id(Partner.id_prefix, purchase.vendor),
        "currency": purchase.currency,
        "amount": amount(purchase.amount, purchase.currency),
        "categories": sorted(purchase.categories),
        "ship_to": purchase.ship_to,
        "contract_ref": purchase.contract_ref,
    }
