"""The rules of a role, read at every request: a change counts from the next one on, in every
process. And records with just the groups that are shown.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db.models import QuerySet

from apps.core.actor import Actor
from apps.core.errors import NotFoundError
from apps.core.ids import decode_id
from apps.partners.models import ClaimRule, Partner
from apps.partners.selectors.companies import NO_VENDOR, vendors_visible_to
from apps.partners.states import ClaimGroup

RELATIONS = {
    ClaimGroup.CONTACTS: "contacts",
    ClaimGroup.ADDRESS: "addresses",
    ClaimGroup.TAX: "tax_registrations",
    ClaimGroup.BANKING: "bank_accounts",
}


def rules_of(role: str) -> Mapping[str, Sequence[str]]:
    """The fields by group, in one statement; an empty list means all of the group's."""
    found = ClaimRule.objects.filter(role=role).order_by()
    return dict(found.values_list("group", "fields"))


def with_groups(rows: QuerySet[Partner], groups: Collection[str]) -> QuerySet[Partner]:
    """With what of each record is shown: one statement per group that has rows of its own."""
    shown = [relation for group, relation in RELATIONS.items() if group in groups]
    if ClaimGroup.INTERNAL in groups:
        rows = rows.select_related("owner")
    return rows.prefetch_related(*shown)


def visible_record(
    *, actor: Actor, at: datetime, vendor_id: str, groups: Collection[str]
) -> Partner:
    """A vendor with what of its record is shown. Raises NotFoundError."""
    key = decode_id(Partner.id_prefix, vendor_id)
    if key is None:
        raise NotFoundError(NO_VENDOR)
    found = with_groups(vendors_visible_to(actor, at=at).filter(pk=key), groups).first()
    if found is None:
        raise NotFoundError(NO_VENDOR)
    return found
