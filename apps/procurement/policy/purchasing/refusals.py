"""From a decision that denies to the refusal that says so."""

from typing import Any

from apps.procurement.errors import PURCHASE_REFUSALS
from apps.procurement.policy.purchasing.decisions import Decision, Reason
from apps.procurement.policy.purchasing.documents import decision_document, reason_document
from apps.procurement.policy.purchasing.rules import SourceKind

# Another rate, or another day, may settle these; so what nothing settles is told first.
LAST = "exchange-rate-missing"


def first_denying(decision: Decision) -> Reason | None:
    """The reason that a refusal tells of, where the purchase is denied."""
    denying = [reason for reason in decision.reasons if reason.denies]
    return min(denying, key=lambda reason: reason.code == LAST, default=None)


def refuse(decision: Decision) -> None:
    """Raises the refusal of the first reason that denies: with limit, requested, remaining and
    policy for the caller, and the whole decision for the trail.
    """
    first = first_denying(decision)
    if first is None:
        return
    raise PURCHASE_REFUSALS[first.code](
        first.detail,
        extra=_extra(first, decision),
        private={"decision": decision_document(decision)},
    )


def _extra(reason: Reason, decision: Decision) -> dict[str, Any]:
    """The members of the problem document (spec 8, reference 4e)."""
    told = reason_document(reason)
    limit, source = told["limit"] or {}, told["source"] or {}
    is_policy = reason.source is not None and reason.source.kind == SourceKind.POLICY
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
    }
