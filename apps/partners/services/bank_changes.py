"""A change of bank account: proposed, withdrawn. Nothing here pays or could be paid to; that takes
a second person (services.bank_checks).
"""

from datetime import datetime

from django.db import transaction

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import Actor
from apps.core.errors import ConflictError, FieldError, ValidationFailedError
from apps.gateway.policy import Precondition
from apps.gateway.services import named_anothers
from apps.partners.models import BankAccountChange, Partner, PartnerBankAccount
from apps.partners.policy.accounts import require_standing
from apps.partners.policy.banking import (
    NewDetails,
    ending_of,
    kind_faults,
    known_faults,
    require_move,
)
from apps.partners.policy.principals import require_same_vendor
from apps.partners.policy.reasons import require_no_number
from apps.partners.selectors.banking import (
    account_of,
    account_of_another,
    admins_mail,
    open_changes,
    standing_accounts,
    visible_change,
)
from apps.partners.services.bank_accounts import retire, take_back
from apps.partners.services.companies import partner_subject
from apps.partners.services.former_addresses import former_mail
from apps.partners.services.holding import hold_vendor, require_active, require_group, touch
from apps.partners.services.rows import insert, require_reason
from apps.partners.states import ChangeState, ClaimGroup

MOST_OPEN = 10
NO_DETAILS = NewDetails()


@transaction.atomic
def propose_bank_change(
    *,
    actor: Actor,
    at: datetime,
    vendor_id: str,
    kind: str,
    reason: str,
    account_id: str = "",
    details: NewDetails = NO_DETAILS,
    named_vendor: str = "",
) -> BankAccountChange:
    """Ask for a change; the vendor's admins are told at the addresses they have now or had lately.
    ``named_vendor`` is whose change the body says it is, if it does.

    Raises NotFoundError, ClaimNotPermittedError, PrincipalMismatchError, InvalidTransitionError,
    ConflictError and ValidationFailedError, none of which repeats a number.
    """
    partner = hold_vendor(actor=actor, at=at, vendor_id=vendor_id)
    require_group(actor, ClaimGroup.BANKING, details.given)
    require_same_vendor(named_vendor, partner.pk)
    return _propose(actor, at, partner, kind, require_reason(reason), account_id, details)


@transaction.atomic
def propose_for_partner(
    *,
    actor: Actor,
    at: datetime,
    partner: Partner,
    kind: str,
    reason: str,
    account_id: str = "",
    details: NewDetails = NO_DETAILS,
) -> BankAccountChange:
    """The same by a member of staff, who then cannot verify it. Raises what it raises."""
    held = Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)
    require_group(actor, ClaimGroup.BANKING, details.given)
    return _propose(actor, at, held, kind, require_reason(reason), account_id, details)


def _propose(
    actor: Actor,
    at: datetime,
    partner: Partner,
    kind: str,
    reason: str,
    account_id: str,
    details: NewDetails,
) -> BankAccountChange:
    require_active(partner)
    require_no_number(reason)
    account = _account(partner, account_id, at) if account_id else None
    _require_room(partner, account, at)
    if account is not None:
        require_standing(account, at)
    number = details.number
    change = BankAccountChange(
        partner=partner,
        kind=kind,
        account=account,
        holder=details.holder.strip(),
        number=number,
        number_kind=details.number_kind if number else "",
        ending=ending_of(number),
        bic=details.bic.upper(),
        bank_code=details.bank_code.strip(),
        country=details.country_of_account,
        currency=details.currency,
        reason=reason,
        proposed_at=at,
        proposed_actor=actor.id,
        proposed_session_id=actor.session_id,
        proposed_by_id=actor.user_id,
        **_to_tell(partner, at),
    )
    faults = kind_faults(kind, has_account=account is not None, details=details)
    insert(change, faults=faults or known_faults(details, _known(partner, account, at)))
    tell_trail(Action.BANK_CHANGE_PROPOSED, actor=actor, at=at, change=change, reason=reason)
    return change


def _known(
    partner: Partner, replaced: PartnerBankAccount | None, at: datetime
) -> list[BankAccountChange | PartnerBankAccount]:
    """What has a number of this vendor's now, which the caller holds; an account may be replaced
    by itself under another name or bank. Numbers are encrypted, so they are compared here.
    """
    accounts = [one for one in standing_accounts(partner, at=at) if one != replaced]
    return [*accounts, *open_changes(partner, at=at).filter(state=ChangeState.PROPOSED)]


def _to_tell(partner: Partner, at: datetime) -> dict[str, list[str]]:
    """Addresses by column, each in one of them."""
    present = admins_mail(partner)
    known = {email.lower() for email in present}
    former = [email for email in former_mail(partner, at=at) if email not in known]
    return {"notify": present, "notify_former": former}


def _account(partner: Partner, account_id: str, at: datetime) -> PartnerBankAccount:
    account = account_of(partner, account_id)
    if account is None or (account.retired_from is not None and account.retired_from <= at):
        fault = FieldError("/account", "not-found", "The vendor has no such account.")
        foreign = account is None and account_of_another(partner.pk, account_id)
        raise ValidationFailedError(
            "There is no such account.",
            errors=[fault],
            private=named_anothers({"/account": account_id}) if foreign else {},
        )
    return account


def _require_room(partner: Partner, account: PartnerBankAccount | None, at: datetime) -> None:
    """One open change per account, and no flood of them. Raises ConflictError."""
    waiting = open_changes(partner, at=at)
    if account is not None and waiting.filter(account=account).exists():
        raise ConflictError("There is an open change of this account already.")
    if waiting.count() >= MOST_OPEN:
        raise ConflictError("Too many changes are open; let them be decided first.")


@transaction.atomic
def withdraw_bank_change(
    *,
    actor: Actor,
    at: datetime,
    vendor_id: str,
    change_id: str,
    precondition: Precondition,
    reason: str = "",
) -> BankAccountChange:
    """Take a change back, also a verified one while it cools off. Raises NotFoundError,
    ClaimNotPermittedError, InvalidTransitionError, and what the precondition raises.
    """
    require_no_number(reason)
    partner = hold_vendor(actor=actor, at=at, vendor_id=vendor_id)
    change = visible_change(actor=actor, at=at, vendor_id=vendor_id, change_id=change_id)
    change.partner = partner
    require_group(actor, ClaimGroup.BANKING)
    precondition.require(resource_id=change.public_id, revision=change.revision)
    stop_change(change, to=ChangeState.WITHDRAWN, at=at, reason=reason)
    tell_trail(Action.BANK_CHANGE_WITHDRAWN, actor=actor, at=at, change=change, reason=reason)
    return change


def stop_change(change: BankAccountChange, *, to: ChangeState, at: datetime, reason: str) -> None:
    """End a change, whose partner the caller holds, before it takes effect; what its verification
    had set is taken back. Raises InvalidTransitionError.
    """
    require_move(change.state_at(at), to)
    if change.state == ChangeState.VERIFIED:
        if change.made is not None:
            retire(change.made, at)
        if change.account is not None:
            take_back(change.account, change)
    change.state, change.stopped_at, change.stop_reason = to, at, reason
    change.revision += 1
    change.save(update_fields=["state", "stopped_at", "stop_reason", "revision"])


def tell_trail(
    action: Action, *, actor: Actor, at: datetime, change: BankAccountChange, reason: str
) -> None:
    """Count the write of the partner's record and record the event, in which no part of a number
    stands.
    """
    touch(change.partner, at=at)
    record(
        action=action,
        actor=actor,
        at=at,
        subject=partner_subject(change.partner),
        data={
            "change": change.public_id,
            "kind": change.kind,
            "account": change.account.public_id if change.account else None,
            "made": change.made.public_id if change.made else None,
            "state": str(change.state),
            "effective_from": change.effective_from.isoformat() if change.effective_from else None,
            "reason": reason,
        },
    )
