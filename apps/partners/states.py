"""A partner's life, a bank account's change and the groups of a record, all as data."""

from django.db import models


class PartnerStatus(models.TextChoices):
    """Whether a partner may act. Only an active one may."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    OFFBOARDED = "offboarded"


MOVES: dict[str, frozenset[str]] = {
    PartnerStatus.ACTIVE: frozenset({PartnerStatus.SUSPENDED, PartnerStatus.OFFBOARDED}),
    PartnerStatus.SUSPENDED: frozenset({PartnerStatus.ACTIVE, PartnerStatus.OFFBOARDED}),
    PartnerStatus.OFFBOARDED: frozenset(),
}


class ChangeState(models.TextChoices):
    """A change of bank account. That a verified one has taken effect is not stored: its date says
    so (``BankAccountChange.state_at``).
    """

    PROPOSED = "proposed"
    VERIFIED = "verified"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


EFFECTIVE = "effective"
STOPPED = frozenset({ChangeState.REFUSED, ChangeState.WITHDRAWN})
CHANGE_MOVES: dict[str, frozenset[str]] = {
    ChangeState.PROPOSED: STOPPED | {ChangeState.VERIFIED},
    # While it cools off: what that time is for.
    ChangeState.VERIFIED: STOPPED,
    EFFECTIVE: frozenset(),
    ChangeState.REFUSED: frozenset(),
    ChangeState.WITHDRAWN: frozenset(),
}


class ClaimGroup(models.TextChoices):
    """A part of a partner's record that is shown or hidden as a whole (reference 3a)."""

    PROFILE = "profile"
    CONTACTS = "contacts"
    ADDRESS = "address"
    TAX = "tax"
    BANKING = "banking", "banking, masked"
    BANKING_FULL = "banking.full", "banking, full numbers"
    INTERNAL = "internal", "internal: risk and notes"


# What each group consists of; a claim rule may name some of these only.
GROUP_FIELDS: dict[str, tuple[str, ...]] = {
    ClaimGroup.PROFILE: (
        "name", "legal_name", "trading_name", "identifiers", "default_currency",
        "payment_terms", "categories", "website", "description",
    ),
    ClaimGroup.CONTACTS: ("name", "title", "email", "phone"),
    ClaimGroup.ADDRESS: ("kind", "lines", "city", "region", "postcode", "country"),
    ClaimGroup.TAX: ("scheme", "tax_id", "country", "certificate_ref", "valid_until"),
    ClaimGroup.BANKING: (
        "holder", "number", "number_kind", "bic", "bank_code", "country", "currency", "status",
        "verified_at", "effective_from", "retired_from",
    ),
    ClaimGroup.BANKING_FULL: ("number",),
    ClaimGroup.INTERNAL: ("risk_tier", "internal_note", "owner"),
}  # fmt: skip
