"""What staff do about bank accounts: propose a change, verify, refuse or withdraw it."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from apps.identity.admin.acts import Act, actor_of, clock
from apps.partners.admin.bank_forms import ProposeForm, VerifyForm, proposed_details
from apps.partners.admin.groups import sees, sees_changes
from apps.partners.models import BankAccountChange, Partner
from apps.partners.policy.banking import is_staff_made
from apps.partners.selectors.banking import recent_contacts
from apps.partners.services.bank_changes import propose_for_partner
from apps.partners.services.bank_checks import (
    refuse_bank_change,
    verify_bank_change,
    withdraw_for_partner,
)
from apps.partners.services.reads import record_restricted_read
from apps.partners.states import CHANGE_MOVES, ChangeState, ClaimGroup

Given = dict[str, Any]
CHANGE = "partners.change_bankaccountchange"


def tell_banking_read(request: HttpRequest, *partners: Partner) -> None:
    """Showing accounts is an event, as it is over the API."""
    record_restricted_read(
        actor=actor_of(request), at=clock(), groups=[ClaimGroup.BANKING], partners=partners
    )


def _verify(request: HttpRequest, change: BankAccountChange, given: Given) -> str:
    done = verify_bank_change(actor=actor_of(request), at=clock(), change=change, **given)
    return f"Verified. It takes effect on {done.effective_from:%-d %b %Y, %H:%M} UTC."


def _refuse(request: HttpRequest, change: BankAccountChange, given: Given) -> str:
    refuse_bank_change(actor=actor_of(request), at=clock(), change=change, **given)
    return "Refused. Nothing of it takes effect, and the vendor's admins are told."


def _withdraw(request: HttpRequest, change: BankAccountChange, given: Given) -> str:
    withdraw_for_partner(actor=actor_of(request), at=clock(), change=change, **given)
    return "Withdrawn. Nothing of it takes effect, and the vendor's admins are told."


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


def _explain_withdraw(_request: HttpRequest, _change: BankAccountChange) -> Sequence[object]:
    return (
        "What the buyer proposed is taken back: entered by mistake, or no longer asked for.",
        "An account it would have replaced stays as it is.",
    )


def _explain_propose(request: HttpRequest, partner: Partner) -> Sequence[object]:
    """The form lists the partner's accounts, masked, which is an event as everywhere."""
    tell_banking_read(request, partner)
    return (
        f"What {partner} asked for by letter or in person. You cannot verify it yourself.",
        "Its admins are told by mail at the addresses they have now, or had until lately.",
    )


def _may(change: BankAccountChange, to_: ChangeState) -> bool:
    return to_ in CHANGE_MOVES[change.state_at(clock())]


def _own_proposal(request: HttpRequest, change: BankAccountChange) -> str:
    mine = change.proposed_by_id == request.user.pk
    return "you proposed this change, and somebody else verifies it." if mine else ""


PROPOSE = Act[Partner](
    name="bank-change",
    step_up=True,
    label="Change a bank account",
    permission=CHANGE,
    explain=_explain_propose,
    perform=_propose,
    form=ProposeForm,
    applies=lambda partner: partner.is_live,
    shown_to=sees_changes,
)

ACTS: Sequence[Act[BankAccountChange]] = (
    Act(
        name="verify",
        step_up=True,
        label="Verify",
        permission=CHANGE,
        explain=_explain_verify,
        perform=_verify,
        form=VerifyForm,
        applies=lambda change: _may(change, ChangeState.VERIFIED),
        why_not=_own_proposal,
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
    Act(
        name="withdraw",
        step_up=True,
        label="Withdraw",
        permission=CHANGE,
        explain=_explain_withdraw,
        perform=_withdraw,
        takes_away=True,
        applies=lambda change: is_staff_made(change) and _may(change, ChangeState.WITHDRAWN),
    ),
)
