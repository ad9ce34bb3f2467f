"""What staff fill in to close a project, or to open it again."""

from typing import Any

from django import forms

from apps.governance.selectors import blockers_of
from apps.governance.services.closing import WIND_DOWN_DAYS
from apps.identity.admin.acts import ReasonForm
from apps.projects.models import Project
from apps.projects.states import MOVES, ProjectStatus

AT_ONCE = ("0", "No: access ends now")
WIND_DOWN = [(str(days), f"For {days} days") for days in WIND_DOWN_DAYS]
UNSETTLED = "I know what is not settled in it"


class CloseForm(ReasonForm):
    """Whether it winds down first, which nothing answers beforehand, and a tick where something is
    not settled.
    """

    wind_down_days = forms.ChoiceField(
        label="Does it wind down?",
        widget=forms.RadioSelect,
        help_text="Meanwhile members may ask for new tokens, only to see orders and receipts, to "
        "announce shipments and for invoices.",
    )
    field_order = ("wind_down_days", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        project = self.record if isinstance(self.record, Project) else Project()
        may_wind_down = ProjectStatus.CLOSING in MOVES[project.status]
        choices = [AT_ONCE, *(WIND_DOWN if may_wind_down else [])]
        kept = self.base_fields["wind_down_days"]
        self.fields["wind_down_days"] = forms.ChoiceField(
            label=kept.label,
            widget=forms.RadioSelect,
            help_text=kept.help_text,
            choices=choices,
        )
        if blockers_of(project):
            self.fields["acknowledged"] = forms.BooleanField(label=UNSETTLED)
        self.order_fields(self.field_order)


class ReopenForm(ReasonForm):
    ends_on = forms.DateField(
        label="New last day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Empty: the one it had, if that is not over.",
    )
    field_order = ("ends_on", "reason")
