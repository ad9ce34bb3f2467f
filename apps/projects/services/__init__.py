"""Setting up what is bought for and by which rules: buyer entities, projects, members, policies."""

from apps.projects.services.approval_rules import add_approval_rule, retire_approval_rule
from apps.projects.services.closing import flip_ended, flip_reopened
from apps.projects.services.entities import (
    add_category,
    create_buyer_entity,
    retire_category,
    set_policy_required,
    set_tax_id,
)
from apps.projects.services.exchange_rates import add_exchange_rates
from apps.projects.services.lifecycle import hold_project, open_project, resume_project
from apps.projects.services.members import add_member, change_member, remove_member
from apps.projects.services.policies import add_policy
from apps.projects.services.policy_ends import retire_policy
from apps.projects.services.policy_versions import add_policy_version
from apps.projects.services.projects import create_project, edit_project, project_subject
from apps.projects.services.rate_withdrawals import withdraw_exchange_rate

__all__ = [
    "add_approval_rule",
    "add_category",
    "add_exchange_rates",
    "add_member",
    "add_policy",
    "add_policy_version",
    "change_member",
    "create_buyer_entity",
    "create_project",
    "edit_project",
    "flip_ended",
    "flip_reopened",
    "hold_project",
    "open_project",
    "project_subject",
    "remove_member",
    "resume_project",
    "retire_approval_rule",
    "retire_category",
    "retire_policy",
    "set_policy_required",
    "set_tax_id",
    "withdraw_exchange_rate",
]
