"""Outside companies, what is on record about them, and the people who act for them."""

from apps.partners.models.banking import (
    DETAILS,
    AccountStatus,
    BankAccountChange,
    ChangeKind,
    NumberKind,
    PartnerBankAccount,
)
from apps.partners.models.claims import ClaimRule
from apps.partners.models.companies import (
    VENDOR_ROLES,
    Partner,
    PartnerKind,
    PartnerUser,
    RiskTier,
    Role,
    vendor_roles,
)
from apps.partners.models.former_addresses import FormerAddress
from apps.partners.models.parts import (
    AddressKind,
    Part,
    PartnerAddress,
    PartnerContact,
    PartnerTaxRegistration,
)

__all__ = [
    "DETAILS",
    "VENDOR_ROLES",
    "AccountStatus",
    "AddressKind",
    "BankAccountChange",
    "ChangeKind",
    "ClaimRule",
    "FormerAddress",
    "NumberKind",
    "Part",
    "Partner",
    "PartnerAddress",
    "PartnerBankAccount",
    "PartnerContact",
    "PartnerKind",
    "PartnerTaxRegistration",
    "PartnerUser",
    "RiskTier",
    "Role",
    "vendor_roles",
]
