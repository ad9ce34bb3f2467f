"""The queue of changes of bank accounts: verified by a second person, or refused."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from apps.identity.admin.acts import Act, actor_of, clock
from apps.identity.admin.cells import EMPTY, code, tag, to, when
from apps.identity.admin.records import Facts, RecordAdmin, Table
from apps.identity.admin.trail import trail_table
from apps.partners.admin.bank_forms import ProposeForm, VerifyForm, proposed_details
from apps.partners.admin.groups import sees, sees_changes
from apps.partners.models import BankAccountChange, Partner
from apps.partners.selectors.banking import recent_contacts
from apps.partners.services.bank_changes import propose_for_partner
from apps.partners.services.bank_checks import refuse_bank_change, verify_bank_change
from apps.partners.services.reads import record_restricted_read
from apps.partners.states import CHANGE_MOVES, EFFECTIVE, ChangeState, ClaimGroup

Given = dict[str, Any]
TONES = {
    ChangeState.PROPOSED: "warn",
    ChangeState.VERIFIED: "warn",
    EFFECTIVE: "good",
    ChangeState.REFUSED: "bad",
    ChangeState.WITHDRAWN: "plain",
}
CHANGE = "partners.change_bankaccountchange"


def _verify(request: HttpRequest, change: BankAccountChange, given: Given) -> str:
    done = verify_bank_change(actor=actor_of(request), at=clock(), change=change, **given)
    return f"Verified. It takes effect on {done.effective_from:%-d %b %Y, %H:%M} UTC."


def _refuse(request: HttpRequest, change: BankAccountChange, given: Given) -> str:
    refuse_bank_change(actor=actor_of(request), at=clock(), change=change, **given)
    return "Refused. Nothing of it takes effect, and the vendor's admins are told."


def _propose(request: HttpRequest, partner: Partner, given: Given) -> str:
    propose_for_partner(
        actor=actor_of(request),
        at=clock(),
        partner=partner,
        kind=given["kind"],
        account_id=given["account"],
        reason=given["reason"],
        details=proposed_details(given),
    )
    return "Proposed. Somebody else verifies it, and the vendor's admins are told."


def _explain_verify(request: HttpRequest, change: BankAccountChange) -> Sequence[object]:
    recent = (
        recent_contacts(change.partner, at=clock()) if sees(request, ClaimGroup.CONTACTS) else ()
    )
    return (
        *(f"Do not ask {contact}: this contact was added or changed lately." for contact in recent),
        f"Call {change.partner} on a number that was on file before.",
        "Have them read the number of the new account to you.",
        "It takes effect when the cooling-off time has passed; until then it can be refused.",
    )


def _explain_refuse(_request: HttpRequest, _change: BankAccountChange) -> Sequence[object]:
    return ("The change ends here. An account it would have replaced stays as it is.",)


def _explain_propose(_request: HttpRequest, partner: Partner) -> Sequence[object]:
    return (
        f"What {partner} asked for by letter or in person. You cannot verify it yourself.",
        "Its admins are told by mail at the addresses they have now.",
    )


def _may(change: BankAccountChange, to_: ChangeState) -> bool:
    return to_ in CHANGE_MOVES[change.state_at(clock())]


PROPOSE = Act[Partner](
    name="bank-change",
    step_up=True,
    label="Change a bank account",
    permission=CHANGE,
    explain=_explain_propose,
    perform=_propose,
    form=ProposeForm,
    applies=lambda partner: partner.is_live,
)


@admin.register(BankAccountChange)
class BankAccountChangeAdmin(RecordAdmin[BankAccountChange]):
    list_display = ("what", "partner", "now", "proposed", "counts_from")
    list_filter = ("state", "kind")
    list_select_related = ("partner", "account")
    search_fields = ("partner__name", "holder", "ending")
    date_hierarchy = "proposed_at"
    empty_hint = "No change yet. Vendors propose them over the API, or you on a partner's page."
    acts: ClassVar[Sequence[Act[BankAccountChange]]] = (
        Act(
            name="verify",
            step_up=True,
            label="Verify",
            permission=CHANGE,
            explain=_explain_verify,
            perform=_verify,
            form=VerifyForm,
            applies=lambda change: _may(change, ChangeState.VERIFIED),
        ),
        Act(
            name="refuse",
            step_up=True,
            label="Refuse",
            permission=CHANGE,
            explain=_explain_refuse,
            perform=_refuse,
            takes_away=True,
            applies=lambda change: _may(change, ChangeState.REFUSED),
        ),
    )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Raises PermissionDenied."""
        _require_banking(request)
        answer = super().changelist_view(request, extra_context)
        listed = (getattr(answer, "context_data", None) or {}).get("cl")
        if listed is not None:
            _tell(request, *dict.fromkeys(change.partner for change in listed.result_list))
        return answer

    def record_of(self, request: HttpRequest, object_id: str) -> BankAccountChange:
        """Its page, and those of its acts, show the account to who sees banking, and every showing
        is an event, as it is over the API. Raises Http404, PermissionDenied.
        """
        _require_banking(request)
        change = super().record_of(request, object_id)
        _tell(request, change.partner)
        return change

    @admin.display(description="Change")
    def what(self, change: BankAccountChange) -> str:
        return str(change)

    @admin.display(description="State", ordering="state")
    def now(self, change: BankAccountChange) -> SafeString:
        return _state(change)

    @admin.display(description="Proposed", ordering="proposed_at")
    def proposed(self, change: BankAccountChange) -> SafeString | str:
        return when(change.proposed_at)

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
        )

    def tables(self, request: HttpRequest, change: BankAccountChange) -> Sequence[Table]:
        return trail_table(request, change.partner.public_id)


def _require_banking(request: HttpRequest) -> None:
    """Raises PermissionDenied."""
    if not sees_changes(request):
        raise PermissionDenied


def _tell(request: HttpRequest, *partners: Partner) -> None:
    record_restricted_read(
        actor=actor_of(request), at=clock(), groups=[ClaimGroup.BANKING], partners=partners
    )


def _proposer(change: BankAccountChange) -> object:
    return to(change.proposed_by) if change.proposed_by else code(change.proposed_actor)


def _state(change: BankAccountChange) -> SafeString:
    state = change.state_at(clock())
    return tag(state, TONES[state])
