"""The kinds of what hangs on a partner's record."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from apps.audit.events import Action
from apps.partners.models import Part, PartnerAddress, PartnerContact, PartnerTaxRegistration
from apps.partners.states import ClaimGroup

P = TypeVar("P", bound=Part)


@dataclass(frozen=True)
class PartKind(Generic[P]):
    """What hangs on a record: its model, the group it is shown with, and what the trail says."""

    model: type[P]
    group: ClaimGroup
    added: Action
    changed: Action
    removed: Action


CONTACTS = PartKind(
    PartnerContact,
    ClaimGroup.CONTACTS,
    Action.PARTNER_CONTACT_ADDED,
    Action.PARTNER_CONTACT_CHANGED,
    Action.PARTNER_CONTACT_REMOVED,
)
ADDRESSES = PartKind(
    PartnerAddress,
    ClaimGroup.ADDRESS,
    Action.PARTNER_ADDRESS_ADDED,
    Action.PARTNER_ADDRESS_CHANGED,
    Action.PARTNER_ADDRESS_REMOVED,
)
TAX_REGISTRATIONS = PartKind(
    PartnerTaxRegistration,
    ClaimGroup.TAX,
    Action.PARTNER_TAX_ADDED,
    Action.PARTNER_TAX_CHANGED,
    Action.PARTNER_TAX_REMOVED,
)
