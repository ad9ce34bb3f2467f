"""Whom a purchasing policy may be for: one that can bind nobody would only seem to protect."""

from collections.abc import Iterator

from apps.core.errors import FieldError
from apps.partners.models import VENDOR_ROLES, PartnerKind, Role
from apps.projects.models import ApprovalRule, PurchasingPolicy

BUYING_ROLES = tuple(role for role in Role if role not in VENDOR_ROLES)
# Whoever approves is a person with the scope for it, which this role alone has (spec 4 no. 1): a
# rule that asked another would be met by nobody who has that.
APPROVING_ROLES = (Role.APPROVER_ADMIN,)
LONGEST_SPLIT = 366
HIGHEST_SEQUENCE = 99


def policy_faults(policy: PurchasingPolicy) -> Iterator[FieldError]:
    """The vendors that may be bought from stand in its versions; here stands who buys."""
    if policy.partner is not None and policy.partner.kind == PartnerKind.VENDOR:
        detail = f"{policy.partner.name} is a vendor and buys nothing. Name it among the vendors."
        yield FieldError("/partner", "is-vendor", detail)
    if policy.role and policy.role not in BUYING_ROLES:
        detail = f"{policy.role!r} is not a role that buys; these are: {', '.join(BUYING_ROLES)}."
        yield FieldError("/role", "role-not-allowed", detail)
    project = policy.project
    if project is not None and project.buyer_entity_id != policy.buyer_entity_id:
        yield _elsewhere(f"{project.number} is a project of another buyer entity.")


def rule_faults(rule: ApprovalRule) -> Iterator[FieldError]:
    """Apart from its category and amount."""
    if rule.approver_role not in APPROVING_ROLES:
        known = ", ".join(APPROVING_ROLES)
        detail = f"{rule.approver_role!r} does not approve; these do: {known}."
        yield FieldError("/approver_role", "role-not-allowed", detail)
    project = rule.project
    if project is not None and project.buyer_entity_id != rule.buyer_entity_id:
        yield _elsewhere(f"{project.number} is a project of another buyer entity.")
    if not 1 <= rule.sequence <= HIGHEST_SEQUENCE:
        yield FieldError("/sequence", "invalid", f"A place is 1 to {HIGHEST_SEQUENCE}.")
    if not 0 <= rule.split_days <= LONGEST_SPLIT:
        yield FieldError("/split_days", "invalid", f"Give 0 to {LONGEST_SPLIT} days.")


def too_few_for(rule: ApprovalRule, people: int) -> str:
    """A warning where the rule asks for more people than could ever meet it; else nothing. It is
    no fault: the others may come later.
    """
    if people >= rule.min_approvers:
        return ""
    there = {0: "nobody is", 1: "only 1 person is"}.get(people, f"only {people} people are")
    return (
        f"{rule.name} asks for {rule.min_approvers} different people, and {there} an active "
        "administrator: what it fits waits until there are more of them."
    )


def _elsewhere(detail: str) -> FieldError:
    return FieldError("/project", "other-buyer", detail)
