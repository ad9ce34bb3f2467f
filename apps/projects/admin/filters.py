"""Filtering lists by what stands and what was ended, and by project."""

import uuid

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from apps.projects.models import Project
from apps.projects.states import ProjectStatus

MOST = 50


class _EndedFilter(admin.SimpleListFilter):
    title = "standing"
    parameter_name = "standing"
    column: str
    stands: str
    ended: str

    def lookups(
        self,
        request: HttpRequest,  # noqa: ARG002 -- Django's signature
        model_admin: object,  # noqa: ARG002 -- as above
    ) -> list[tuple[str, str]]:
        return [("yes", self.stands), ("no", self.ended)]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        if self.value() not in {"yes", "no"}:
            return queryset
        return queryset.filter(**{f"{self.column}__isnull": self.value() == "yes"})


class RetiredFilter(_EndedFilter):
    column, stands, ended = "retired_at", "In effect", "Retired"


class WithdrawnFilter(_EndedFilter):
    column, stands, ended = "withdrawn_at", "Counts", "Withdrawn"


class ProjectFilter(admin.SimpleListFilter):
    """Offers the first so many projects that are not closed, and the chosen one; a link may choose
    any.
    """

    title = "project"
    parameter_name = "project"
    column = "project"

    def lookups(
        self,
        request: HttpRequest,  # noqa: ARG002 -- Django's signature
        model_admin: object,  # noqa: ARG002 -- as above
    ) -> list[tuple[str, str]]:
        running = Project.objects.exclude(status=ProjectStatus.CLOSED).order_by("number")
        shown = {project.pk: project for project in running[:MOST]}
        if (chosen := self.chosen()) and chosen not in shown:
            shown |= Project.objects.in_bulk([chosen])
        return [(str(key), project.number) for key, project in shown.items()]

    def chosen(self) -> uuid.UUID | None:
        """None where none is named, and for what is no key."""
        try:
            return uuid.UUID(self.value() or "")
        except ValueError:
            return None

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        if self.value() is None:
            return queryset
        chosen = self.chosen()
        return self.of(queryset, chosen) if chosen else queryset.none()

    def of(self, queryset: QuerySet[Model], project: uuid.UUID) -> QuerySet[Model]:
        """The rows that are the project's."""
        return queryset.filter(**{self.column: project})
