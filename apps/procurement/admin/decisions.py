"""A decision in plain words: what was looked at, whose word it is, and who is asked."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse

from apps.core.ids import decode_id
from apps.identity.admin.cells import EMPTY, link, stack, tag
from apps.identity.admin.records import Table
from apps.oauth.models import TokenSession
from apps.partners.models import Role
from apps.procurement.policy.purchasing import Decision, decision_document
from apps.projects.models import ApprovalRule, Project, PurchasingPolicy

HEAD = ("Answer", "Whose word")
PAGES = {
    "policy": (PurchasingPolicy.id_prefix, "admin:projects_purchasingpolicy_change"),
    "token": (TokenSession.id_prefix, "admin:oauth_tokensession_change"),
    "project": (Project.id_prefix, "admin:projects_project_change"),
    "approval_rule": (ApprovalRule.id_prefix, "admin:projects_approvalrule_change"),
}
Document = Mapping[str, Any]


def decision_tables(decision: Decision) -> Sequence[Table]:
    """Of a decision that has just been made."""
    return document_tables(decision_document(decision))


def document_tables(told: Document, *, of: str = "") -> Sequence[Table]:
    """Of one as a revision or an event keeps it, what denies first. ``of`` tells several apart on
    one page.
    """
    reasons = sorted(told["reasons"], key=lambda reason: not reason["denies"])
    rows = [_row(reason) for reason in reasons]
    tables = [Table(f"What was looked at{of}", HEAD, rows, "No rule speaks against it.")]
    if told["approvals"]:
        tables.append(_asked(told["approvals"], of))
    return tables


def _asked(steps: Iterable[Document], of: str) -> Table:
    rows = [
        (step["sequence"], Role(step["approver_role"]).label, step["min_approvers"], step["why"])
        for step in steps
    ]
    return Table(f"Who is asked{of}", ("Turn", "Role", "People", "Why"), rows, "Nobody.")


def _row(reason: Document) -> tuple[object, ...]:
    return (stack((_answer(reason), reason["detail"])), source_of(reason["source"]))


def _answer(reason: Document) -> object:
    if reason["denies"]:
        return tag(reason["code"], "bad")
    return tag("ok", "good") if reason["code"] == "within-limit" else tag(reason["code"], "warn")


def source_of(source: Document | None) -> object:
    """A link to the policy, session, project or approval rule, with the version that spoke."""
    if source is None:
        return EMPTY
    prefix, page = PAGES[source["kind"]]
    key = decode_id(prefix, source["id"])
    version = f", version {source['version']}" if source["version"] else ""
    name = f"{source['name']}{version}"
    return link(name, reverse(page, args=[key])) if key else name
