"""What staff fill in about projects and their members."""

from typing import Any

from django import forms

from apps.identity.admin.acts import OnceForm, ReasonForm, RecordForm
from apps.identity.models import User
from apps.partners.models import VENDOR_ROLES, Partner, Role
from apps.partners.states import PartnerStatus
from apps.projects.models import BuyerEntity, Project, ProjectMember

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
BUYERS_ROLES = [("", "the one they have anyway")] + [
    (role.value, role.label) for role in Role if role not in VENDOR_ROLES
]


class CodesField(forms.CharField):
    """Codes between commas or blanks."""

    def prepare_value(self, value: object) -> object:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: object) -> list[str]:  # type: ignore[override]  # a list of them
        text = super().to_python(value) or ""
        return list(dict.fromkeys(text.replace(",", " ").split()))


class ProjectFields(OnceForm):
    title = forms.CharField(max_length=200)
    starts_on = forms.DateField(widget=DAY)
    ends_on = forms.DateField(
        widget=DAY, help_text="Access in the project ends with this day, where the buyer is."
    )
    owner = forms.ModelChoiceField(
        User.objects.filter(is_staff=True, is_active=True).order_by("email"),
        required=False,
        help_text="Who answers for it, and is told before it ends.",
    )
    budget_amount = forms.DecimalField(
        required=False,
        max_digits=19,
        decimal_places=4,
        help_text="What all its orders together may come to, without tax. Empty: no limit.",
    )
    budget_currency = forms.CharField(required=False, max_length=3, help_text="Such as EUR")
    categories = CodesField(
        required=False,
        help_text="Codes that may be bought, each with all that begin with it: 14, 4411. "
        "Empty: any.",
    )

    def clean_budget_currency(self) -> str:
        return str(self.cleaned_data["budget_currency"]).upper()


class NewProjectForm(ProjectFields):
    number = forms.CharField(max_length=40)
    buyer_entity = forms.ModelChoiceField(BuyerEntity.objects.order_by("name"))
    draft = forms.BooleanField(
        required=False, help_text="Keep it a draft: nobody acts in it before it is opened."
    )
    field_order = ("number", "title", "buyer_entity", "starts_on", "ends_on")


class EditProjectForm(ProjectFields, ReasonForm):
    """Filled in as the project is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        for name in ProjectFields.base_fields.keys() & self.fields.keys():
            if name != "once":
                self.fields[name].initial = getattr(self.record, name, None)
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])


class MembershipForm(RecordForm):
    valid_until = forms.DateField(
        required=False, widget=DAY, help_text="The last day. Empty: as long as the project."
    )


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
    role = forms.ChoiceField(choices=BUYERS_ROLES, required=False)
    field_order = ("user", "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        people = User.objects.filter(is_active=True, is_staff=True, partner_user=None)
        if isinstance(self.record, Project):
            people = people.exclude(memberships__project=self.record)
        self.fields["user"] = forms.ModelChoiceField(people.order_by("email"), label="Person")
        self.order_fields(self.field_order)


class MemberField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in the stubs only
    def label_from_instance(self, obj: object) -> str:
        return str(obj.partner or obj.user) if isinstance(obj, ProjectMember) else str(obj)


class OfMember(RecordForm):
    """About one of the project's members."""

    member = MemberField(ProjectMember.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        members = ProjectMember.objects.select_related("partner", "user").order_by("pk")
        if isinstance(self.record, Project):
            self.fields["member"] = MemberField(members.filter(project=self.record))
        self.order_fields(("member",))


class RemoveMemberForm(OfMember, ReasonForm):
    pass


class MemberDatesForm(OfMember, MembershipForm):
    role = forms.ChoiceField(
        choices=BUYERS_ROLES, required=False, help_text="Of one of the buyer's people."
    )
