"""Who must approve which orders: staff add rules and retire them."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest

from apps.identity.admin.acts import Act, actor_of, clock
from apps.identity.admin.adding import AddableAdmin
from apps.identity.admin.cells import EMPTY, code, many, tag, to, when
from apps.identity.admin.records import Facts, Table
from apps.identity.admin.trail import trail_table
from apps.identity.selectors import administrators
from apps.partners.models import Role
from apps.projects.admin.filters import RetiredFilter
from apps.projects.admin.rule_form import RuleForm
from apps.projects.admin.words import money
from apps.projects.models import ApprovalRule
from apps.projects.policy.applying import too_few_for
from apps.projects.services import add_approval_rule, retire_approval_rule


def _retire(request: HttpRequest, rule: ApprovalRule, given: dict[str, Any]) -> str:
    retire_approval_rule(actor=actor_of(request), at=clock(), rule=rule, reason=given["reason"])
    return f"{rule} is retired."


def _explain(_request: HttpRequest, rule: ApprovalRule) -> Sequence[object]:
    return (
        f"Sessions granted from now on do not ask for {rule} any more. Older ones still do.",
        "Orders that wait for an approval already go on waiting for it.",
    )


@admin.register(ApprovalRule)
class ApprovalRuleAdmin(AddableAdmin[ApprovalRule]):
    list_display = ("name", "buyer_entity", "where", "covers", "asks_from", "asks", "standing")
    list_filter = ("buyer_entity", RetiredFilter)
    list_select_related = ("buyer_entity", "project")
    search_fields = ("name", "category", "project__number")
    empty_hint = "No approval rule: what policies let pass is approved as it is submitted."
    add_form = RuleForm
    add_title = "Add an approval rule"
    add_button = "Add"
    add_intro = "Orders submitted from now on that fit need the approval. Nobody approves what "
    add_intro += "they wrote or submitted themselves."
    step_up = True
    acts: ClassVar[Sequence[Act[ApprovalRule]]] = (
        Act(
            name="retire",
            step_up=True,
            label="Retire",
            permission="projects.change_approvalrule",
            explain=_explain,
            perform=_retire,
            applies=lambda rule: rule.retired_at is None,
            takes_away=True,
        ),
    )

    @admin.display(description="Project", ordering="project__number")
    def where(self, rule: ApprovalRule) -> str:
        return str(rule.project or "every project")

    @admin.display(description="Category", ordering="category")
    def covers(self, rule: ApprovalRule) -> str:
        return rule.category or "everything"

    @admin.display(description="From", ordering="amount_from")
    def asks_from(self, rule: ApprovalRule) -> str:
        return money(rule.amount_from, rule.buyer_entity.base_currency)

    @admin.display(description="Asks")
    def asks(self, rule: ApprovalRule) -> str:
        return f"{rule.min_approvers} x {Role(rule.approver_role).label}"

    @admin.display(description="Standing", ordering="retired_at")
    def standing(self, rule: ApprovalRule) -> object:
        return tag("retired", "plain") if rule.retired_at else tag("in effect", "good")

    def facts(self, _request: HttpRequest, rule: ApprovalRule) -> Facts:
        warning = "" if rule.retired_at else too_few_for(rule, administrators())
        return (
            ("Standing", self.standing(rule)),
            ("Buyer entity", to(rule.buyer_entity)),
            ("Project", to(rule.project) if rule.project else "every project"),
            ("Category begins with", self.covers(rule)),
            ("From", self.asks_from(rule)),
            ("Asks", f"{rule.min_approvers} of the role {Role(rule.approver_role).label}"),
            *((("Careful", warning),) if warning else ()),
            ("In turn", rule.sequence),
            ("Orders count as one within", many(rule.split_days, "day")),
            ("Added", when(rule.created_at)),
            ("Retired", when(rule.retired_at) if rule.retired_at else EMPTY),
            ("Id", code(rule.public_id)),
        )

    def tables(self, request: HttpRequest, rule: ApprovalRule) -> Sequence[Table]:
        return (*trail_table(request, rule.public_id),)

    def add(self, request: HttpRequest, given: dict[str, Any]) -> str:
        rule = add_approval_rule(actor=actor_of(request), at=clock(), **given)
        if warning := too_few_for(rule, administrators()):
            messages.warning(request, warning)
        return f"{rule} is added. It counts from the next order that is submitted."
