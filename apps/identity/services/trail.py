"""What the trail keeps of how people come and go, and by what they prove who they are."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.crypto import salted_hmac

from apps.audit.events import Action, Outcome
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.identity.models import User
from apps.identity.services.people import subject_of


def record_sign_in(*, actor: Actor, at: datetime, user: User, methods: Sequence[str] = ()) -> None:
    record(
        action=Action.USER_SIGNED_IN,
        actor=actor,
        at=at,
        subject=subject_of(user),
        data={"methods": list(methods)},
    )


def record_sign_out(*, actor: Actor, at: datetime, user: User, reason: str = "") -> None:
    """``reason`` is given when it was not the person who asked for it."""
    record(
        action=Action.USER_SIGNED_OUT,
        actor=actor,
        at=at,
        subject=subject_of(user),
        data={"reason": reason} if reason else {},
    )


def record_factor(
    *, actor: Actor, at: datetime, user: User, action: Action, data: dict[str, Any]
) -> None:
    """A second factor came, went or was made anew."""
    record(action=action, actor=actor, at=at, subject=subject_of(user), data=data)


def record_failed_sign_in(*, actor: Actor, at: datetime, email: str, reason: str) -> None:
    """Somebody tried and failed."""
    _record_denial(Action.USER_SIGN_IN_FAILED, actor, at, email, {"reason": reason})


def record_limited_sign_in(*, actor: Actor, at: datetime, email: str, wait: int) -> None:
    """Somebody has failed too often and must wait; once per window, not once per try."""
    _record_denial(Action.USER_SIGN_IN_LIMITED, actor, at, email, {"wait": wait})


def _record_denial(
    action: Action, actor: Actor, at: datetime, email: str, data: dict[str, Any]
) -> None:
    """An address nobody has here may be somebody's typo, or their password in the wrong field: the
    trail keeps a keyed digest of it, by which tries can be counted but not read.
    """
    email = email.strip().lower()
    user = User.objects.filter(email=email).first()
    digest = salted_hmac("identity.failed-sign-in", email, algorithm="sha256").hexdigest()
    record(
        action=action,
        actor=actor,
        at=at,
        outcome=Outcome.DENIED,
        subject=subject_of(user) if user else Subject("unknown_user", digest[:32]),
        data=data,
    )
