"""Who may know what a project's budget comes to, and what everybody else is told (reference 3e)."""

from decimal import Decimal
from typing import Any

from apps.core.actor import Actor, ActorKind
from apps.core.money import written
from apps.procurement.policy.costs import sees_costs
from apps.procurement.policy.purchasing.rules import LimitKind

BUDGET = "budget"  # What `_redacted` names, here as of a project.


def knows_budget(actor: Actor) -> bool:
    """As of a project: the buyer's side with the scope for costs; and staff, on their pages."""
    return actor.kind == ActorKind.STAFF or sees_costs(actor)


def decision_without_budget(decision: dict[str, Any]) -> dict[str, Any]:
    """A document with a decision's ``reasons``, each as `without_budget` tells it."""
    return {**decision, "reasons": [without_budget(reason) for reason in decision["reasons"]]}


def without_budget(reason: dict[str, Any]) -> dict[str, Any]:
    """A reason's document with no amount of the budget's: whether it is kept is told, for an order
    would tell that as well.
    """
    limit = reason["limit"]
    if limit is None or limit["kind"] != LimitKind.BUDGET:
        return reason
    asked = written(Decimal(reason["requested"]), limit["currency"])
    come = reason.get("converted")
    if come:
        asked = f"{asked} ({written(Decimal(come['amount']), come['currency'])})"
    how = "go beyond" if reason["denies"] else "are within"
    return {
        **reason,
        "detail": f"{asked} {how} what remains of the budget of {reason['source']['name']}.",
        "limit": {**limit, "amount": None},
        "remaining": None,
    }
