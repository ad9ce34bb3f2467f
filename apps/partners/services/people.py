"""The people who act for a partner."""

from datetime import datetime

from django.db import transaction

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import Actor
from apps.core.errors import FieldError, InvalidTransitionError
from apps.identity.models import User
from apps.partners.models import Partner, PartnerUser
from apps.partners.policy import role_faults
from apps.partners.services.companies import partner_subject
from apps.partners.services.rows import insert


def add_partner_user(
    *, actor: Actor, at: datetime, partner: Partner, user: User, role: str
) -> PartnerUser:
    """Let a person act for a partner.

    Raises ValidationFailedError for staff, for somebody who acts for a partner already and for a
    role the partner's kind does not have, InvalidTransitionError when the partner is not active.
    """
    person = PartnerUser(partner=partner, user=user, role=role, created_at=at)
    with transaction.atomic():
        _hold_active(partner)
        insert(person, faults=[*role_faults(role, kind=partner.kind), *_staff_faults(user)])
        record(
            action=Action.PARTNER_USER_ADDED,
            actor=actor,
            at=at,
            subject=partner_subject(partner),
            data={"user": user.public_id, "role": role},
            private={"email": user.email},
        )
    return person


def _hold_active(partner: Partner) -> None:
    """Offboarding locks the same row: nobody joins a partner behind its back."""
    held = Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)
    if not held.is_live:
        raise InvalidTransitionError(f"{held.name} is {held.status}; nobody can join it.")


def _staff_faults(user: User) -> list[FieldError]:
    if not user.is_staff:
        return []
    return [FieldError("/user", "is-staff", "Staff of the buyer cannot act for a partner.")]
