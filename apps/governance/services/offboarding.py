"""Throwing a partner or a person out: one flip that every process obeys, then the rows.

The flip is what ends access: liveness reads the state of partner, people and clients on every
request. The rows of ended sessions follow in batches; those of an act that was cut off are ended
by the job that ends every dead session, and the evidence is completed once none is left.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.governance.models import Offboarding
from apps.governance.selectors import (
    clients_of,
    offboarding_of,
    people_of,
    plan_offboarding,
    sessions_of,
    unended_sessions_of,
)
from apps.governance.services.stopwatch import Stopwatch
from apps.identity.models import User
from apps.oauth.services import disable_clients, end_sessions
from apps.partners.models import Partner
from apps.partners.services import (
    flip_partner,
    keep_former_admin,
    partner_subject,
    require_reason,
)
from apps.partners.states import PartnerStatus

BATCH = 5000


def offboard_partner(*, actor: Actor, at: datetime, partner: Partner, reason: str) -> Offboarding:
    """Throw a partner out, with its clients and people; returns the evidence.

    When this returns, every process refuses. Done again it returns the same evidence. Raises
    ValidationFailedError without a reason.
    """
    reason, watch = require_reason(reason), Stopwatch(at)
    with transaction.atomic():
        held = Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)
        gone = held.status == PartnerStatus.OFFBOARDED
        evidence = offboarding_of(held) if gone else _flip_partner(actor, at, held, reason)
    if not gone:
        _note_refusal(evidence, watch)
    partner.refresh_from_db(fields=["status", "not_before", "updated_at"])
    return _end_all_rows(evidence, actor, watch)


def offboard_user(*, actor: Actor, at: datetime, user: User, reason: str) -> Offboarding:
    """Throw a person out, staff or a partner's; returns the evidence.

    The clients the person owns go on working: they are counted, so that they get a new owner.
    Raises ValidationFailedError without a reason.
    """
    reason, watch = require_reason(reason), Stopwatch(at)
    with transaction.atomic():
        held = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        gone = held.offboarded_at is not None
        evidence = offboarding_of(held) if gone else _flip_user(actor, at, held, reason)
    if not gone:
        _note_refusal(evidence, watch)
    user.refresh_from_db(fields=["is_active", "not_before", "offboarded_at"])
    return _end_all_rows(evidence, actor, watch)


def finish_offboardings(*, at: datetime) -> int:
    """Note the end of offboardings that were cut off and have no row left by now; how many.

    Those rows were ended by `end_dead_sessions`, as are rows that a grant wrote just after the
    flip. Safe to repeat and to run twice at once.
    """
    watch = Stopwatch(at)
    begun = Offboarding.objects.filter(finished_at__isnull=True).order_by("started_at", "pk")
    return sum(_take_stock(evidence, watch) for evidence in begun)


def _flip_partner(actor: Actor, at: datetime, partner: Partner, reason: str) -> Offboarding:
    plan = plan_offboarding(partner, at=at)
    flip_partner(at=at, partner=partner, after=PartnerStatus.OFFBOARDED)
    disable_clients(clients=clients_of(partner))
    _flip_people(people_of(partner), at=at)
    evidence = Offboarding(partner=partner, reason=reason, counts=plan.counts, started_at=at)
    _keep(evidence, actor, Action.PARTNER_OFFBOARDED, partner_subject(partner))
    return evidence


def _flip_user(actor: Actor, at: datetime, user: User, reason: str) -> Offboarding:
    plan = plan_offboarding(user, at=at)
    keep_former_admin(user, at=at)
    _flip_people(User.objects.filter(pk=user.pk), at=at)
    evidence = Offboarding(user=user, reason=reason, counts=plan.counts, started_at=at)
    _keep(evidence, actor, Action.USER_OFFBOARDED, Subject("user", user.public_id, user.email))
    return evidence


def _flip_people(people: QuerySet[User], *, at: datetime) -> None:
    """An inactive person cannot sign in, and a sign-in of theirs ends with its next request."""
    people.update(is_active=False, offboarded_at=at, not_before=Now())


def _keep(evidence: Offboarding, actor: Actor, action: Action, subject: Subject) -> None:
    evidence.actor_id, evidence.actor_label = actor.id, actor.label
    evidence.save(force_insert=True)
    record(
        action=action,
        actor=actor,
        at=evidence.started_at,
        subject=subject,
        data={
            "reason": evidence.reason,
            "counts": evidence.counts,
            "evidence": evidence.public_id,
        },
    )


def _note_refusal(evidence: Offboarding, watch: Stopwatch) -> None:
    """The flip is committed: from here on every process refuses."""
    evidence.refused_after_ms = watch.milliseconds
    evidence.save(update_fields=["refused_after_ms"])


def _end_all_rows(evidence: Offboarding, actor: Actor, watch: Stopwatch) -> Offboarding:
    subject = "partner" if evidence.partner_id else "person"
    reason = f"{subject} offboarded: {evidence.reason}"
    ended = BATCH
    while ended == BATCH:
        rows = unended_sessions_of(evidence.subject, at=watch.now)
        ended = end_sessions(at=watch.now, sessions=rows, by=actor, reason=reason, limit=BATCH)
        _take_stock(evidence, watch)
    evidence.refresh_from_db()
    return evidence


def _take_stock(evidence: Offboarding, watch: Stopwatch) -> int:
    """Note how many rows have ended since the act, whoever ended them, and the end once none is
    left; 1 when this run was the one to note it. What is noted as finished stays so.
    """
    subject, now = evidence.subject, watch.now
    notes: dict[str, object] = {}
    if not unended_sessions_of(subject, at=now).exists():
        elapsed = now - evidence.started_at
        notes = {"finished_at": now, "elapsed_ms": max(0, round(elapsed.total_seconds() * 1000))}
    ended = sessions_of(subject).filter(ended_at__gte=evidence.started_at).count()
    noted = Offboarding.objects.filter(pk=evidence.pk, finished_at__isnull=True).update(
        sessions_ended=ended, **notes
    )
    return noted if notes else 0
