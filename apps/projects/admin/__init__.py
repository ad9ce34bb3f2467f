"""Projects, the buyer's companies and the rules of what may be bought, for staff."""

from apps.projects.admin.approval_rules import ApprovalRuleAdmin
from apps.projects.admin.entities import BuyerEntityAdmin
from apps.projects.admin.exchange_rates import ExchangeRateAdmin
from apps.projects.admin.policy_versions import PolicyVersionAdmin
from apps.projects.admin.projects import ProjectAdmin

__all__ = [
    "ApprovalRuleAdmin",
    "BuyerEntityAdmin",
    "ExchangeRateAdmin",
    "PolicyVersionAdmin",
    "ProjectAdmin",
]
