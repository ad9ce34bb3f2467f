"""A decision as JSON: as revisions keep it, the trail tells it and the API answers it."""

from decimal import Decimal
from typing import Any

from apps.procurement.money import amount
from apps.procurement.policy.purchasing.come_of import ComeOf
from apps.procurement.policy.purchasing.decisions import Decision, Reason, Step
from apps.procurement.policy.purchasing.rules import Limit, Source


def decision_document(decision: Decision) -> dict[str, Any]:
    """Strings, whole numbers, truths, lists and objects only."""
    return {
        "id": decision.id or None,
        "outcome": str(decision.outcome),
        "policy_version": decision.policy_version,
        "policies": [{"id": one.id, "version": one.version} for one in decision.policies],
        "reasons": [reason_document(reason) for reason in decision.reasons],
        "approvals": [step_document(step) for step in decision.steps],
    }


def reason_document(reason: Reason) -> dict[str, Any]:
    return {
        "code": reason.code,
        "denies": reason.denies,
        "detail": reason.detail,
        "source": source_document(reason.source) if reason.source else None,
        "limit": limit_document(reason.limit) if reason.limit else None,
        "requested": _amount(reason.requested, reason.limit),
        "remaining": _amount(reason.remaining, reason.limit),
        **({"converted": converted_document(reason.converted)} if reason.converted else {}),
    }


def converted_document(converted: ComeOf) -> dict[str, Any]:
    return {
        "amount": amount(converted.amount, converted.currency),
        "currency": converted.currency,
        "rate": f"{converted.rate.normalize():f}",
        "rate_date": converted.on.isoformat(),
    }


def source_document(source: Source) -> dict[str, Any]:
    return {
        "kind": str(source.kind),
        "id": source.id,
        "name": source.name,
        "version": source.version,
    }


def limit_document(limit: Limit) -> dict[str, Any]:
    return {
        "kind": str(limit.kind),
        "amount": amount(limit.amount, limit.currency),
        "currency": limit.currency,
        "days": limit.days,
    }


def _amount(value: Decimal | None, limit: Limit | None) -> str | None:
    return amount(value, limit.currency) if limit and value is not None else None


def step_document(step: Step) -> dict[str, Any]:
    return {
        "sequence": step.sequence,
        "approver_role": step.approver_role,
        "min_approvers": step.min_approvers,
        "why": step.why,
        "rule": step.rule or None,
    }
