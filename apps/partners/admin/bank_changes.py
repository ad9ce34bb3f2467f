"""The queue of changes of bank accounts, and the page of each."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from apps.identity.admin.acts import Act, clock
from apps.identity.admin.cells import EMPTY, code, day, tag, to, when
from apps.identity.admin.records import Facts, RecordAdmin, Table
from apps.identity.admin.trail import part_trail
from apps.partners.admin.bank_acts import ACTS, tell_banking_read
from apps.partners.admin.groups import sees_changes
from apps.partners.models import BankAccountChange
from apps.partners.states import EFFECTIVE, ChangeState

TONES = {
    ChangeState.PROPOSED: "warn",
    ChangeState.VERIFIED: "warn",
    EFFECTIVE: "good",
    ChangeState.REFUSED: "bad",
    ChangeState.WITHDRAWN: "plain",
}


@admin.register(BankAccountChange)
class BankAccountChangeAdmin(RecordAdmin[BankAccountChange]):
    list_display = ("what", "partner", "now", "proposed", "counts_from")
    list_filter = ("state", "kind")
    list_select_related = ("partner", "account")
    search_fields = ("partner__name", "holder", "ending")
    date_hierarchy = "proposed_at"
    empty_hint = "No change yet. Vendors propose them over the API, or you on a partner's page."
    acts: ClassVar[Sequence[Act[BankAccountChange]]] = ACTS

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Raises PermissionDenied."""
        _require_banking(request)
        answer = super().changelist_view(request, extra_context)
        listed = (getattr(answer, "context_data", None) or {}).get("cl")
        if listed is not None:
            shown = dict.fromkeys(change.partner for change in listed.result_list)
            tell_banking_read(request, *shown)
        return answer

    def record_of(self, request: HttpRequest, object_id: str) -> BankAccountChange:
        """Its page, and those of its acts, show the account to who sees banking, and every showing
        is an event, as it is over the API. Raises Http404, PermissionDenied.
        """
        _require_banking(request)
        change = super().record_of(request, object_id)
        tell_banking_read(request, change.partner)
        return change

    @admin.display(description="Change")
    def what(self, change: BankAccountChange) -> str:
        return str(change)

    @admin.display(description="State", ordering="state")
    def now(self, change: BankAccountChange) -> SafeString:
        return _state(change)

    @admin.display(description="Proposed", ordering="proposed_at")
    def proposed(self, change: BankAccountChange) -> SafeString | str:
        return day(change.proposed_at)

    @admin.display(description="Takes effect", ordering="effective_from")
    def counts_from(self, change: BankAccountChange) -> SafeString | str:
        return when(change.effective_from)

    def facts(self, _request: HttpRequest, change: BankAccountChange) -> Facts:
        return (
            ("State", _state(change)),
            ("What", change.get_kind_display()),
            ("Partner", to(change.partner)),
            ("Id", code(change.public_id)),
            ("Account concerned", str(change.account) if change.account else EMPTY),
            ("New account", change.masked or EMPTY),
            ("Holder", change.holder or EMPTY),
            ("Bank", " ".join(filter(None, (change.bic, change.bank_code))) or EMPTY),
            ("Country and currency", f"{change.country} {change.currency}".strip() or EMPTY),
            ("Reason", change.reason),
            ("Proposed", when(change.proposed_at)),
            ("Proposed by", _proposer(change)),
            ("Verified", when(change.verified_at)),
            ("Verified by", to(change.verified_by)),
            ("How it was checked", change.check_note or EMPTY),
            ("Takes effect", when(change.effective_from)),
            ("Stopped", when(change.stopped_at)),
            ("Why stopped", change.stop_reason or EMPTY),
            ("Told by mail", ", ".join(change.notify) or "Nobody is known to tell"),
            ("Told at former addresses", ", ".join(change.notify_former) or EMPTY),
        )

    def tables(self, request: HttpRequest, change: BankAccountChange) -> Sequence[Table]:
        return part_trail(request, "change", change.public_id, of=change.partner.public_id)


def _require_banking(request: HttpRequest) -> None:
    """Raises PermissionDenied."""
    if not sees_changes(request):
        raise PermissionDenied


def _proposer(change: BankAccountChange) -> object:
    return to(change.proposed_by) if change.proposed_by else code(change.proposed_actor)


def _state(change: BankAccountChange) -> SafeString:
    state = change.state_at(clock())
    return tag(state, TONES[state])
