"""What a partner's own admin decides about its people: what they are there, and their end.

Each act holds the partner's row and asks once more whether who acts is its active admin: of two
who end each other's access at once, the second is one no more. Nobody does it to themselves, so
whoever acted is still an admin afterwards and the last one stays.
"""

from datetime import datetime

from django.db import transaction

from apps.core.actor import Actor
from apps.core.errors import ForbiddenError, InvalidTransitionError, ValidationFailedError
from apps.governance.selectors import active_admins
from apps.governance.services.deactivation import end_refused, flip_inactive
from apps.identity.models import User
from apps.identity.selectors import exists_by_federation
from apps.partners.models import Partner, PartnerUser
from apps.partners.policy import portal_role_faults
from apps.partners.services import change_partner_user_role, hold_active

RETIRED = "ended by the partner's admin"
OUT_OF_REACH = "People of this role are for the buyer's staff to change."
PROVIDER_DECIDES = (
    "Your company's provider decides what this person is here; what you chose would last until "
    "their next sign-in."
)


def hold_as_admin(actor: Actor, partner: Partner) -> PartnerUser:
    """Who the actor is for the partner, whose row is locked: an active admin. Raises
    ForbiddenError for anybody else, InvalidTransitionError when the partner is not active.
    """
    held = hold_active(partner)
    admin = active_admins().filter(partner=held, user=actor.user_id).first()
    if admin is None:
        raise ForbiddenError("Only an admin of your company may do this.")
    admin.partner = held
    return admin


def refuse_role(role: str, partner: Partner) -> None:
    """A partner's admin gives what staff allow, no more. Raises ValidationFailedError."""
    if faults := portal_role_faults(role, partner=partner):
        raise ValidationFailedError("This is not a role you may give.", errors=faults)


def _refuse_out_of_reach(person: PartnerUser, partner: Partner) -> None:
    """Whom a partner's admin could not make, they do not unmake: staff say who is for whom. Raises
    ForbiddenError.
    """
    role = PartnerUser.objects.values_list("role", flat=True).get(pk=person.pk)
    if portal_role_faults(role, partner=partner):
        raise ForbiddenError(OUT_OF_REACH)


def change_person_role(*, actor: Actor, at: datetime, person: PartnerUser, role: str) -> None:
    """Make a colleague something else; they sign in again, and apps ask for new tokens.

    Raises ForbiddenError, ValidationFailedError, InvalidTransitionError.
    """
    with transaction.atomic():
        held = hold_as_admin(actor, person.partner).partner
        if actor.user_id == person.user_id:
            raise ForbiddenError("Your own role is for another admin to change.")
        if exists_by_federation(person.user):
            raise InvalidTransitionError(PROVIDER_DECIDES)
        _refuse_out_of_reach(person, held)
        refuse_role(role, held)
        if not User.objects.filter(pk=person.user_id, is_active=True).exists():
            raise InvalidTransitionError("This person has no access now.")
        change_partner_user_role(actor=actor, at=at, person=person, role=role)
    end_refused(actor=actor, at=at, user=person.user, reason="person's role changed")


def retire_person(*, actor: Actor, at: datetime, person: PartnerUser) -> dict[str, int]:
    """End a colleague's access; returns what that ended, by kind. Staff can give it back.

    Raises ForbiddenError, InvalidTransitionError.
    """
    with transaction.atomic():
        held = hold_as_admin(actor, person.partner).partner
        _refuse_out_of_reach(person, held)
        counts = flip_inactive(actor=actor, at=at, user=person.user, reason=RETIRED)
    reason = f"person deactivated: {RETIRED}"
    end_refused(actor=actor, at=at, user=person.user, reason=reason)
    return counts
