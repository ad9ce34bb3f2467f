"""Reading what may be bought: rules, rates, what is spent, and the answer."""

from apps.procurement.services.purchasing.amounts import amounts_of
from apps.procurement.services.purchasing.answers import decision_on
from apps.procurement.services.purchasing.books import rule_books_for, rules_for
from apps.procurement.services.purchasing.callers import actor_of_session
from apps.procurement.services.purchasing.series import purchase_of
from apps.procurement.services.purchasing.shown import ShownLimit, Standing, standing_of
from apps.procurement.services.purchasing.spent import spent_on

__all__ = [
    "ShownLimit",
    "Standing",
    "actor_of_session",
    "amounts_of",
    "decision_on",
    "purchase_of",
    "rule_books_for",
    "rules_for",
    "spent_on",
    "standing_of",
]
