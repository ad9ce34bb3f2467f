"""Which role sees what of a partner's record: staff read and change it here."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import urlencode

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


class RoleRules(GroupFields, ReasonForm):
    """What one role sees, filled in as it is. What would be taken from it is said first, and done
    when the form is sent once more.
    """

    takes_away = forms.CharField(required=False, widget=forms.HiddenInput)
    seen: Mapping[str, Sequence[str]] = MappingProxyType({})

    def fill_in(self, role: str) -> None:
        self.seen = {group: names or GROUP_FIELDS[group] for group, names in rules_of(role).items()}
        for group, names in self.seen.items():
            self.fields[group].initial = names
        if role in VENDOR_ROLES:
            for group in BUYER_ONLY:
                del self.fields[group]
        self.order_fields([*(group for group in ClaimGroup), "reason"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        lost = "; ".join(self._lost(given))
        if lost and given.pop("takes_away", "") != lost:
            data = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
            data["takes_away"] = lost
            self.data = data
            self.add_error(
                None,
                f"This takes away {lost}. Nothing is changed yet: to confirm, send it once more.",
            )
        return given

    def _lost(self, given: Mapping[str, Any]) -> Iterator[str]:
        for group, names in sorted(self.seen.items()):
            gone = sorted(set(names) - set(given.get(group, ())))
            if gone:
                yield f"{ClaimGroup(group).label}: {', '.join(gone)}".replace("_", " ").lower()


class EditRules(RoleRules):
    """Of the role that the record is about."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        if isinstance(self.record, ClaimRule):
            self.fill_in(self.record.role)


class ChooseRole(OnceForm):
    """Which role it is about; what it sees is then shown as it is, to be changed."""

    role = forms.ChoiceField(
        choices=Role.choices, help_text="The next page shows what it sees now."
    )


class SetRules(RoleRules):
    """Of a role that was chosen, which may have no rule yet."""

    def __init__(self, *args: Any, role: Role, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        self.fill_in(role)


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


def _role_asked(request: HttpRequest) -> Role | None:
    asked = request.GET.get("role", "")
    return Role(asked) if asked in Role.values else None


@admin.register(ClaimRule)
class ClaimRuleAdmin(AddableAdmin[ClaimRule]):
    list_display = ("role", "group", "shown", "scope")
    list_filter = ("role", "group")
    search_fields = ("role", "group")
    empty_hint = "No rule: nobody sees anything of a partner's record."
    add_form = ChooseRole
    add_title = "Set what a role sees"
    add_button = "Go on"
    add_intro = f"What is ticked is all that the role sees. {NEXT}"
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

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        role = _role_asked(request)
        named = {"title": f"What {role.label.lower()} sees", "button": "Set"} if role else {}
        return super().add_view(request, form_url, {**named, **(extra_context or {})})

    def form_to_add(self, request: HttpRequest) -> OnceForm:
        """The role first, then what it sees as it is now."""
        role = _role_asked(request)
        if role is None:
            return super().form_to_add(request)
        return SetRules(request.POST or None, role=role)

    def add(self, request: HttpRequest, given: dict[str, Any]) -> HttpResponseBase | str:
        if "role" in given:
            return redirect(f"{request.path}?{urlencode({'role': given['role']})}")
        return _set(request, request.GET["role"], given)
