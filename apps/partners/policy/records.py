"""Which fields of a partner's own row there are to change, for whom, and what may stand in them."""

from collections.abc import Collection

from apps.core.errors import FieldError
from apps.partners.models import Partner
from apps.partners.policy.companies import identifier_faults
from apps.partners.policy.values import currency_faults
from apps.partners.states import GROUP_FIELDS, ClaimGroup

VENDOR_WRITES = frozenset({"trading_name", "website", "description"})
BUYER_WRITES = VENDOR_WRITES | {"default_currency", "payment_terms", "categories"}
STAFF_WRITES = frozenset({*GROUP_FIELDS[ClaimGroup.PROFILE], *GROUP_FIELDS[ClaimGroup.INTERNAL]})


def writable(*, for_vendor: bool) -> frozenset[str]:
    """A vendor says how it presents itself; terms and categories are the buyer's to say, names and
    identifiers staff's, who check them.
    """
    return VENDOR_WRITES if for_vendor else BUYER_WRITES


def group_of(name: str) -> str:
    internal = name in GROUP_FIELDS[ClaimGroup.INTERNAL]
    return ClaimGroup.INTERNAL if internal else ClaimGroup.PROFILE


def record_faults(partner: Partner, changed: Collection[str]) -> list[FieldError]:
    """What the columns alone do not say."""
    faults: list[FieldError] = []
    if "identifiers" in changed:
        faults += identifier_faults(partner.identifiers)
    if "default_currency" in changed and partner.default_currency:
        faults += currency_faults(partner.default_currency, pointer="/default_currency")
    if "website" in changed and partner.website and not _is_web(partner.website):
        faults.append(
            FieldError("/website", "invalid", "A website begins with https:// or http://.")
        )
    if "owner" in changed and partner.owner is not None and not partner.owner.is_staff:
        faults.append(FieldError("/owner", "invalid", "Only staff look after a partner."))
    return faults


def _is_web(address: str) -> bool:
    return address.startswith(("https://", "http://"))
