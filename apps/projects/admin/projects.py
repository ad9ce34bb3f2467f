"""Projects: adding one, and letting partners act in it."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.identity.admin.acts import Act, OnceForm, RecordForm, actor_of, clock
from apps.identity.admin.adding import AddableAdmin
from apps.identity.admin.cells import EMPTY, code, tag, to, when
from apps.identity.admin.records import Facts, Table
from apps.identity.admin.trail import trail_table
from apps.partners.models import Partner
from apps.partners.states import PartnerStatus
from apps.projects.models import BuyerEntity, Project
from apps.projects.services import add_member, create_project
from apps.projects.states import ProjectStatus

DAY = forms.DateInput(attrs={"type": "date"})


class ProjectForm(OnceForm):
    number = forms.CharField(max_length=40)
    title = forms.CharField(max_length=200)
    buyer_entity = forms.ModelChoiceField(BuyerEntity.objects.order_by("name"))
    starts_on = forms.DateField(widget=DAY)
    ends_on = forms.DateField(
        widget=DAY, help_text="Access in the project ends with this day, where the buyer is."
    )


class MemberForm(RecordForm):
    """Partners that are not members yet."""

    partner = forms.ModelChoiceField(Partner.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        open_to = Partner.objects.filter(status=PartnerStatus.ACTIVE)
        if isinstance(self.record, Project):
            open_to = open_to.exclude(memberships__project=self.record)
        self.fields["partner"] = forms.ModelChoiceField(open_to)


def _add_member(request: HttpRequest, project: Project, given: dict[str, Any]) -> str:
    add_member(actor=actor_of(request), at=clock(), project=project, partner=given["partner"])
    return f"{given['partner']} may act in {project}."


def _explain(_request: HttpRequest, project: Project) -> Sequence[object]:
    return (
        f"New sessions of the partner's may act in {project} until it ends or closes.",
        "Sessions it has now keep the projects they were granted for.",
    )


@admin.register(Project)
class ProjectAdmin(AddableAdmin[Project]):
    list_display = ("number", "title", "buyer_entity", "status_cell", "ends_on", "member_count")
    list_filter = ("status", "buyer_entity")
    list_select_related = ("buyer_entity",)
    search_fields = ("number", "title")
    empty_hint = "No project yet. Add one: nobody gets a token or places an order without."
    add_form = ProjectForm
    add_title = "Add a project"
    add_button = "Add"
    acts: ClassVar[Sequence[Act[Project]]] = (
        Act(
            name="add-member",
            step_up=True,
            label="Add a partner",
            permission="projects.add_projectmember",
            explain=_explain,
            perform=_add_member,
            form=MemberForm,
            applies=lambda project: project.status != ProjectStatus.CLOSED,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        return super().get_queryset(request).annotate(members_count=Count("members"))

    @admin.display(description="Status", ordering="status")
    def status_cell(self, project: Project) -> SafeString:
        return tag(project.status)

    @admin.display(description="Members", ordering="members_count")
    def member_count(self, project: Project) -> int:
        return int(getattr(project, "members_count", 0))

    def facts(self, _request: HttpRequest, project: Project) -> Facts:
        return (
            ("Status", tag(project.status)),
            ("Number", project.number),
            ("Title", project.title),
            ("Id", code(project.public_id)),
            ("Buyer entity", to(project.buyer_entity)),
            ("Starts", f"{project.starts_on:%-d %b %Y}"),
            ("Ends", f"{project.ends_on:%-d %b %Y}"),
            ("Access until", when(project.access_until)),
            ("Closed", when(project.closed_at)),
            ("Why closed", project.close_reason or EMPTY),
        )

    def tables(self, request: HttpRequest, project: Project) -> Sequence[Table]:
        rows = [
            (
                to(member.partner or member.user),
                member.role or EMPTY,
                when(member.valid_from),
                when(member.valid_until or project.access_until),
            )
            for member in project.members.select_related("partner", "user").order_by("pk")[:50]
        ]
        empty = "Nobody yet. “Add a partner” lets one act here."
        return (
            Table("Members", ("Member", "Role", "From", "Until"), rows, empty),
            *trail_table(request, project.public_id),
        )

    def add(self, request: HttpRequest, given: dict[str, Any]) -> str:
        project = create_project(actor=actor_of(request), at=clock(), **given)
        return f"{project} is open. Next: let partners act in it."
