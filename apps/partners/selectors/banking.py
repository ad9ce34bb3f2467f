"""Reading bank accounts and their changes, from a vendor that the caller may see."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet

from apps.core.actor import Actor
from apps.core.errors import NotFoundError
from apps.core.ids import decode_id
from apps.partners.models import (
    AccountStatus,
    BankAccountChange,
    Partner,
    PartnerBankAccount,
    PartnerContact,
    PartnerUser,
    Role,
)
from apps.partners.selectors.companies import vendors_visible_to
from apps.partners.states import ChangeState

NO_CHANGE = "The vendor has no change of bank account by this id."


def changes_of(vendor: Partner) -> QuerySet[BankAccountChange]:
    """With the accounts they concern."""
    return BankAccountChange.objects.filter(partner=vendor).select_related("account", "made")


def account_of_another(vendor_id: uuid.UUID, account_id: str) -> bool:
    """Whether the account exists, and is another company's: naming it is noticed."""
    found = decode_id(PartnerBankAccount.id_prefix, account_id)
    accounts = PartnerBankAccount.objects.exclude(partner_id=vendor_id)
    return found is not None and accounts.filter(pk=found).exists()


def visible_change(
    *, actor: Actor, at: datetime, vendor_id: str, change_id: str
) -> BankAccountChange:
    """One statement. Raises NotFoundError."""
    key = decode_id(BankAccountChange.id_prefix, change_id)
    vendor = decode_id(Partner.id_prefix, vendor_id)
    if key is None or vendor is None:
        raise NotFoundError(NO_CHANGE)
    owners = vendors_visible_to(actor, at=at).filter(pk=vendor).order_by()
    changes = BankAccountChange.objects.select_related("partner", "account", "made")
    found = changes.filter(pk=key, partner__in=owners).first()
    if found is None:
        raise NotFoundError(NO_CHANGE)
    return found


def account_of(partner: Partner, account_id: str) -> PartnerBankAccount | None:
    key = decode_id(PartnerBankAccount.id_prefix, account_id)
    accounts = PartnerBankAccount.objects.filter(partner=partner)
    return accounts.filter(pk=key).first() if key else None


def open_changes(partner: Partner, *, at: datetime) -> QuerySet[BankAccountChange]:
    """Those that may still come to something: proposed, or cooling off."""
    cooling = Q(state=ChangeState.VERIFIED, effective_from__gt=at)
    return BankAccountChange.objects.filter(
        Q(state=ChangeState.PROPOSED) | cooling, partner=partner
    )


def changes_to_verify() -> QuerySet[BankAccountChange]:
    """Everybody's that nobody has looked at yet."""
    return BankAccountChange.objects.filter(state=ChangeState.PROPOSED)


def standing_accounts(partner: Partner, *, at: datetime) -> list[PartnerBankAccount]:
    """Those that are or may yet be paid to."""
    accounts = PartnerBankAccount.objects.filter(partner=partner)
    return [one for one in accounts if one.status_at(at) != AccountStatus.RETIRED]


def admins_mail(partner: Partner) -> list[str]:
    """Where the partner's own admins read mail; its contacts' if it has none. All of them: a thief
    who changed something about each but one would have the mail go to that one alone.
    """
    admins = PartnerUser.objects.filter(partner=partner, role=Role.ADMIN, user__is_active=True)
    found = admins.order_by("user__email").values_list("user__email", flat=True)
    contacts = partner.contacts.values_list("email", flat=True)
    return list(found) or list(contacts)


def recent_contacts(partner: Partner, *, at: datetime) -> QuerySet[PartnerContact]:
    """Added or changed within the time a change of bank account cools off."""
    return partner.contacts.filter(updated_at__gt=at - settings.BANK_CHANGE_COOLING_OFF)
