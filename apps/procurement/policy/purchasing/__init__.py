"""What may be bought: one function decides, whoever asks and whenever."""

from apps.procurement.policy.purchasing.deciding import decide
from apps.procurement.policy.purchasing.decisions import Decision, Outcome, Reason, Step
from apps.procurement.policy.purchasing.documents import decision_document
from apps.procurement.policy.purchasing.facts import check_facts
from apps.procurement.policy.purchasing.hiding import (
    BUDGET,
    decision_without_budget,
    knows_budget,
)
from apps.procurement.policy.purchasing.limits import Spent, remaining, used
from apps.procurement.policy.purchasing.purchases import Amounts, Conversion, Purchase
from apps.procurement.policy.purchasing.refusals import first_denying, refuse
from apps.procurement.policy.purchasing.rules import (
    AccountKey,
    Limit,
    LimitKind,
    Rule,
    RuleBook,
    Source,
    SourceKind,
    Threshold,
)
from apps.procurement.policy.purchasing.thresholds import Earlier

__all__ = [
    "BUDGET",
    "AccountKey",
    "Amounts",
    "Conversion",
    "Decision",
    "Earlier",
    "Limit",
    "LimitKind",
    "Outcome",
    "Purchase",
    "Reason",
    "Rule",
    "RuleBook",
    "Source",
    "SourceKind",
    "Spent",
    "Step",
    "Threshold",
    "check_facts",
    "decide",
    "decision_document",
    "decision_without_budget",
    "first_denying",
    "knows_budget",
    "refuse",
    "remaining",
    "used",
]
