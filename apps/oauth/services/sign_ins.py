"""A browser's sign-in, and what ends with it."""

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.db import transaction

from apps.core.actor import Actor
from apps.core.crypto import keyed_digest
from apps.oauth.models import SessionKind, TokenSession
from apps.oauth.scopes import OFFLINE_ACCESS
from apps.oauth.services.logout_notices import queue_notices
from apps.oauth.services.sessions import end_sessions

REASON = "signed out of the browser it was allowed in"
MOST = 5000


def sign_in_id_of(session_key: str | None) -> str:
    """What token sessions remember of the browser session they were allowed in: nothing that would
    let anybody into it.
    """
    return keyed_digest("sign-in", session_key).hex() if session_key else ""


def carry_sign_in_over(*, before: str, after: str) -> None:
    """A browser's sign-in goes on under another session key: its place in the person's list and
    what they let applications do from it go with it.
    """
    with transaction.atomic():
        UserSession.objects.filter(session_key=before).update(session_key=after)
        its = TokenSession.objects.filter(sign_in_id=sign_in_id_of(before))
        its.update(sign_in_id=sign_in_id_of(after))


def end_sign_in(*, actor: Actor, at: datetime, sign_in_id: str) -> int:
    """Somebody has signed out of a browser: tell the applications they had signed in to from there
    (OpenID Connect Back-Channel Logout 1.0), and end what those may do, but for what was allowed
    to last (section 2.7: offline_access). A code nobody has redeemed yet ends as well. Returns how
    many sessions ended; it may be repeated.
    """
    if not sign_in_id:
        return 0
    its = TokenSession.objects.filter(sign_in_id=sign_in_id, kind=SessionKind.USER)
    with transaction.atomic():
        # Whoever is redeeming a code at this moment comes first, so that it is told as well.
        live = its.filter(ended_at__isnull=True, expires_at__gt=at).order_by("id")
        list(live.select_for_update(no_key=True).values_list("pk", flat=True))
        queue_notices(sessions=its, at=at)
        lasting = its.filter(scopes__contains=[OFFLINE_ACCESS], last_used_at__isnull=False)
        ending = its.exclude(pk__in=lasting.values("pk"))
        return end_sessions(at=at, sessions=ending, by=actor, reason=REASON, limit=MOST)
