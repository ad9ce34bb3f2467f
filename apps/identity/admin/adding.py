"""Adding a record: a form of ours, one call of a service, and then the record or its secret."""

from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from apps.identity.admin.acts import OnceForm, attempt, tell
from apps.identity.admin.cells import list_url
from apps.identity.admin.records import RecordAdmin
from apps.identity.admin.step_up import require_recent_sign_in

M = TypeVar("M", bound=Model)


class AddableAdmin(RecordAdmin[M]):
    """A record that staff add through a service, if they have the permission to add; one of
    ``step_up`` asks for the password or second factor again first.
    """

    add_form: type[OnceForm]
    add_title: str
    add_button: str
    add_intro = ""
    step_up = False

    def add(self, request: HttpRequest, given: dict[str, Any]) -> HttpResponseBase | str:
        """Make one call inward; what to tell, or a page of its own. May raise DomainError."""
        raise NotImplementedError

    def form_to_add(self, request: HttpRequest) -> OnceForm:
        """The form, filled in with what was sent."""
        return self.add_form(request.POST or None)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.add_{self.opts.model_name}")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        named = {"add_title": self.add_title, **(extra_context or {})}
        return super().changelist_view(request, named)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",  # noqa: ARG002 -- Django's signature
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        if self.step_up:
            require_recent_sign_in(request)
        form = self.form_to_add(request)
        answer = attempt(request, form, lambda given: self.add(request, given))
        if isinstance(answer, str):
            tell(request, answer)
            return redirect(list_url(self.model))
        if isinstance(answer, HttpResponse):
            return answer
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.add_title,
            "intro": self.add_intro,
            "button": self.add_button,
            "back": list_url(self.model),
            "form": form,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/add.html", context)
