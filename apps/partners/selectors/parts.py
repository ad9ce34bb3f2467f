"""Reading what hangs on a partner's record, from the partner that the caller may see."""

from datetime import datetime
from typing import TypeVar

from django.db.models import QuerySet

from apps.core.actor import Actor
from apps.core.errors import NotFoundError
from apps.core.ids import decode_id
from apps.partners.models import Part, Partner
from apps.partners.selectors.companies import vendors_visible_to, visible_vendor

P = TypeVar("P", bound=Part)


def part_of(partner: Partner, model: type[P], part_id: str) -> P:
    """Raises NotFoundError."""
    key = decode_id(model.id_prefix, part_id)
    found = _all_of(model).filter(pk=key, partner=partner).first() if key else None
    if found is None:
        raise NotFoundError("The vendor's record has nothing by this id.")
    return found


def visible_parts(*, actor: Actor, at: datetime, model: type[P], vendor_id: str) -> QuerySet[P]:
    """Raises NotFoundError when the vendor is not for the caller's eyes."""
    return _all_of(model).filter(partner=visible_vendor(actor=actor, at=at, vendor_id=vendor_id))


def visible_part(*, actor: Actor, at: datetime, model: type[P], vendor_id: str, part_id: str) -> P:
    """One statement. Raises NotFoundError."""
    key, vendor = decode_id(model.id_prefix, part_id), decode_id(Partner.id_prefix, vendor_id)
    if key is None or vendor is None:
        raise NotFoundError("The vendor's record has nothing by this id.")
    owners = vendors_visible_to(actor, at=at).filter(pk=vendor).order_by()
    found = _all_of(model).filter(pk=key, partner__in=owners).first()
    if found is None:
        raise NotFoundError("The vendor's record has nothing by this id.")
    return found


def _all_of(model: type[P]) -> QuerySet[P]:
    return model._default_manager.all()  # noqa: SLF001 -- Django's documented name
