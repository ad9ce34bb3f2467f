"""Pure rules: when access ends, what a buyer's company is made of, what policies may say."""

from apps.projects.money import Rate, Rates
from apps.projects.policy.codes import category_faults, covers, written_alike
from apps.projects.policy.ends import end_of_day
from apps.projects.policy.entities import entity_faults
from apps.projects.policy.terms import PolicyTerms, terms_of

__all__ = [
    "PolicyTerms",
    "Rate",
    "Rates",
    "category_faults",
    "covers",
    "end_of_day",
    "entity_faults",
    "terms_of",
    "written_alike",
]
