"""The people who act for a partner."""

from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import Actor
from apps.core.errors import FieldError, InvalidTransitionError, ValidationFailedError
from apps.identity.models import User
from apps.partners.models import Partner, PartnerUser, Role
from apps.partners.policy import giver_faults, role_faults
from apps.partners.services.companies import partner_subject
from apps.partners.services.former_addresses import keep_former_address
from apps.partners.services.rows import insert

_SAME_ROLE = FieldError("/role", "unchanged", "This is what they are now.")


def add_partner_user(
    *, actor: Actor, at: datetime, partner: Partner, user: User, role: str
) -> PartnerUser:
    """Let a person act for a partner.

    Raises ValidationFailedError for staff, for somebody who acts for a partner already and for a
    role the partner's kind does not have or the actor may not give, InvalidTransitionError when
    the partner is not active.
    """
    person = PartnerUser(partner=partner, user=user, role=role, created_at=at)
    with transaction.atomic():
        hold_active(partner)
        insert(person, faults=[*_role_faults(role, partner, actor), *_staff_faults(user)])
        record(
            action=Action.PARTNER_USER_ADDED,
            actor=actor,
            at=at,
            subject=partner_subject(partner),
            data={"user": user.public_id, "role": role},
            private={"email": user.email},
        )
    return person


def change_partner_user_role(*, actor: Actor, at: datetime, person: PartnerUser, role: str) -> None:
    """Make a partner's person something else there.

    Sessions carry the role they were granted with, so none from before counts any more. Raises
    ValidationFailedError for a role the partner's kind does not have, the actor may not give or
    the person has already, InvalidTransitionError when the partner is not active.
    """
    partner = person.partner
    if faults := _role_faults(role, partner, actor):
        raise ValidationFailedError("This is not a role there.", errors=faults)
    with transaction.atomic():
        hold_active(partner)
        before = PartnerUser.objects.values_list("role", flat=True).get(pk=person.pk)
        if not PartnerUser.objects.filter(pk=person.pk).exclude(role=role).update(role=role):
            raise ValidationFailedError("The person has this role.", errors=[_SAME_ROLE])
        User.objects.filter(pk=person.user_id).update(not_before=Now())
        if before == Role.ADMIN:
            keep_former_address(partner, person.user.email, at=at)
        record(
            action=Action.PARTNER_USER_ROLE_CHANGED,
            actor=actor,
            at=at,
            subject=partner_subject(partner),
            data={"user": person.user.public_id, "from": before, "to": role},
        )
    person.role = role


def hold_active(partner: Partner) -> Partner:
    """The partner's row, locked. Offboarding locks the same: nobody joins a partner behind its
    back, and whoever holds it decides alone about its people. Raises InvalidTransitionError.
    """
    held = Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)
    if not held.is_live:
        raise InvalidTransitionError(f"{held.name} is {held.status}; nobody can join it.")
    return held


def _role_faults(role: str, partner: Partner, actor: Actor) -> list[FieldError]:
    kind = partner.kind
    return [*role_faults(role, kind=kind), *giver_faults(role, kind=kind, actor=actor)]


def _staff_faults(user: User) -> list[FieldError]:
    if not user.is_staff:
        return []
    return [FieldError("/user", "is-staff", "Staff of the buyer cannot act for a partner.")]
