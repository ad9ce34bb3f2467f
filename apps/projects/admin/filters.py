"""Filtering lists by what stands and what was ended."""

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest


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
