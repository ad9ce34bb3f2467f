"""Finding partners, and the one gate to them: what the caller may see at all (reference 3e)."""

from datetime import datetime

from django.db.models import Q, QuerySet

from apps.core.actor import Actor
from apps.core.errors import NotFoundError
from apps.core.ids import decode_id
from apps.partners.models import Partner, PartnerKind

NO_VENDOR = "There is no such vendor."


def partner_by_public_id(public_id: str) -> Partner:
    """For staff and the operator: nothing is narrowed to a caller. Raises NotFoundError, also for
    what is no partner's id at all.
    """
    key = decode_id(Partner.id_prefix, public_id)
    found = Partner.objects.filter(pk=key).first() if key else None
    if found is None:
        raise NotFoundError(f"There is no partner {public_id!r}; ids begin with ptr_.")
    return found


def vendors_visible_to(actor: Actor, *, at: datetime) -> QuerySet[Partner]:
    """A vendor sees itself; the buyer's side the vendors of its session's open projects."""
    if actor.acts_for_vendor:
        return Partner.objects.filter(pk__in=[actor.partner_id])
    member = Partner.objects.filter(
        Q(memberships__valid_until__isnull=True) | Q(memberships__valid_until__gt=at),
        memberships__valid_from__lte=at,
        memberships__project_id__in=actor.open_projects,
    )
    return Partner.objects.filter(kind=PartnerKind.VENDOR, pk__in=member.order_by().values("pk"))


def companies_known_to(actor: Actor) -> QuerySet[Partner]:
    """A vendor knows of itself."""
    return Partner.objects.filter(pk__in=[actor.partner_id])


def visible_vendor(*, actor: Actor, at: datetime, vendor_id: str, lock: bool = False) -> Partner:
    """With ``lock`` its row is held until the transaction ends. Raises NotFoundError, also for
    what is not for the caller's eyes.
    """
    key = decode_id(Partner.id_prefix, vendor_id)
    if key is None:
        raise NotFoundError(NO_VENDOR)
    rows = vendors_visible_to(actor, at=at).filter(pk=key)
    found = (rows.select_for_update(no_key=True) if lock else rows).first()
    if found is None:
        raise NotFoundError(NO_VENDOR)
    return found
