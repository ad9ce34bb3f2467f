"""A vendor as the API shows it."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from apps.partners.formats.records import record_body
from apps.partners.formats.values import written
from apps.partners.models import Partner
from apps.partners.policy import Claims
from apps.partners.states import ClaimGroup

# Where each group is read and changed by itself.
PLACES = {
    ClaimGroup.ADDRESS: ("addresses",),
    ClaimGroup.CONTACTS: ("contacts",),
    ClaimGroup.TAX: ("tax-registrations",),
    ClaimGroup.BANKING: ("bank-accounts", "bank-account-changes"),
}


def vendor_path(vendor_id: str) -> str:
    return f"{reverse('api:vendors')}/{vendor_id}"


def vendor_body(vendor: Partner, claims: Claims, *, at: datetime) -> dict[str, Any]:
    """Wants the vendor read by selectors.with_groups."""
    path = vendor_path(vendor.public_id)
    places = [place for group, names in PLACES.items() if claims.sees(group) for place in names]
    return {
        "id": vendor.public_id,
        "kind": vendor.kind,
        "status": vendor.status,
        "revision": vendor.revision,
        **record_body(vendor, claims, at=at),
        "created_at": written(vendor.created_at),
        "updated_at": written(vendor.updated_at),
        "links": {"self": path, **{place.replace("-", "_"): f"{path}/{place}" for place in places}},
    }
