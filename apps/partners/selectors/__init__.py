"""Reading partners: what the caller may see at all, and which groups of it."""

from apps.partners.selectors.banking import changes_of, visible_change
from apps.partners.selectors.claims import RELATIONS, rules_of, visible_record, with_groups
from apps.partners.selectors.companies import (
    partner_by_public_id,
    vendors_visible_to,
    visible_vendor,
)
from apps.partners.selectors.parts import visible_part, visible_parts

__all__ = [
    "RELATIONS",
    "changes_of",
    "partner_by_public_id",
    "rules_of",
    "vendors_visible_to",
    "visible_change",
    "visible_part",
    "visible_parts",
    "visible_record",
    "visible_vendor",
    "with_groups",
]
