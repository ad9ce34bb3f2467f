"""Taking a person's access for now, short of offboarding: the same flip, and it can be undone.

As there, what refuses is the flip; the rows of ended sessions follow in batches, and what those
do not come to is met by the job that ends every dead session.
"""

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models.functions import Now

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import Actor
from apps.core.errors import ForbiddenError, InvalidTransitionError
from apps.governance.selectors import invitations_waiting, plan_deactivation
from apps.identity.models import User
from apps.identity.services import subject_of
from apps.oauth.selectors import dead_sessions
from apps.oauth.services import end_sessions
from apps.partners.services import keep_former_admin, require_reason

BATCH = 5000


def deactivate_person(*, actor: Actor, at: datetime, user: User, reason: str) -> dict[str, int]:
    """Refuse the person at their next request, everywhere; returns what that ended, by kind.

    Clients they own go on working and are counted. Raises ValidationFailedError without a reason,
    ForbiddenError for oneself, InvalidTransitionError when they are not active.
    """
    reason = require_reason(reason)
    with transaction.atomic():
        counts = flip_inactive(actor=actor, at=at, user=user, reason=reason)
    end_refused(actor=actor, at=at, user=user, reason=f"person deactivated: {reason}")
    return counts


def flip_inactive(*, actor: Actor, at: datetime, user: User, reason: str) -> dict[str, int]:
    """The flip and its one event, in the caller's transaction; the rows are the caller's too.

    Invitations the person sent end with it. Raises as `deactivate_person` does.
    """
    if actor.user_id == user.pk:
        raise ForbiddenError("Your own access is for somebody else to end.")
    held = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    counts = plan_deactivation(held, at=at)
    if not held.is_active:
        raise InvalidTransitionError("This person has no access now.")
    User.objects.filter(pk=held.pk).update(is_active=False, not_before=Now())
    keep_former_admin(held, at=at)
    counts["invitations"] = invitations_waiting(held).update(cancelled_at=at)
    record(
        action=Action.USER_DEACTIVATED,
        actor=actor,
        at=at,
        subject=subject_of(held),
        data={"reason": reason, "counts": counts},
    )
    user.refresh_from_db(fields=["is_active", "not_before"])
    return counts


def reactivate_person(*, actor: Actor, at: datetime, user: User, reason: str) -> None:
    """Let the person sign in again; no sign-in and no session from before comes back.

    Raises ValidationFailedError without a reason, InvalidTransitionError for somebody who is
    active or was offboarded, which is for good.
    """
    reason = require_reason(reason)
    away = User.objects.filter(pk=user.pk, is_active=False, offboarded_at__isnull=True)
    with transaction.atomic():
        if not away.update(is_active=True, not_before=Now()):
            raise InvalidTransitionError("This person is active, or was offboarded for good.")
        record(
            action=Action.USER_REACTIVATED,
            actor=actor,
            at=at,
            subject=subject_of(user),
            data={"reason": reason},
        )
    user.refresh_from_db(fields=["is_active", "not_before"])


def end_refused(*, actor: Actor, at: datetime, user: User, reason: str) -> None:
    """The rows of what a flip refuses: token sessions, but for those granted since, and then the
    browsers' sign-ins, of which the applications are told.
    """
    rows = dead_sessions(at=at).filter(user=user)
    while end_sessions(at=at, sessions=rows, by=actor, reason=reason, limit=BATCH) == BATCH:
        continue
    for sign_in in UserSession.objects.filter(user=user, created_at__lte=at):
        sign_in.end()
