"""The rules about partners: roles, what is on record, who sees what of it, bank accounts."""

from apps.partners.policy.claims import (
    BUYER_ONLY,
    GROUP_SCOPES,
    RESTRICTED_GROUPS,
    Claims,
    Rules,
    claims_of_role,
    decide_claims,
    rule_faults,
    within_datatypes,
)
from apps.partners.policy.companies import (
    giver_faults,
    identifier_faults,
    is_unbounded,
    portal_role_faults,
    portal_roles,
    require_administrator,
    role_faults,
    roles_of,
    roles_open_to,
)

__all__ = [
    "BUYER_ONLY",
    "GROUP_SCOPES",
    "RESTRICTED_GROUPS",
    "Claims",
    "Rules",
    "claims_of_role",
    "decide_claims",
    "giver_faults",
    "identifier_faults",
    "is_unbounded",
    "portal_role_faults",
    "portal_roles",
    "require_administrator",
    "role_faults",
    "roles_of",
    "roles_open_to",
    "rule_faults",
    "within_datatypes",
]
