"""Signing a person out of their other browsers, and of the admin and applications with them."""

from datetime import datetime
from importlib import import_module
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import Actor
from apps.identity.models import User
from apps.identity.services import subject_of
from apps.oauth.models import SessionKind
from apps.oauth.selectors import live_sessions
from apps.oauth.services.sessions import end_session

# Where a browser's sign-in keeps the id of its token session of kind `staff`.
SESSION_KEY = "countersign.token_session"
REASON = "signed out from another browser"


def _staff_sessions_of(session_key: str) -> list[str]:
    """The one of a browser's sign-in that has entered the admin, or none."""
    engine: Any = import_module(settings.SESSION_ENGINE)
    found: str | None = engine.SessionStore(session_key).get(SESSION_KEY)
    return [found] if found else []


def sign_out_elsewhere(
    *, actor: Actor, at: datetime, user: User, here: str, applications: bool
) -> int:
    """End the person's sign-ins but that of the session key ``here``, and their work in the admin;
    returns how many sign-ins. With ``applications`` a fence ends every token session of theirs,
    also the one in the admin here.
    """
    others = list(UserSession.objects.filter(user=user).exclude(session_key=here))
    with transaction.atomic():
        staff = live_sessions(at=at).filter(user=user, kind=SessionKind.STAFF)
        for session in staff.exclude(pk__in=_staff_sessions_of(here)):
            end_session(actor=actor, at=at, session=session, reason=REASON)
        for other in others:
            other.end()
        if applications:
            User.objects.filter(pk=user.pk).update(not_before=Now())
        _record(actor, at, user, sign_ins=len(others), applications=applications)
    return len(others)


def sign_out_one(*, actor: Actor, at: datetime, user: User, here: str, chosen: int) -> bool:
    """End one of the person's other sign-ins; False if there is no such."""
    with transaction.atomic():
        others = UserSession.objects.filter(user=user, pk=chosen).exclude(session_key=here)
        other = others.select_for_update().first()
        if other is None:
            return False
        known = _staff_sessions_of(other.session_key)
        for session in live_sessions(at=at).filter(pk__in=known, user=user):
            end_session(actor=actor, at=at, session=session, reason=REASON)
        other.end()
        _record(actor, at, user, sign_ins=1, applications=False)
    return True


def _record(actor: Actor, at: datetime, user: User, *, sign_ins: int, applications: bool) -> None:
    record(
        action=Action.USER_SESSIONS_ENDED,
        actor=actor,
        at=at,
        subject=subject_of(user),
        data={"sign_ins": sign_ins, "applications": applications},
    )
