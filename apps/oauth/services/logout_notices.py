"""Telling applications that somebody has signed out: the queue, and working it off."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import models, transaction
from django.db.models import F, Q, QuerySet

from apps.audit.events import Action, Outcome
from apps.audit.services import record
from apps.core.actor import system_actor
from apps.gateway.client import FetchRefusedError, send
from apps.identity.models import Federation, User
from apps.oauth.keys import sign
from apps.oauth.models import ClientStatus, LogoutNotice, SessionKind, TokenSession
from apps.oauth.policy.backchannel import (
    TOKEN_TYPE,
    TOLD,
    is_hopeless,
    is_told,
    logout_claims,
    pause_after,
)
from apps.oauth.scopes import OPENID
from apps.oauth.services.clients import client_subject
from apps.partners.models import Partner

log = structlog.get_logger("countersign.oauth")

# No attempt takes so long: the claim of a worker that died counts no longer.
LEASE = timedelta(minutes=1)
ONE_RUN = timedelta(seconds=30)
# How far back a flip is looked for; longer than the jobs would be away unnoticed.
FLIPS_SEEN = timedelta(hours=24)
# An application may keep somebody signed in for longer than we do.
SIGN_INS_SEEN = timedelta(days=14)
MOST_QUEUED = 1000
FENCES: tuple[tuple[str, type[models.Model]], ...] = (
    ("user", User),
    ("partner", Partner),
    ("federation", Federation),
)


def queue_notices(*, sessions: QuerySet[TokenSession], at: datetime) -> int:
    """Queue one for each of these sessions that gave an ID token to an application that wants to
    know, whether the session has ended or not: the application's own may go on.
    """
    recent = Q(created_at__gt=at - SIGN_INS_SEEN) | Q(expires_at__gt=at)
    told = (
        sessions.filter(
            recent,
            kind=SessionKind.USER,
            scopes__contains=[OPENID],
            last_used_at__isnull=False,
            logout_notice__isnull=True,
        )
        .exclude(client__backchannel_logout_uri="")
        .exclude(client__status=ClientStatus.DISABLED)
    )
    rows = [
        LogoutNotice(session_id=session, client_id=client, created_at=at, due_at=at)
        for session, client in told.order_by("-id").values_list("pk", "client_id")[:MOST_QUEUED]
    ]
    LogoutNotice.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def queue_for_flips(*, at: datetime) -> int:
    """Queue those of people who were put out since they signed in: by a flip of theirs (offboarded,
    deactivated, signed out everywhere, another password), of their partner's or of the federation
    they came by. Safe to repeat and to run twice at once.
    """
    return sum(_queue_for(name, model, at=at) for name, model in FENCES)


def _queue_for(name: str, model: type[models.Model], *, at: datetime) -> int:
    flipped = model._default_manager.filter(not_before__gte=at - FLIPS_SEEN)  # noqa: SLF001 -- Django's documented name
    keys = list(flipped.values_list("pk", flat=True))
    if not keys:
        return 0
    before = {f"{name}__in": keys, "granted_at__lte": F(f"{name}__not_before")}
    return queue_notices(sessions=TokenSession.objects.filter(**before), at=at)


def send_notices(*, clock: Callable[[], datetime], at_most: timedelta = ONE_RUN) -> dict[str, int]:
    """Send what is due, one after the other, for about ``at_most``. A client that cannot be
    reached is left alone for the rest of the run, so that nobody waits long behind it.
    """
    begun, away, counts = clock(), set[int](), Counter[str]()
    while (at := clock()) - begun <= at_most:
        notice = _claim(away=away, at=at)
        if notice is None:
            break
        fault = _attempt(notice, at=at)
        counts[_settle(notice, fault, at=clock())] += 1
        if fault:
            away.add(notice.client_id)
    names = ("logouts_notified", "logouts_put_off", "logouts_failed")
    return {name: counts[name] for name in names}


def _claim(*, away: set[int], at: datetime) -> LogoutNotice | None:
    """The next that is due, which nobody else gets until the lease is over."""
    due = LogoutNotice.objects.filter(finished_at__isnull=True, due_at__lte=at)
    with transaction.atomic():
        notice = (
            due.exclude(client__in=away)
            .select_related("session", "client")
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("due_at", "pk")
            .first()
        )
        if notice is not None:
            notice.attempts, notice.due_at = notice.attempts + 1, at + LEASE
            notice.save(update_fields=["attempts", "due_at"])
    return notice


def _attempt(notice: LogoutNotice, *, at: datetime) -> str:
    """Why it was not taken; empty when it was."""
    client = notice.client
    if not is_told(client):
        return "the client is told no more"
    token = sign(
        logout_claims(session=notice.session, client=client, at=at),
        typ=TOKEN_TYPE,
        algorithm=client.id_token_signed_response_alg,
    )
    try:
        status = send(
            client.backchannel_logout_uri,
            form={"logout_token": token},
            in_house=client.partner_id is None,
        ).status
    except FetchRefusedError as error:
        return str(error)
    return "" if status in TOLD else f"the answer has status {status}"


def _settle(notice: LogoutNotice, fault: str, *, at: datetime) -> str:
    """Write down how it went; of two workers that had the same one, what the first says counts."""
    open_row = LogoutNotice.objects.filter(pk=notice.pk, finished_at__isnull=True)
    lasting = is_hopeless(since=notice.created_at, at=at) or not is_told(notice.client)
    if fault and not lasting:
        log.warning("logout.not_sent", client=notice.client.client_id, reason=fault)
        open_row.update(fault=fault[:200], due_at=at + pause_after(notice.attempts))
        return "logouts_put_off"
    with transaction.atomic():
        if open_row.update(fault=fault[:200], finished_at=at):
            _record(notice, fault, at=at)
    return "logouts_failed" if fault else "logouts_notified"


def _record(notice: LogoutNotice, fault: str, *, at: datetime) -> None:
    record(
        action=Action.CLIENT_LOGOUT_FAILED if fault else Action.CLIENT_LOGOUT_NOTIFIED,
        actor=system_actor("logout"),
        at=at,
        subject=client_subject(notice.client),
        data={
            "session": notice.session.public_id,
            "attempts": notice.attempts,
            **({"reason": fault} if fault else {}),
        },
        outcome=Outcome.DENIED if fault else Outcome.ALLOWED,
    )
