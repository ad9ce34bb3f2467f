"""What staff do for somebody who cannot get in any more: the phone is lost, the provider is gone.

Neither act gives staff a way in: what is needed next goes to the person's own mailbox, and all
they had until now ends.
"""

from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models.functions import Now

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import Actor
from apps.core.errors import ForbiddenError, InvalidTransitionError
from apps.governance.services.deactivation import end_refused
from apps.identity.models import FederatedIdentity, User
from apps.identity.services import subject_of
from apps.partners.services import require_reason

OWN = "Your own ways to sign in are for somebody else to reset."


def reset_second_factors(*, actor: Actor, at: datetime, user: User, reason: str) -> None:
    """Take every factor from somebody who has lost theirs. They sign in by what is left, and set
    one up anew where it is asked for; sign-ins and sessions from before end.

    Raises ValidationFailedError without a reason, ForbiddenError for oneself,
    InvalidTransitionError for somebody who has none.
    """
    reason = require_reason(reason)
    with transaction.atomic():
        _hold(actor, user)
        factors = Authenticator.objects.filter(user=user)
        kinds = sorted(factors.values_list("type", flat=True))
        if not kinds:
            raise InvalidTransitionError("This person has no second factor.")
        factors.delete()
        _move_fence(user)
        data = {"reason": reason, "factors": kinds}
        _record(Action.USER_MFA_RESET, user, actor, at, data)
    end_refused(actor=actor, at=at, user=user, reason=f"second factors reset: {reason}")


def detach_from_provider(*, actor: Actor, at: datetime, user: User, reason: str) -> None:
    """Somebody whom a provider made, and whose provider is switched off, is its person no more:
    they choose a password by a link that goes to their address.

    A password from before never let them in, and does not now. Raises ValidationFailedError without
    a reason, ForbiddenError for oneself, InvalidTransitionError for anybody else.
    """
    reason = require_reason(reason)
    with transaction.atomic():
        _hold(actor, user)
        made = FederatedIdentity.objects.select_for_update(of=("self",)).filter(
            user=user, made_person=True, federation__is_active=False
        )
        identity = made.select_related("federation").first()
        if identity is None:
            raise InvalidTransitionError("No provider that is switched off made this person.")
        SocialAccount.objects.filter(user=user, provider=identity.federation.slug).delete()
        identity.delete()
        User.objects.filter(pk=user.pk).update(password=make_password(None))
        _move_fence(user)
        data = {"reason": reason, "federation": identity.federation.public_id}
        _record(Action.USER_UNLINKED, user, actor, at, data)
    end_refused(actor=actor, at=at, user=user, reason=f"detached from the provider: {reason}")


def _hold(actor: Actor, user: User) -> None:
    """The person's row, locked. Raises ForbiddenError, InvalidTransitionError."""
    if actor.user_id == user.pk:
        raise ForbiddenError(OWN)
    if not User.objects.select_for_update(no_key=True).get(pk=user.pk).is_active:
        raise InvalidTransitionError("This person has no access now.")


def _move_fence(user: User) -> None:
    User.objects.filter(pk=user.pk).update(not_before=Now())
    user.refresh_from_db(fields=["password", "not_before"])


def _record(action: Action, user: User, actor: Actor, at: datetime, data: dict[str, Any]) -> None:
    record(action=action, actor=actor, at=at, subject=subject_of(user), data=data)
