"""What staff may do to a record: a page that says what it will do, a reason, one call inward."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from django import forms
from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from apps.core.actor import Actor
from apps.core.errors import DomainError
from apps.gateway.errors import RevisionStaleError
from apps.gateway.services import is_denial, record_denial
from apps.identity.admin.cells import record_url
from apps.identity.admin.seen import SeenField, seen_tag, stale
from apps.identity.admin.step_up import require_recent_sign_in

if TYPE_CHECKING:
    from apps.identity.admin.records import RecordAdmin, Table

M = TypeVar("M", bound=Model)
SEEN = "precondition"
ONCE_SECONDS = 24 * 60 * 60
SENT_BEFORE = "This form was sent before and has done its work; nothing was done twice."


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in member of staff, with the session that the trail will name."""
    return cast("Actor", request.actor)  # type: ignore[attr-defined]  # set by the staff session middleware


def clock() -> datetime:
    return timezone.now()


class OnceForm(forms.Form):
    """A form that does its work once, however often the browser sends it.

    The answer to some of these shows a secret, so it cannot be a redirect; reloading it must not
    register a second client or push out the secret that was just given.
    """

    once = forms.CharField(widget=forms.HiddenInput, max_length=64)
    required_css_class: ClassVar[str] = "required"

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.fields["once"].initial = secrets.token_urlsafe(24)

    def _key(self) -> str:
        return f"admin-once:{self.cleaned_data['once']}"

    def begin(self) -> bool:
        """False when this very form was sent before and did its work."""
        return cache.add(self._key(), "done", ONCE_SECONDS)

    def forget(self) -> None:
        """Nothing was done, so the form may be sent again."""
        cache.delete(self._key())

    def given(self) -> dict[str, Any]:
        """What was filled in."""
        return {name: value for name, value in self.cleaned_data.items() if name != "once"}

    def refuse(self, error: DomainError) -> None:
        """Show a refusal at the fields it is about, each sentence there once."""
        named = [
            (fault.pointer.strip("/").partition("/")[0], fault.detail) for fault in error.errors
        ]
        shown = ((name if name in self.fields else None, detail) for name, detail in named)
        for name, detail in dict.fromkeys(shown):
            self.add_error(name, detail)
        if not error.errors:
            self.add_error(None, str(error))


class RecordForm(OnceForm):
    """A form about one record. ``decides`` has it carry the revision that its page showed."""

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 -- Django's signature
        record: Model | None = None,
        decides: bool = False,
        **kwargs: Any,  # noqa: ANN401 -- Django's signature
    ) -> None:
        self.record = record
        self.is_stale = False
        super().__init__(*args, **kwargs)
        if decides and record is not None:
            self.fields[SEEN] = SeenField(record)

    def refuse(self, error: DomainError) -> None:
        self.is_stale = SEEN in self.fields and isinstance(error, RevisionStaleError)
        if not self.is_stale:
            super().refuse(error)

    def look_again(self, record: Model) -> None:
        """Refuse what was sent for an earlier revision; sent once more, it is for this one."""
        self.data = {**self.data.dict(), SEEN: seen_tag(record)}  # type: ignore[attr-defined]  # a QueryDict
        self.add_error(None, stale(record))


class ReasonForm(RecordForm):
    reason = forms.CharField(
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It stays in the trail, with your name.",
    )


@dataclass(frozen=True, kw_only=True)
class Act(Generic[M]):
    """One thing that may be done. ``perform`` returns what to tell, or a page of its own. One of
    ``step_up`` asks for the password or second factor again first. ``shown_to`` asks for more than
    a permission, where its page shows what not everybody who has that may see. One that
    ``decides`` is told the revision its page showed, as ``precondition``. ``why_not`` says what
    stands in its way for now, where that is worth a sentence: then it is not offered.
    ``told_to_form`` is what its form wants to know beside the record, ``tables`` what whoever
    decides looks at on its page.
    """

    name: str
    label: str
    permission: str
    explain: Callable[[HttpRequest, M], Sequence[object]]
    perform: Callable[[HttpRequest, M, dict[str, Any]], HttpResponseBase | str]
    applies: Callable[[M], bool] = lambda _record: True
    form: Callable[..., RecordForm] = ReasonForm
    takes_away: bool = False
    step_up: bool = False
    decides: bool = False
    why_not: Callable[[HttpRequest, M], str] = lambda _request, _record: ""
    shown_to: Callable[[HttpRequest], bool] = lambda _request: True
    told_to_form: Callable[[HttpRequest], dict[str, Any]] = lambda _request: {}
    tables: Callable[[HttpRequest, M], "Sequence[Table]"] = lambda _request, _record: ()

    def is_for(self, request: HttpRequest) -> bool:
        return request.user.has_perm(self.permission) and self.shown_to(request)

    def is_open(self, request: HttpRequest, record: M) -> bool:
        may = self.is_for(request) and self.applies(record)
        return may and not self.why_not(request, record)

    def refusal(self, request: HttpRequest, record: M) -> str:
        """Why its page is not shown now; nothing where it is."""
        if self.applies(record):
            return self.why_not(request, record)
        return f"not possible for {record} as it is now."


def attempt(
    request: HttpRequest, form: OnceForm, work: Callable[[dict[str, Any]], HttpResponseBase | str]
) -> HttpResponseBase | str | None:
    """What ``work`` answers, or None when the form is to be shown (again)."""
    if request.method != "POST" or not form.is_valid():
        return None
    if not form.begin():
        return SENT_BEFORE
    try:
        return work(form.given())
    except Exception as error:
        form.forget()
        if not isinstance(error, DomainError):
            raise
        _tell_trail(request, error)
        form.refuse(error)
        return None


def _tell_trail(request: HttpRequest, error: DomainError) -> None:
    """As the API does: whoever is denied something is in the trail, and why (spec 4 no. 3)."""
    if is_denial(code=error.code, status=error.status) or error.private:
        record_denial(
            actor=actor_of(request),
            at=clock(),
            code=error.code,
            status=error.status,
            method=str(request.method),
            path=request.path,
            private=error.private,
        )


def tell(request: HttpRequest, answer: str) -> None:
    """Say on the next page what was done, or that nothing was."""
    level = messages.WARNING if answer == SENT_BEFORE else messages.SUCCESS
    messages.add_message(request, level, answer)


def run_act(
    page: "RecordAdmin[M]", request: HttpRequest, act: Act[M], record: M
) -> HttpResponseBase:
    """Show an act's page, or do it. Raises PermissionDenied, ReauthenticationRequired."""
    if not act.is_for(request):
        raise PermissionDenied
    if act.step_up:
        require_recent_sign_in(request)
    told = act.told_to_form(request)
    form = act.form(request.POST or None, record=record, decides=act.decides, **told)
    answer = attempt(request, form, lambda given: act.perform(request, record, given))
    if form.is_stale:
        record = page.record_of(request, str(record.pk))
        form.look_again(record)
    if isinstance(answer, str):
        tell(request, answer)
        return redirect(record_url(record))
    if answer is not None:
        return answer
    refused_already = form.is_bound and act.applies(record)
    if not refused_already and (refusal := act.refusal(request, record)):
        messages.warning(request, f"{act.label}: {refusal}")
        return redirect(record_url(record))
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "title": f"{act.label}: {record}",
        "record": record,
        "record_url": record_url(record),
        "act": act,
        "explanation": act.explain(request, record),
        "tables": act.tables(request, record),
        "form": form,
    }
    return TemplateResponse(request, "admin/act.html", context)
