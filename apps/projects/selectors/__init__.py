"""Finding projects, what is bought for them, and the rules for it."""

from apps.projects.selectors.approval_rules import (
    approval_rules_by_project,
)
from apps.projects.selectors.entities import categories_of, unlisted_categories
from apps.projects.selectors.policies import policies_applying, policies_by_project
from apps.projects.selectors.projects import (
    open_projects,
    open_projects_for,
    project_by_reference,
    unclosed_projects,
    valid_membership,
)
from apps.projects.selectors.rates import rate_between, rates_among
from apps.projects.selectors.versions import (
    effective_at,
    latest_version,
    newest_policy_version,
    newest_version,
    version_in_effect,
)

__all__ = [
    "approval_rules_by_project",
    "categories_of",
    "effective_at",
    "latest_version",
    "newest_policy_version",
    "newest_version",
    "open_projects",
    "open_projects_for",
    "policies_applying",
    "policies_by_project",
    "project_by_reference",
    "rate_between",
    "rates_among",
    "unclosed_projects",
    "unlisted_categories",
    "valid_membership",
    "version_in_effect",
]
