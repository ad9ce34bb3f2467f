"""What is bought by in a project: the policies that bear on it, and who must approve."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.identity.admin.acts import clock
from apps.identity.admin.cells import link, list_url, record_url, stack, sum_of, tag, to
from apps.identity.admin.records import Table
from apps.partners.models import Role
from apps.projects.admin.policy_tables import for_whom
from apps.projects.admin.words import limits_in_short, money
from apps.projects.models import ApprovalRule, PolicyVersion, Project, PurchasingPolicy
from apps.projects.policy import terms_of
from apps.projects.selectors import approval_rules_by_project
from apps.projects.selectors.bearing import policies_on

SHOWN = 20
NO_POLICY = "No policy bears on it: only scopes, the budget and the tokens limit what is bought. "
NO_POLICY += "“Add a purchasing policy” in their list sets one, for this project or for all."
NO_RULE = "No rule asks for an approval here: what policies let pass is approved as it is "
NO_RULE += "submitted. “Add an approval rule” in their list sets one."


def rules_tables(request: HttpRequest, project: Project) -> Iterator[Table]:
    if request.user.has_perm("projects.view_purchasingpolicy"):
        yield _policies(project)
    if request.user.has_perm("projects.view_approvalrule"):
        yield _approval_rules(project)


def _policies(project: Project) -> Table:
    """Its own first; as many statements for many as for one."""
    rows = [
        (to(policy), _version(version), _limits(version), for_whom(policy))
        for policy, version in policies_on(project, at=clock(), most=SHOWN)
    ]
    head = ("Policy", "Version", "Limits", "For")
    more = list_url(PurchasingPolicy, f"project={project.pk}&standing=yes")
    return Table("Purchasing policies", head, rows, NO_POLICY, more, cards=True)


def _version(version: PolicyVersion | None) -> SafeString:
    """The one in force."""
    if version is None:
        return tag("begins later", "warn")
    return link(f"Version {version.version}", record_url(version))


def _limits(version: PolicyVersion | None) -> SafeString | str:
    if version is None:
        return "none yet"
    return stack(limits_in_short(terms_of(version)) or ["no limit"])


def _approval_rules(project: Project) -> Table:
    rules = approval_rules_by_project(project_ids=[project.pk])[project.pk]
    currency = project.buyer_entity.base_currency
    rows = [
        (
            to(rule),
            sum_of(money(rule.amount_from, currency)),
            rule.category or "everything",
            f"{rule.min_approvers} x {Role(rule.approver_role).label}",
            rule.sequence,
            "this project" if rule.project_id else "every project",
        )
        for rule in rules[:SHOWN]
    ]
    head = ("Rule", "From", "Category", "Asks", "Turn", "For")
    more = list_url(ApprovalRule, "standing=yes")
    return Table("Approval rules", head, rows, NO_RULE, more, cards=True)
