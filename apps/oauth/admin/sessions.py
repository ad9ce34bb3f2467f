"""Token sessions: read-only, and ended one by one or many at once."""

import uuid
from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from apps.core.actor import Actor
from apps.identity.admin.acts import Act, ReasonForm, actor_of, attempt, clock, tell
from apps.identity.admin.cells import EMPTY, codes, many, stack, tag, to, when
from apps.identity.admin.records import Facts, RecordAdmin, Table
from apps.identity.admin.trail import trail_table
from apps.oauth.models import TokenSession
from apps.oauth.policy.exchange import actors
from apps.oauth.selectors import live_sessions
from apps.oauth.services import end_session
from apps.oauth.services.limits import limits_of_session
from apps.projects.admin.filters import ProjectFilter
from apps.projects.models import Project

PERMISSION = "oauth.change_tokensession"
MOST_CHOSEN = 200


def _end(request: HttpRequest, session: TokenSession, given: dict[str, Any]) -> str:
    ended = end_session(
        actor=actor_of(request), at=clock(), session=session, reason=given["reason"]
    )
    return f"{session} {'is ended' if ended else 'had ended already'}."


def _explain(_request: HttpRequest, session: TokenSession) -> Sequence[object]:
    who = session.user or session.client
    return (
        f"The next request by which {who} uses it is refused, in every process.",
        "Its refresh token dies with it. The row stays as evidence.",
    )


def _limits(session: TokenSession) -> SafeString | str:
    """One line for each thing that its entries say; what it was granted with names the projects."""
    entries = limits_of_session(session, partner_id=None)
    return stack(line for entry in entries for line in entry)


def is_live() -> Exists:
    """Whether somebody could act by the session now."""
    return Exists(live_sessions(at=clock()).filter(pk=OuterRef("pk")))


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, _request: HttpRequest, _page: object) -> list[tuple[str, str]]:
        return [("live", "Live"), ("over", "Over")]

    def queryset(
        self, _request: HttpRequest, sessions: QuerySet[TokenSession]
    ) -> QuerySet[TokenSession]:
        live = is_live()
        if self.value() == "live":
            return sessions.filter(live)
        return sessions.exclude(live) if self.value() == "over" else sessions


class GrantedForProject(ProjectFilter):
    def of(self, queryset: QuerySet[Model], project: uuid.UUID) -> QuerySet[Model]:
        return queryset.filter(project_ids__contains=[project])


@admin.register(TokenSession)
class TokenSessionAdmin(RecordAdmin[TokenSession]):
    list_display = ("who", "state", "kind", "partner", "granted", "token")
    list_filter = (StateFilter, "kind", GrantedForProject)
    list_select_related = ("client", "user", "partner")
    search_fields = ("client__client_id", "client__name", "user__email", "partner__name", "ip")
    date_hierarchy = "created_at"
    actions = ("end_chosen",)
    empty_hint = "No session yet. One begins whenever a token is issued."
    acts: ClassVar[Sequence[Act[TokenSession]]] = (
        Act(
            name="end",
            label="End session",
            permission=PERMISSION,
            explain=_explain,
            perform=_end,
            takes_away=True,
            applies=lambda session: session.ended_at is None,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[TokenSession]:
        return super().get_queryset(request).annotate(is_live=is_live())

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(PERMISSION)

    @admin.display(description="Who")
    def who(self, session: TokenSession) -> str:
        """By which client, where it is a person's."""
        names = (str(one) for one in (session.user, session.client) if one is not None)
        return ", by ".join(names) or session.public_id

    @admin.display(description="State")
    def state(self, session: TokenSession) -> SafeString:
        if getattr(session, "is_live", False):
            return tag("live")
        return tag("ended" if session.ended_at else "over")

    @admin.display(description="Granted", ordering="granted_at")
    def granted(self, session: TokenSession) -> SafeString | str:
        return when(session.granted_at)

    @admin.display(description="Last token", ordering="last_used_at")
    def token(self, session: TokenSession) -> SafeString | str:
        return when(session.last_used_at)

    def facts(self, _request: HttpRequest, session: TokenSession) -> Facts:
        projects = Project.objects.filter(pk__in=session.project_ids)
        return (
            ("State", self.state(session)),
            ("Kind", session.get_kind_display()),
            ("Client", to(session.client)),
            ("Person", to(session.user)),
            ("Partner", to(session.partner)),
            ("Role", session.role or EMPTY),
            ("Scopes", codes(session.scopes)),
            ("Projects", stack(to(project) for project in projects)),
            ("Limits", _limits(session)),
            ("Policy version", session.policy_version or EMPTY),
            ("Granted", when(session.granted_at)),
            ("Last token issued", when(session.last_used_at)),
            ("Expires", when(session.expires_at)),
            ("Ended", when(session.ended_at)),
            ("Ended by", session.ended_by or EMPTY),
            ("Why", session.end_reason or EMPTY),
            ("Proved by", session.auth_method),
            ("On the word of", to(session.issuer or session.federation)),
            ("Acts for the subject", codes(actors(session.act))),
            ("Network", session.ip or EMPTY),
            ("Agent", session.user_agent or EMPTY),
        )

    def tables(self, request: HttpRequest, session: TokenSession) -> Sequence[Table]:
        return trail_table(request, session.public_id, title="What it did")

    @admin.action(description="End the chosen sessions", permissions=["end"])
    def end_chosen(
        self, request: HttpRequest, chosen: QuerySet[TokenSession]
    ) -> HttpResponseBase | None:
        """Ask why first; each session that ends is one event, as when ended alone.

        Each is one transaction of this request, so their number is bounded.
        """
        if (count := chosen.count()) > MOST_CHOSEN:
            messages.error(
                request,
                f"{count} sessions are chosen and at most {MOST_CHOSEN} end at a time: none was "
                "ended. A client's sessions end all at once on the client's page.",
            )
            return None
        form = ReasonForm(request.POST if "reason" in request.POST else None)
        answer = attempt(
            request, form, lambda given: _end_each(chosen, actor=actor_of(request), **given)
        )
        if isinstance(answer, str):
            tell(request, answer)
            return None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "End the chosen sessions",
            "sessions": chosen,
            "checkbox": ACTION_CHECKBOX_NAME,
            "form": form,
        }
        return TemplateResponse(request, "admin/end_sessions.html", context)


def _end_each(sessions: QuerySet[TokenSession], *, actor: Actor, reason: str) -> str:
    at = clock()
    ended = sum(end_session(actor=actor, at=at, session=row, reason=reason) for row in sessions)
    return f"{ended} of {many(len(sessions), 'chosen session')} ended now."
