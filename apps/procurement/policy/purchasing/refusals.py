"""From a decision that denies to the refusal that says so."""

from typing import Any

from apps.core.errors import FieldError
from apps.procurement.errors import PURCHASE_REFUSALS
from apps.procurement.policy.purchasing.decisions import Decision, Reason
from apps.procurement.policy.purchasing.documents import decision_document, reason_document
from apps.procurement.policy.purchasing.hiding import BUDGET, without_budget
from apps.procurement.policy.purchasing.rules import SourceKind

# Another rate, or another day, may settle these; so what nothing settles is told first.
LAST = "exchange-rate-missing"
MOST_POINTED = 50


def first_denying(decision: Decision) -> Reason | None:
    """The reason that a refusal tells of, where the purchase is denied."""
    denying = [reason for reason in decision.reasons if reason.denies]
    return min(denying, key=lambda reason: reason.code == LAST, default=None)


def refuse(decision: Decision, *, tells_budget: bool = False) -> None:
    """Raises the refusal of the first reason that denies: with limit, requested, remaining and
    policy for the caller, and the whole decision for the trail. What a project's budget comes to is
    told only where it may be.
    """
    first = first_denying(decision)
    if first is None:
        return
    known = reason_document(first)
    told = known if tells_budget else without_budget(known)
    hidden = {} if told == known else {"_redacted": [BUDGET]}
    raise PURCHASE_REFUSALS[first.code](
        told["detail"],
        errors=_pointed(decision),
        extra={**_extra(told, decision), **hidden},
        private={"decision": decision_document(decision)},
    )


def _pointed(decision: Decision) -> list[FieldError]:
    """Every place of the order that something denies, not only the first."""
    denying = [reason for reason in decision.reasons if reason.denies]
    found = [
        FieldError(pointer, reason.code, reason.detail)
        for reason in denying
        for pointer in reason.pointers
    ]
    return list(dict.fromkeys(found))[:MOST_POINTED]


def _extra(told: dict[str, Any], decision: Decision) -> dict[str, Any]:
    """The members of the problem document (spec 8, reference 4e)."""
    limit, source = told["limit"] or {}, told["source"] or {}
    is_policy = source.get("kind") == SourceKind.POLICY
    found = {
        "policy": source["id"] if is_policy else None,
        "policy_version": source.get("version") or decision.policy_version,
        "source": {name: source[name] for name in ("kind", "id", "name")} if source else None,
    }
    if not limit:
        return found
    return {
        **found,
        "limit": limit["amount"],
        "limit_kind": limit["kind"],
        "days": limit["days"],
        "currency": limit["currency"],
        "requested": told["requested"],
        "remaining": told["remaining"],
        **({"converted": told["converted"]} if "converted" in told else {}),
    }
