"""A record's page in the admin: facts, tables and what may be done, none of it an edit form."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import slugify

from apps.core.ids import decode_id
from apps.identity.admin.acts import Act, run_act

M = TypeVar("M", bound=Model)
Facts = Sequence[tuple[str, object]]

if TYPE_CHECKING:

    class GenericAdmin(admin.ModelAdmin[M]):
        """Django's class is generic for the type checker only."""

else:

    class GenericAdmin(admin.ModelAdmin):
        """Django's class is generic for the type checker only."""

        def __class_getitem__(cls, _item: object) -> type:
            return cls


@dataclass(frozen=True)
class Table:
    """Rows that belong to a record. ``more`` is the address of the whole list; one that is
    ``folded`` is opened by whoever wants it. On a phone each row of one in ``cards`` is a card.
    """

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[object]]
    empty: str
    more: str = ""
    folded: bool = False
    cards: bool = False

    @property
    def slug(self) -> str:
        return slugify(self.title)

    @property
    def named_rows(self) -> Sequence[Sequence[tuple[str, object]]]:
        """Each cell with the head of its column."""
        return [[*zip(self.head, row, strict=True)] for row in self.rows]


class RecordAdmin(GenericAdmin[M]):
    """Lists, and a page for each record that is read, not edited.

    What may be done to a record stands in ``acts``; each has a page of its own and makes one call
    of a service. Nothing is added, changed or deleted by a form over the table.
    """

    acts: ClassVar[Sequence[Act[Any]]] = ()
    list_per_page = 50
    empty_hint = ""
    show_full_result_count = False

    def facts(self, request: HttpRequest, record: M) -> Facts:
        raise NotImplementedError

    def title_of(self, record: M) -> str:
        return str(record)

    def tables(self, _request: HttpRequest, _record: M) -> Sequence[Table]:
        return ()

    def pages(self, _request: HttpRequest, _record: M) -> Sequence[tuple[str, str]]:
        """Further pages about the record: label and address."""
        return ()

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: M | None = None) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[M], search_term: str
    ) -> tuple[QuerySet[M], bool]:
        """A public id, pasted, finds its record; anything else is looked for in the fields."""
        public_id = decode_id(getattr(self.model, "id_prefix", ""), search_term.strip())
        if public_id is not None:
            return queryset.filter(pk=public_id), False
        return super().get_search_results(request, queryset, search_term.replace("\x00", ""))

    def page_name(self, suffix: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{suffix}"

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<path:object_id>/{act.name}/",
                self.admin_site.admin_view(self._view_of(act)),
                name=self.page_name(act.name),
            )
            for act in self.acts
        ]
        return [*own, *super().get_urls()]

    def _view_of(self, act: Act[Any]) -> Callable[..., HttpResponseBase]:
        def view(request: HttpRequest, object_id: str) -> HttpResponseBase:
            return run_act(self, request, act, self.record_of(request, object_id))

        return view

    def record_of(self, request: HttpRequest, object_id: str) -> M:
        """Raises Http404 where there is none, PermissionDenied where it may not be seen."""
        record = self.get_object(request, object_id)
        if record is None:
            raise Http404
        if not self.has_view_permission(request, record):
            raise PermissionDenied
        return record

    def _open_acts(self, request: HttpRequest, record: M) -> list[dict[str, object]]:
        return [
            {
                "label": act.label,
                "takes_away": act.takes_away,
                "address": reverse(f"admin:{self.page_name(act.name)}", args=[record.pk]),
            }
            for act in self.acts
            if act.is_open(request, record)
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",  # noqa: ARG002 -- Django's signature
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        record = self.record_of(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.title_of(record),
            "record": record,
            "facts": self.facts(request, record),
            "tables": self.tables(request, record),
            "pages": self.pages(request, record),
            "acts": self._open_acts(request, record),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/record.html", context)

    def history_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002 -- Django's signature
    ) -> HttpResponse:
        """The trail is the history, and the record's own page leads there."""
        self.record_of(request, object_id)
        return redirect(f"admin:{self.page_name('change')}", object_id)
