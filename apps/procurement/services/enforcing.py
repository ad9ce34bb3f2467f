"""Decisions that are held to, other than answers to questions: each has an id of its own."""

from dataclasses import replace

from apps.core.ids import encode_id, new_id
from apps.procurement.policy.purchasing import Decision, refuse

DECISION_PREFIX = "dec"


def enforce(decision: Decision, *, tells_budget: bool = False) -> Decision:
    """The decision with its id, by which a refusal's event, an act's event and the order's context
    are found together (reference 3f). Raises what PURCHASE_REFUSALS names.
    """
    named = replace(decision, id=encode_id(DECISION_PREFIX, new_id()))
    refuse(named, tells_budget=tells_budget)
    return named
