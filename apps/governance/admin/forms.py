"""What staff fill in to let partners and people in."""

from typing import Any

from django import forms

from apps.identity.admin.acts import OnceForm, RecordForm
from apps.identity.models import StaffRole
from apps.oauth.admin.forms import ScopeFields, withhold_approver
from apps.partners.models import Partner, PartnerKind, Role
from apps.partners.policy import roles_of
from apps.projects.models import Project
from apps.projects.states import ProjectStatus

EDITOR = "Editor writes for the buyer: only an administrator gives it."
PASSWORD = forms.PasswordInput(attrs={"autocomplete": "new-password"})


class OnboardForm(ScopeFields):
    """A partner with its contact, its projects and its first client."""

    name = forms.CharField(label="Name of the company", max_length=200)
    kind = forms.ChoiceField(
        label="What it is to us",
        choices=[
            (PartnerKind.VENDOR, "A vendor: it sells to us"),
            (PartnerKind.INTEGRATION, "An integration partner: it acts for us"),
        ],
        initial=PartnerKind.VENDOR,
        widget=forms.RadioSelect,
    )
    contact_email = forms.EmailField(label="E-mail of its technical contact")
    projects = forms.ModelMultipleChoiceField(
        Project.objects.filter(status=ProjectStatus.OPEN),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="It can act in these. Without a project it gets no token.",
    )
    field_order = [
        "name", "kind", "contact_email", "projects", "role", "bundle", "scopes", "reasons",
    ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        withhold_approver(self)


class PersonFields(OnceForm):
    """A person's sign-in. They have to change the password at their first visit."""

    email = forms.EmailField(label="E-mail")
    name = forms.CharField(max_length=200, required=False)
    password = forms.CharField(
        label="First password",
        strip=False,
        widget=PASSWORD,
        help_text="At least 12 characters. Hand it over in person; they have to change it at once.",
    )


class StaffForm(PersonFields):
    staff_role = forms.ChoiceField(choices=StaffRole.choices, label="Role")


class PartnerPersonForm(RecordForm, PersonFields):
    """A person who acts for the partner whose page this was opened on."""

    role = forms.ChoiceField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        open_to = roles_of(self.record.kind) if isinstance(self.record, Partner) else ()
        self.fields["role"] = forms.ChoiceField(
            choices=[(role.value, role.label) for role in Role if role in open_to],
            help_text=EDITOR if Role.EDITOR in open_to else "",
        )


class PortalRolesForm(RecordForm):
    """What the partner's own admins may make of its people; nothing ticked is nothing."""

    roles = forms.MultipleChoiceField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        partner = self.record if isinstance(self.record, Partner) else Partner()
        open_to = roles_of(partner.kind)
        self.fields["roles"] = forms.MultipleChoiceField(
            choices=[(role.value, role.label) for role in Role if role in open_to],
            initial=partner.portal_roles,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            label="Its admins may give",
        )
