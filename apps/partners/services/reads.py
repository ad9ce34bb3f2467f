"""What a restricted read leaves in the trail (spec 4 no. 3)."""

from collections.abc import Collection, Sequence
from datetime import datetime

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.partners.models import Partner
from apps.partners.policy import RESTRICTED_GROUPS
from apps.partners.services.companies import partner_subject


def record_restricted_read(
    *,
    actor: Actor,
    at: datetime,
    groups: Collection[str],
    partners: Sequence[Partner],
    reason: str = "",
    asked: bool = False,
) -> None:
    """One event for one answer that showed restricted groups of these partners, if it did. One that
    ``asked`` by them, with a filter or a sort, tells of them also where it found nobody.
    """
    seen = sorted(RESTRICTED_GROUPS.intersection(groups))
    if not seen or not (partners or asked):
        return
    one = len(partners) == 1
    record(
        action=Action.PARTNER_RESTRICTED_READ,
        actor=actor,
        at=at,
        subject=partner_subject(partners[0]) if one else Subject("partner", "", "a list"),
        data={"groups": seen},
        # Why somebody of the buyer's looks is not for the company that is looked at.
        private={"partners": [partner.public_id for partner in partners], "reason": reason},
    )
