"""A partner's record as it is shown: the groups the caller may see, and the names of the others."""

from apps.partners.formats.banking import account_body, change_body
from apps.partners.formats.records import SHOWN_GROUPS, part_body, record_body, shown_groups
from apps.partners.formats.vendors import vendor_body, vendor_path

__all__ = [
    "SHOWN_GROUPS",
    "account_body",
    "change_body",
    "part_body",
    "record_body",
    "shown_groups",
    "vendor_body",
    "vendor_path",
]
