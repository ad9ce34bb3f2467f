"""Which role sees what of a partner's record: staff read and change it here."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from apps.identity.admin.acts import Act, OnceForm, ReasonForm, actor_of, clock
from apps.identity.admin.adding import AddableAdmin
from apps.identity.admin.cells import EMPTY, code
from apps.identity.admin.records import Facts, Table
from apps.identity.admin.trail import trail_table
from apps.partners.models import VENDOR_ROLES, ClaimRule, Role
from apps.partners.policy import BUYER_ONLY, GROUP_SCOPES
from apps.partners.selectors import rules_of
from apps.partners.services.claim_rules import set_claim_rules
from apps.partners.states import GROUP_FIELDS, ClaimGroup

NEXT = "It counts from the next request on, in every process."


class GroupFields(OnceForm):
    """One row of boxes per group; a group without any is hidden from the role."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        for group in ClaimGroup:
            self.fields[group] = forms.MultipleChoiceField(
                choices=[(name, name.replace("_", " ")) for name in GROUP_FIELDS[group]],
                required=False,
                widget=forms.CheckboxSelectMultiple,
                label=str(group.label).capitalize(),
                help_text=f"Also needs the scope {GROUP_SCOPES[group]}.",
            )


class EditRules(GroupFields, ReasonForm):
    """What the role of the record sees, filled in as it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        if not isinstance(self.record, ClaimRule):
            return
        for group, names in rules_of(self.record.role).items():
            self.fields[group].initial = names or GROUP_FIELDS[group]
        if self.record.role in VENDOR_ROLES:
            for group in BUYER_ONLY:
                del self.fields[group]
        self.order_fields([*(group for group in ClaimGroup), "reason"])


class SetRules(GroupFields, ReasonForm):
    """The same for a role that is chosen here, which may have no rule yet."""

    role = forms.ChoiceField(choices=Role.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        self.order_fields(["role", *(group for group in ClaimGroup), "reason"])


def chosen_rules(given: Mapping[str, Any]) -> dict[str, list[str]]:
    """All boxes of a group mean the group, with what may join it later."""
    return {
        str(group): [] if len(given[group]) == len(GROUP_FIELDS[group]) else list(given[group])
        for group in ClaimGroup
        if given.get(group)
    }


def _set(request: HttpRequest, role: str, given: dict[str, Any]) -> str:
    set_claim_rules(
        actor=actor_of(request),
        at=clock(),
        role=Role(role),
        rules=chosen_rules(given),
        reason=given["reason"],
    )
    return f"{Role(role).label}: what it sees is changed. {NEXT}"


def _edit(request: HttpRequest, rule: ClaimRule, given: dict[str, Any]) -> str:
    return _set(request, rule.role, given)


def _explain(_request: HttpRequest, rule: ClaimRule) -> Sequence[object]:
    return (f"All that {rule.get_role_display().lower()} sees of a partner's record. {NEXT}",)


@admin.register(ClaimRule)
class ClaimRuleAdmin(AddableAdmin[ClaimRule]):
    list_display = ("role", "group", "shown", "scope")
    list_filter = ("role", "group")
    search_fields = ("role", "group")
    empty_hint = "No rule: nobody sees anything of a partner's record."
    add_form = SetRules
    add_title = "Set what a role sees"
    add_button = "Set"
    add_intro = f"What stood before for the role is replaced. {NEXT}"
    step_up = True
    acts: ClassVar[Sequence[Act[ClaimRule]]] = (
        Act(
            name="edit",
            step_up=True,
            label="Change what the role sees",
            permission="partners.change_claimrule",
            explain=_explain,
            perform=_edit,
            form=EditRules,
        ),
    )

    @admin.display(description="Shown")
    def shown(self, rule: ClaimRule) -> str:
        return ", ".join(rule.fields) or "all of it"

    @admin.display(description="Scope")
    def scope(self, rule: ClaimRule) -> str:
        return GROUP_SCOPES.get(rule.group, EMPTY)

    def facts(self, _request: HttpRequest, rule: ClaimRule) -> Facts:
        return (
            ("Role", rule.get_role_display()),
            ("Group", rule.get_group_display()),
            ("Shown", self.shown(rule)),
            ("Scope needed besides", code(self.scope(rule))),
        )

    def tables(self, request: HttpRequest, rule: ClaimRule) -> Sequence[Table]:
        rows = [
            (ClaimGroup(group).label, ", ".join(names) or "all of it")
            for group, names in sorted(rules_of(rule.role).items())
        ]
        title = f"All that {rule.get_role_display().lower()} sees"
        return (
            Table(title, ("Group", "Shown"), rows, "Nothing."),
            *trail_table(request, rule.role, title="What was changed"),
        )

    def add(self, request: HttpRequest, given: dict[str, Any]) -> str:
        return _set(request, given["role"], given)
