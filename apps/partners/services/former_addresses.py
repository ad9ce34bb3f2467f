"""Keeping for a while where a vendor's people read mail: who takes over its record first turns the
mail away, and then changes where it is paid (reference 5, "Bank change").
"""

from datetime import datetime, timedelta

from apps.core.errors import FieldError, ValidationFailedError
from apps.core.models import delete_expired
from apps.identity.models import User
from apps.partners.models import FormerAddress, Part, Partner, PartnerContact, PartnerUser, Role

TOLD_FOR = timedelta(days=30)
MOST = 100  # Of one partner; each is written to, so nobody makes us write to the world.


def former_mail(partner: Partner, *, at: datetime) -> list[str]:
    """Where mail about the partner went until lately."""
    lately = FormerAddress.objects.filter(partner=partner, ceased_at__gt=at - TOLD_FOR)
    return list(lately.order_by("email").values_list("email", flat=True))


def keep_former_contact(partner: Partner, part: Part, *, email: str, at: datetime) -> None:
    """``email`` ceases to be the address of ``part``; a part that is no contact has none. Wants the
    partner's row locked. Raises ValidationFailedError when too many have ceased lately: to forget
    any of them would help a thief.
    """
    if not isinstance(part, PartnerContact):
        return
    if email not in (known := former_mail(partner, at=at)) and len(known) >= MOST:
        fault = FieldError("/email", "too-many", "Too many contact addresses were changed lately.")
        raise ValidationFailedError("Ask the buyer to change it.", errors=[fault])
    keep_former_address(partner, email, at=at)


def keep_former_admin(user: User, *, at: datetime) -> None:
    """The person ceases to act for a partner as its admin, if they do."""
    acting = PartnerUser.objects.filter(user=user, role=Role.ADMIN).select_related("partner")
    for person in acting:
        keep_former_address(person.partner, user.email, at=at)


def purge_former_addresses(*, at: datetime, limit: int) -> int:
    """Delete at most ``limit`` of those that nothing is sent to any more."""
    return delete_expired(FormerAddress, "ceased_at", at=at - TOLD_FOR, limit=limit)


def keep_former_address(partner: Partner, email: str, *, at: datetime) -> None:
    """From now on the address is a former one of the partner's."""
    FormerAddress.objects.update_or_create(
        partner=partner, email=email.lower(), defaults={"ceased_at": at}
    )
