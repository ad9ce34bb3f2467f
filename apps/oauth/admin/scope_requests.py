"""Requests for restricted scopes: one member of staff asked, another decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.identity.admin.acts import Act, RecordForm, actor_of, clock
from apps.identity.admin.cells import EMPTY, code, codes, stack, tag, to, when
from apps.identity.admin.records import Facts, RecordAdmin, Table
from apps.identity.admin.trail import trail_table
from apps.oauth.models import RequestState, RestrictedScopeRequest
from apps.oauth.policy.scope_requests import MAY_ASK, MAY_DECIDE
from apps.oauth.services.scope_requests import approve_scopes, refuse_scopes, withdraw_scopes

Given = dict[str, Any]
TONES = {"open": "warn", "approved": "good", "refused": "bad"}


@dataclass(frozen=True, kw_only=True)
class ByAnother(Act[RestrictedScopeRequest]):
    """Open to everybody whose role may, but whoever asked."""

    def is_open(self, request: HttpRequest, record: RestrictedScopeRequest) -> bool:
        return super().is_open(request, record) and record.asked_by_id != request.user.pk


def _approve(request: HttpRequest, asked: RestrictedScopeRequest, _given: Given) -> str:
    client = approve_scopes(actor=actor_of(request), at=clock(), request=asked)
    return f"{client} may have {', '.join(asked.scopes)} from now on."


def _refuse(request: HttpRequest, asked: RestrictedScopeRequest, given: Given) -> str:
    refuse_scopes(actor=actor_of(request), at=clock(), request=asked, reason=given["reason"])
    return f"{asked.client} does not get {', '.join(asked.scopes)}."


def _withdraw(request: HttpRequest, asked: RestrictedScopeRequest, given: Given) -> str:
    withdraw_scopes(actor=actor_of(request), at=clock(), request=asked, reason=given["reason"])
    return f"{asked.client} is not to get {', '.join(asked.scopes)} any more."


def _explain_approve(_request: HttpRequest, asked: RestrictedScopeRequest) -> Sequence[object]:
    client = asked.client
    return (
        format_html("{} gets {}.", to(client), codes(asked.scopes)),
        format_html(
            "It proves itself by {} and was registered by {}: read its page first.",
            code(client.token_endpoint_auth_method),
            client.user or "the operator",
        ),
        format_html("{} asked for it.", to(asked.asked_by)),
    )


def _explain_refuse(_request: HttpRequest, asked: RestrictedScopeRequest) -> Sequence[object]:
    return (f"{asked.client} keeps what it has. Somebody may ask again.",)


def _waits(asked: RestrictedScopeRequest) -> bool:
    return asked.state == RequestState.OPEN and asked.expires_at > clock()


@admin.register(RestrictedScopeRequest)
class ScopeRequestAdmin(RecordAdmin[RestrictedScopeRequest]):
    list_display = ("client", "scopes_cell", "state_cell", "asked_by", "asked", "decided_by")
    list_filter = ("state",)
    list_select_related = ("client", "asked_by", "decided_by")
    search_fields = ("client__name", "client__client_id", "asked_by__email")
    empty_hint = "Nothing restricted was asked for. Tick such a scope of a client to do so."
    acts: ClassVar[Sequence[Act[RestrictedScopeRequest]]] = (
        ByAnother(
            name="approve",
            label="Approve",
            permission=MAY_DECIDE,
            explain=_explain_approve,
            perform=_approve,
            form=RecordForm,
            applies=_waits,
            step_up=True,
        ),
        ByAnother(
            name="refuse",
            label="Refuse",
            permission=MAY_DECIDE,
            explain=_explain_refuse,
            perform=_refuse,
            applies=_waits,
            takes_away=True,
        ),
        Act(
            name="withdraw",
            label="Withdraw",
            permission=MAY_ASK,
            explain=_explain_refuse,
            perform=_withdraw,
            applies=_waits,
            takes_away=True,
        ),
    )

    @admin.display(description="Scopes")
    def scopes_cell(self, asked: RestrictedScopeRequest) -> SafeString | str:
        return codes(asked.scopes)

    @admin.display(description="State", ordering="state")
    def state_cell(self, asked: RestrictedScopeRequest) -> SafeString:
        is_over = asked.state == RequestState.OPEN and not _waits(asked)
        state = RequestState.EXPIRED if is_over else asked.state
        return tag(state, TONES.get(state))

    @admin.display(description="Asked", ordering="asked_at")
    def asked(self, asked: RestrictedScopeRequest) -> SafeString | str:
        return when(asked.asked_at)

    def facts(self, _request: HttpRequest, asked: RestrictedScopeRequest) -> Facts:
        why = (format_html("{} {}", code(name), asked.reasons[name]) for name in asked.scopes)
        return (
            ("State", self.state_cell(asked)),
            ("Client", to(asked.client)),
            ("Scopes", stack(why)),
            ("Asked by", to(asked.asked_by)),
            ("Asked", when(asked.asked_at)),
            ("Can be decided until", when(asked.expires_at)),
            ("Decided by", to(asked.decided_by)),
            ("Decided", when(asked.decided_at)),
            ("Why so", asked.decision or EMPTY),
        )

    def tables(self, request: HttpRequest, asked: RestrictedScopeRequest) -> Sequence[Table]:
        return trail_table(request, asked.client.client_id)
