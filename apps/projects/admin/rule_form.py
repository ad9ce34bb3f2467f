"""What staff fill in about approval rules."""

from django import forms

from apps.identity.admin.acts import OnceForm
from apps.projects.models import BuyerEntity, Project
from apps.projects.policy.applying import APPROVING_ROLES
from apps.projects.states import ProjectStatus


class RuleForm(OnceForm):
    buyer_entity = forms.ModelChoiceField(BuyerEntity.objects.order_by("name"))
    name = forms.CharField(max_length=200, help_text="Whoever waits for an approval reads it.")
    project = forms.ModelChoiceField(
        Project.objects.exclude(status=ProjectStatus.CLOSED),
        required=False,
        empty_label="Every project",
    )
    category = forms.CharField(
        max_length=40, required=False, help_text="The beginning of a category, such as 4321."
    )
    amount_from = forms.DecimalField(
        max_digits=19,
        decimal_places=4,
        help_text="Without tax, in the buyer entity's currency; this amount needs approval too.",
    )
    approver_role = forms.ChoiceField(
        choices=[(role.value, role.label) for role in reversed(APPROVING_ROLES)],
        label="Approved by people of the role",
    )
    min_approvers = forms.IntegerField(
        initial=1, min_value=1, max_value=10, label="How many different people"
    )
    sequence = forms.IntegerField(
        initial=1,
        min_value=1,
        max_value=99,
        label="In which turn",
        help_text="They are asked after those of every lower number.",
    )
    split_days = forms.IntegerField(
        initial=7,
        min_value=0,
        max_value=366,
        label="Orders count as one within, in days",
        help_text="So that nobody splits an order to stay below the amount.",
    )
    reason = forms.CharField(
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It stays in the trail, with your name.",
    )
