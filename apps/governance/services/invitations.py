"""Invitations: a partner's admin asks somebody in by mail, and they choose a password.

Whoever invites is told the same of every address, so that inviting finds out about nobody: the
person is made when the link is followed, and the mail itself says when it can lead nowhere.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor, ActorKind, Origin
from apps.core.errors import FieldError, InvalidTransitionError, NotFoundError
from apps.core.models import delete_expired
from apps.governance.models import Invitation
from apps.governance.selectors import acceptable_invitations, invited_by_token, open_invitations
from apps.governance.services.onboarding import add_person
from apps.governance.services.people import hold_as_admin, refuse_role
from apps.identity.models import User
from apps.oauth.crypto import new_secret, sha256_hex
from apps.partners.models import Partner
from apps.partners.policy import portal_role_faults
from apps.partners.services import hold_active, insert, require_reason

LIFETIME = timedelta(days=3)
PAUSE = timedelta(minutes=5)  # Between two mails to one address.
KEPT_FOR = timedelta(days=30)  # After the link's end: so long staff see what became of it.
MOST_A_DAY = 50  # A partner's admin is not a way to send mail to the world.


@dataclass(frozen=True)
class NewInvitation:
    """``token`` is the link's secret, known here and in the mail. ``leads_nowhere`` when somebody
    signs in here with the address already: for the mail, not for whoever invited.
    """

    invitation: Invitation
    token: str
    leads_nowhere: bool


def invite_person(
    *, actor: Actor, at: datetime, partner: Partner, email: str, role: str, name: str = ""
) -> NewInvitation:
    """Raises ForbiddenError, ValidationFailedError, InvalidTransitionError."""
    token, email = new_secret(), email.strip().lower()
    with transaction.atomic():
        admin = hold_as_admin(actor, partner)
        held = admin.partner
        invitation = Invitation(
            partner=held,
            email=email,
            name=name.strip(),
            role=role,
            token_sha256=sha256_hex(token),
            invited_by_id=admin.user_id,
            created_at=at,
            sent_at=at,
            expires_at=at + LIFETIME,
        )
        faults = [*portal_role_faults(role, partner=held), *_faults(held, email, at=at)]
        insert(invitation, faults=faults)
        _record(Action.INVITATION_SENT, actor, at, invitation)
    return _new(invitation, token)


def renew_invitation(*, actor: Actor, at: datetime, invitation: Invitation) -> NewInvitation:
    """Send another link; the one before works no more. Raises ForbiddenError,
    ValidationFailedError when the role may no longer be given, InvalidTransitionError when it was
    accepted, cancelled or sent a moment ago.
    """
    token = new_secret()
    with transaction.atomic():
        admin = hold_as_admin(actor, invitation.partner)
        refuse_role(invitation.role, admin.partner)
        due = Q(sent_at__lte=at - PAUSE) | Q(mail_failed_at__isnull=False)
        renewed = (
            open_invitations(admin.partner)
            .filter(due, pk=invitation.pk)
            .update(
                token_sha256=sha256_hex(token),
                invited_by=admin.user_id,
                sent_at=at,
                expires_at=at + LIFETIME,
                mail_failed_at=None,
            )
        )
        if not renewed:
            raise InvalidTransitionError("It was sent a moment ago, or is open no more.")
        _record(Action.INVITATION_RENEWED, actor, at, invitation)
    invitation.refresh_from_db()
    return _new(invitation, token)


def note_mail_failure(*, at: datetime, new: NewInvitation) -> None:
    """The mail with this link did not leave, so another may follow at once."""
    waiting = Invitation.objects.filter(token_sha256=sha256_hex(new.token))
    waiting.update(mail_failed_at=at)


def cancel_invitation(*, actor: Actor, at: datetime, invitation: Invitation) -> None:
    """Its link works no more. Raises ForbiddenError, InvalidTransitionError."""
    with transaction.atomic():
        held = hold_as_admin(actor, invitation.partner).partner
        if not open_invitations(held).filter(pk=invitation.pk).update(cancelled_at=at):
            raise InvalidTransitionError("It is open no more.")
        _record(Action.INVITATION_CANCELLED, actor, at, invitation)


def withdraw_invitation(*, actor: Actor, at: datetime, invitation: Invitation, reason: str) -> None:
    """Staff take it back for the partner. Raises ValidationFailedError without a reason,
    InvalidTransitionError.
    """
    reason = require_reason(reason)
    with transaction.atomic():
        if (
            not open_invitations(invitation.partner)
            .filter(pk=invitation.pk)
            .update(cancelled_at=at)
        ):
            raise InvalidTransitionError("It is open no more.")
        _record(Action.INVITATION_CANCELLED, actor, at, invitation, reason=reason)


def accept_invitation(*, origin: Origin, at: datetime, token: str, password: str) -> User:
    """Make the person, who has shown that the mailbox is theirs. A link works once: of two who
    follow it at the same time the database chooses one.

    Raises NotFoundError for a link that works no more, ValidationFailedError for a weak password
    and for an address that somebody signs in with.
    """
    invitation = invited_by_token(token, at=at)
    actor = Actor(
        kind=ActorKind.USER,
        id=invitation.public_id,
        label=invitation.email,
        partner_id=invitation.partner_id,
        origin=origin,
    )
    with transaction.atomic():
        held = hold_active(invitation.partner)
        if portal_role_faults(invitation.role, partner=held):
            raise NotFoundError("The invitation was taken back.")
        link = acceptable_invitations(at=at).filter(token_sha256=sha256_hex(token))
        if not link.update(accepted_at=at):
            raise NotFoundError("This link has been used.")
        user = add_person(
            actor=actor,
            at=at,
            email=invitation.email,
            password=password,
            name=invitation.name,
            partner=held,
            role=invitation.role,
        )
        _record(Action.INVITATION_ACCEPTED, actor, at, invitation)
    return user


def purge_invitations(*, at: datetime, limit: int) -> int:
    """Delete at most ``limit`` of them a while after their link has ended, whatever became of
    them; the trail goes on telling it.
    """
    return delete_expired(Invitation, "expires_at", at=at - KEPT_FOR, limit=limit)


def _faults(partner: Partner, email: str, *, at: datetime) -> list[FieldError]:
    """What the admin may know: about colleagues, and about what they did themselves."""
    colleague = User.objects.filter(partner_user__partner=partner, email=email).first()
    if colleague is not None:
        ended = "Their access was ended: ask the buyer to give it back."
        told = "They act for your company already." if colleague.is_active else ended
        return [FieldError("/email", "duplicate", told)]
    just_sent = partner.invitations.filter(email=email, sent_at__gt=at - PAUSE)
    if just_sent.filter(mail_failed_at__isnull=True, cancelled_at__isnull=False).exists():
        return [FieldError("/email", "too-soon", "They were sent a mail a moment ago.")]
    if partner.invitations.filter(created_at__gt=at - timedelta(days=1)).count() >= MOST_A_DAY:
        return [FieldError("", "too-many", "These are enough invitations for one day.")]
    return []


def _new(invitation: Invitation, token: str) -> NewInvitation:
    taken = User.objects.filter(email=invitation.email).exists()
    return NewInvitation(invitation, token, taken)


def _record(
    action: Action, actor: Actor, at: datetime, invitation: Invitation, **more: str
) -> None:
    record(
        action=action,
        actor=actor,
        at=at,
        subject=Subject("invitation", invitation.public_id, invitation.email),
        data={"role": invitation.role, **more},
    )
