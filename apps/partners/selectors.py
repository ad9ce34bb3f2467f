"""Finding partners."""

from apps.core.errors import NotFoundError
from apps.core.ids import decode_id
from apps.partners.models import Partner


def partner_by_public_id(public_id: str) -> Partner:
    """Raises NotFoundError, also for what is no partner's id at all."""
    key = decode_id(Partner.id_prefix, public_id)
    found = Partner.objects.filter(pk=key).first() if key else None
    if found is None:
        raise NotFoundError(f"There is no partner {public_id!r}; ids begin with ptr_.")
    return found
