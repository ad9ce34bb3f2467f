"""What staff fill in about who takes part in a project."""

import uuid
from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms

from apps.core.actor import Actor
from apps.identity.admin.acts import ReasonForm, RecordForm
from apps.identity.models import User
from apps.partners.models import VENDOR_ROLES, Partner, Role
from apps.partners.policy import is_unbounded
from apps.partners.states import PartnerStatus
from apps.projects.admin.project_forms import DAY
from apps.projects.models import Project, ProjectMember
from apps.projects.policy.days import day_of, last_day

GONE = "This is no member of the project any more."


def member_of(project: Project, key: str) -> ProjectMember | None:
    """The project's member of this key; None where there is none, or it is no key."""
    try:
        wanted = uuid.UUID(key)
    except ValueError:
        return None
    rows = project.members.select_related("partner", "user", "project__buyer_entity")
    return rows.filter(pk=wanted).first()


def days_of(member: ProjectMember) -> tuple[date, date | None]:
    """The first and the last day of a membership where the buyer is, if it has a last one."""
    timezone, until = member.project.buyer_entity.timezone, member.valid_until
    first = day_of(member.valid_from, timezone=timezone)
    return first, last_day(until, timezone=timezone) if until else None


def _roles(actor: Actor | None) -> Iterator[tuple[str, str]]:
    """What the actor may make of one of the buyer's people in a project."""
    yield "", "the one they have anyway"
    kept = VENDOR_ROLES
    if actor is None or not is_unbounded(actor):
        kept |= {Role.APPROVER_ADMIN}
    yield from ((role.value, role.label) for role in Role if role not in kept)


class MembershipForm(RecordForm):
    """Of a project; ``actor`` is who fills it in."""

    valid_from = forms.DateField(
        label="First day", required=False, widget=DAY, help_text="Empty: from now on."
    )
    valid_until = forms.DateField(
        label="Last day; empty: until the project's end", required=False, widget=DAY
    )

    def __init__(self, *args: Any, actor: Actor | None = None, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        if "role" in self.fields:
            self.fields["role"] = forms.ChoiceField(choices=[*_roles(actor)], required=False)


class AddPartnerForm(MembershipForm):
    """Partners that are not members yet."""

    partner = forms.ModelChoiceField(Partner.objects.none())
    field_order = ("partner",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        open_to = Partner.objects.filter(status=PartnerStatus.ACTIVE).order_by("name")
        if isinstance(self.record, Project):
            open_to = open_to.exclude(memberships__project=self.record)
        self.fields["partner"] = forms.ModelChoiceField(open_to)
        self.order_fields(self.field_order)


class AddPersonForm(MembershipForm):
    """The buyer's people who are not members yet."""

    user = forms.ModelChoiceField(User.objects.none(), label="Person")
    role = forms.ChoiceField(required=False)
    field_order = ("user", "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        people = User.objects.filter(is_active=True, is_staff=True, partner_user=None)
        if isinstance(self.record, Project):
            people = people.exclude(memberships__project=self.record)
        self.fields["user"] = forms.ModelChoiceField(people.order_by("email"), label="Person")
        self.order_fields(self.field_order)


class OfMember(RecordForm):
    """About the member of the project whom the page was opened for."""

    member = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def clean_member(self) -> ProjectMember:
        named = str(self.cleaned_data["member"])
        found = member_of(self.record, named) if isinstance(self.record, Project) else None
        if found is None:
            raise forms.ValidationError(GONE)
        return found


class RemoveMemberForm(OfMember, ReasonForm):
    pass


class MemberTermsForm(OfMember, MembershipForm):
    """Filled in as the membership is. A partner's people and clients have roles of their own, so
    nothing is asked about that of a partner.
    """

    role = forms.ChoiceField(required=False)
    field_order = ("role", "valid_from", "valid_until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        self.fields["valid_from"].required = True
        self.fields["valid_from"].help_text = ""
        named = self.data.get("member") or self.initial.get("member") or ""
        member = member_of(self.record, str(named)) if isinstance(self.record, Project) else None
        if member is None:
            return
        if member.user is None:
            del self.fields["role"]
        self.initial["role"] = member.role
        self.initial["valid_from"], self.initial["valid_until"] = days_of(member)
