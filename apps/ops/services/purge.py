"""Purging what expired: the owners know what that is, this knows how much at a time."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db import transaction

from apps.audit.services import try_lock
from apps.core.models import delete_expired
from apps.gateway.services import purge_expired_records
from apps.governance.services.invitations import purge_invitations
from apps.oauth.services import purge_expired_tokens
from apps.ops.models import JobRun
from apps.partners.services import purge_former_addresses

LOCK = "ops.purge"
JOB_RUNS_KEPT = timedelta(days=30)
# A dry run deletes all at once and takes it back; this many rows of a table it counts at most.
DRY_RUN_ROWS = 5_000_000

Counts = dict[str, int]
Owner = Callable[[datetime, int], Counts]


def _tokens(at: datetime, limit: int) -> Counts:
    return purge_expired_tokens(at=at, limit=limit)


def _idempotency_records(at: datetime, limit: int) -> Counts:
    return {"idempotencyrecord": purge_expired_records(at=at, limit=limit)}


def _invitations(at: datetime, limit: int) -> Counts:
    return {"invitation": purge_invitations(at=at, limit=limit)}


def _former_addresses(at: datetime, limit: int) -> Counts:
    return {"formeraddress": purge_former_addresses(at=at, limit=limit)}


def _sign_ins(at: datetime, limit: int) -> Counts:
    return {"session": delete_expired(Session, "expire_date", at=at, limit=limit)}


def _job_runs(at: datetime, limit: int) -> Counts:
    return {"jobrun": delete_expired(JobRun, "ended_at", at=at - JOB_RUNS_KEPT, limit=limit)}


OWNERS: tuple[Owner, ...] = (
    _tokens,
    _idempotency_records,
    _invitations,
    _former_addresses,
    _sign_ins,
    _job_runs,
)


def purge_expired(
    *, at: datetime, seconds: float = 30, dry_run: bool = False, batch: int = 5000
) -> Counts:
    """Delete what expired before ``at``, oldest first, until nothing is left or the time is spent.

    Every batch is a transaction of its own, so nobody waits for a long one. Where another run is
    at work this one leaves the rest to it. Returns rows per table and `budget_spent` (0 or 1).
    """
    deadline = time.monotonic() + seconds
    counts: Counts = {}
    for owner in OWNERS:
        limit = DRY_RUN_ROWS if dry_run else batch
        while True:
            found = _one_batch(owner, at, limit, dry_run=dry_run)
            for table, deleted in found.items():
                counts[table] = counts.get(table, 0) + deleted
            if dry_run or max(found.values(), default=0) < limit:
                break
            if time.monotonic() >= deadline:
                return {**counts, "budget_spent": 1}
    return {**counts, "budget_spent": 0}


def _one_batch(owner: Owner, at: datetime, limit: int, *, dry_run: bool) -> Counts:
    with transaction.atomic():
        if not try_lock(LOCK):
            return {}
        found = owner(at, limit)
        transaction.set_rollback(dry_run)
    return found
