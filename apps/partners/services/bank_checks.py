"""What staff decide about a change of bank account (reference 5, "Bank change"): after a check out
of band a second person verifies it, and it cools off before it counts; or they refuse it, or take
back what staff proposed.
"""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare

from apps.audit.events import Action
from apps.core.actor import Actor, ActorKind
from apps.core.errors import FieldError, ForbiddenError, ValidationFailedError
from apps.partners.models import (
    DETAILS,
    BankAccountChange,
    ChangeKind,
    Partner,
    PartnerBankAccount,
)
from apps.partners.policy.accounts import require_standing
from apps.partners.policy.banking import (
    normalized,
    require_move,
    require_second_person,
    require_staff_made,
)
from apps.partners.policy.reasons import require_no_number
from apps.partners.services.bank_accounts import retire
from apps.partners.services.bank_changes import stop_change, tell_trail
from apps.partners.services.holding import require_active, require_group
from apps.partners.services.rows import require_reason
from apps.partners.states import ChangeState, ClaimGroup

STOPS = {
    ChangeState.REFUSED: Action.BANK_CHANGE_REFUSED,
    ChangeState.WITHDRAWN: Action.BANK_CHANGE_WITHDRAWN,
}


@transaction.atomic
def verify_bank_change(
    *, actor: Actor, at: datetime, change: BankAccountChange, check_note: str, number: str = ""
) -> BankAccountChange:
    """Somebody else than the proposer confirms it, having asked the vendor by a way that was known
    before: ``check_note`` says whom and how, ``number`` is the new account's as it was read out
    there, so that nobody confirms by copying. It takes effect when it has cooled off.

    Raises ForbiddenError, ClaimNotPermittedError, InvalidTransitionError, ValidationFailedError.
    """
    held = _hold(actor, change)
    verifier = require_second_person(actor, held)
    require_active(held.partner)
    note = _require_note(check_note)
    require_move(held.state_at(at), ChangeState.VERIFIED)
    if held.account is not None:
        require_standing(held.account, at)
    _require_same(held, number)
    held.state = ChangeState.VERIFIED
    held.verified_at, held.verified_by_id, held.check_note = at, verifier, note
    held.effective_from = at + settings.BANK_CHANGE_COOLING_OFF
    if held.account is not None:
        retire(held.account, held.effective_from)
    if held.kind != ChangeKind.RETIRE:
        held.made = PartnerBankAccount.objects.create(
            partner=held.partner,
            verified_at=at,
            verified_by_id=verifier,
            effective_from=held.effective_from,
            **{name: getattr(held, name) for name in DETAILS},
        )
    held.revision += 1
    held.save(
        update_fields=[
            "state", "verified_at", "verified_by", "check_note", "effective_from", "made",
            "revision",
        ]
    )  # fmt: skip
    tell_trail(Action.BANK_CHANGE_VERIFIED, actor=actor, at=at, change=held, reason="")
    return held


@transaction.atomic
def refuse_bank_change(
    *, actor: Actor, at: datetime, change: BankAccountChange, reason: str
) -> BankAccountChange:
    """Also of a verified one while it cools off. Raises ForbiddenError, ClaimNotPermittedError,
    InvalidTransitionError, ValidationFailedError.
    """
    reason = require_reason(reason)
    require_no_number(reason)
    return _stop(_hold(actor, change), ChangeState.REFUSED, actor, at, reason)


@transaction.atomic
def withdraw_for_partner(
    *, actor: Actor, at: datetime, change: BankAccountChange, reason: str
) -> BankAccountChange:
    """Staff take back what staff proposed, also a verified one while it cools off. Raises what
    refuse_bank_change raises.
    """
    reason = require_reason(reason)
    require_no_number(reason)
    held = _hold(actor, change)
    require_staff_made(held)
    return _stop(held, ChangeState.WITHDRAWN, actor, at, reason)


def _stop(
    held: BankAccountChange, to: ChangeState, actor: Actor, at: datetime, reason: str
) -> BankAccountChange:
    stop_change(held, to=to, at=at, reason=reason)
    tell_trail(STOPS[to], actor=actor, at=at, change=held, reason=reason)
    return held


def _hold(actor: Actor, change: BankAccountChange) -> BankAccountChange:
    """The change as it is now, with its partner's row locked as every writer locks it."""
    if actor.kind != ActorKind.STAFF:
        raise ForbiddenError("Only staff decide about a change of bank account.")
    require_group(actor, ClaimGroup.BANKING)
    partner = Partner.objects.select_for_update(no_key=True).get(pk=change.partner_id)
    held = BankAccountChange.objects.select_related("account", "made").get(pk=change.pk)
    held.partner = partner
    return held


def _require_note(text: str) -> str:
    if not text.strip():
        detail = "Say whom you asked, by which number or address known before, and when."
        fault = FieldError("/check_note", "required", detail)
        raise ValidationFailedError("The check out of band is missing.", errors=[fault])
    require_no_number(text, "/check_note")
    return text.strip()


def _require_same(change: BankAccountChange, number: str) -> None:
    if not constant_time_compare(normalized(number, change.number_kind), change.number):
        detail = "This is not the number that was proposed. Do not go on: ask again, or refuse."
        fault = FieldError("/number", "mismatch", detail)
        raise ValidationFailedError("The numbers differ.", errors=[fault])
