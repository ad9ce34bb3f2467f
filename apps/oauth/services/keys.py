"""Signing keys: their rotation, and taking one away at once (spec 3, row keys)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, QuerySet

from apps.audit.events import Action
from apps.audit.services import Subject, record, try_lock
from apps.core.actor import Actor, system_actor
from apps.core.errors import InvalidTransitionError, NotFoundError
from apps.core.keys import create_active_key, forget_keys_now_and_on_commit, new_key
from apps.oauth.keys import KEY_ALGORITHMS
from apps.oauth.models import SigningKey
from apps.partners.services import require_reason

LOCK = "oauth.rotate_keys"
ACTIVE_FOR = timedelta(days=30)
PUBLISHED_BEFORE_USE = timedelta(hours=24)
# Verifiers may keep the key set for 5 minutes, and our own processes what they read for 15 seconds.
SHORTEST_NOTICE = timedelta(minutes=10)

State = SigningKey.State
Counts = dict[str, int]


def key_subject(key: SigningKey) -> Subject:
    return Subject("signing_key", key.kid, f"{key.algorithm} {key.kid[:12]}")


def rotate_keys(
    *,
    at: datetime,
    actor: Actor | None = None,
    early: bool = False,
    algorithms: Iterable[str] = KEY_ALGORITHMS,
) -> Counts:
    """Take each algorithm as far as it is due; how many keys were created, activated, retired.

    A day before the active key is 30 days old its successor is published, and a day later it takes
    over. ``early`` waits for neither: it publishes a successor now, or puts one that has been
    published for ten minutes to use. An algorithm that another run is at is left to that one.
    """
    counts = {"created": 0, "activated": 0, "retired": 0}
    by = actor or system_actor("rotate_keys")
    for algorithm in algorithms:
        with transaction.atomic():
            if try_lock(f"{LOCK}.{algorithm}"):
                for action in _take_further(algorithm, at=at, by=by, early=early):
                    counts[action.value.partition(".")[2]] += 1
    return counts


def successors_due(*, early: bool) -> datetime | None:
    """When every key that is published but not in use yet may be used; None where none waits."""
    newest = SigningKey.objects.filter(state=State.NEXT).aggregate(at=Max("created_at"))["at"]
    notice = SHORTEST_NOTICE if early else PUBLISHED_BEFORE_USE
    return newest + notice if newest else None


def revoke_key(*, actor: Actor, at: datetime, kid: str, reason: str) -> None:
    """Refuse everything the key has signed. Where it was the active one, a fresh key signs from
    now on, and the one that waited beside it goes too: whoever took the first had that as well.

    This process refuses at once, every other within 15 seconds, when it reads the keys again;
    until then it may still sign with the key, and what it signs so is refused after. Raises
    NotFoundError, InvalidTransitionError, ValidationFailedError.
    """
    reason = require_reason(reason)
    with transaction.atomic():
        key = _locked().filter(kid=kid).first()
        if key is None:
            raise NotFoundError("There is no such signing key.")
        if key.state == State.REVOKED:
            raise InvalidTransitionError("The key is revoked already.")
        was_active = key.state == State.ACTIVE
        _revoke(key, at=at, by=actor, reason=reason)
        if was_active:
            for waiting in _locked().filter(algorithm=key.algorithm, state=State.NEXT):
                _revoke(waiting, at=at, by=actor, reason=reason)
            _begin(key.algorithm, at=at, by=actor)
        forget_keys_now_and_on_commit()


def _locked() -> QuerySet[SigningKey]:
    """Rows to change. What they encrypt is not needed, so no lost key stands in the way."""
    return SigningKey.objects.select_for_update(no_key=True).defer("private_jwk")


def _revoke(key: SigningKey, *, at: datetime, by: Actor, reason: str) -> None:
    key.state, key.retired_at = State.REVOKED, key.retired_at or at
    key.save(update_fields=["state", "retired_at"])
    _record(Action.KEY_REVOKED, key, at=at, by=by, reason=reason)


def _take_further(algorithm: str, *, at: datetime, by: Actor, early: bool) -> list[Action]:
    """The one step that is due, if any; the lock is held."""
    keys = SigningKey.objects.filter(algorithm=algorithm).defer("private_jwk")
    active = keys.filter(state=State.ACTIVE).first()
    waiting = keys.filter(state=State.NEXT).order_by("created_at", "kid").first()
    if active is None:
        return _begin(algorithm, at=at, by=by)
    if waiting is not None:
        notice = SHORTEST_NOTICE if early else PUBLISHED_BEFORE_USE
        is_due = at - waiting.created_at >= notice
        return _hand_over(active, waiting, at=at, by=by) if is_due else []
    age = at - (active.activated_at or active.created_at)
    if early or age >= ACTIVE_FOR - PUBLISHED_BEFORE_USE:
        return _publish_next(algorithm, at=at, by=by)
    return []


def _begin(algorithm: str, *, at: datetime, by: Actor) -> list[Action]:
    """Nothing could be signed, so this one is used unannounced."""
    key = create_active_key(SigningKey, at, algorithm)
    if key is None:
        return []
    return [_record(Action.KEY_CREATED, key, at=at, by=by, state=State.ACTIVE)]


def _publish_next(algorithm: str, *, at: datetime, by: Actor) -> list[Action]:
    key = new_key(SigningKey, algorithm, at=at, state=State.NEXT)
    key.save(force_insert=True)
    forget_keys_now_and_on_commit()
    return [_record(Action.KEY_CREATED, key, at=at, by=by, state=State.NEXT)]


def _hand_over(active: SigningKey, waiting: SigningKey, *, at: datetime, by: Actor) -> list[Action]:
    """Nothing happens where a revocation has changed either of the two meanwhile."""
    with transaction.atomic():
        rows = SigningKey.objects
        retired = rows.filter(pk=active.pk, state=State.ACTIVE).update(
            state=State.RETIRED, retired_at=at
        )
        used = retired and rows.filter(pk=waiting.pk, state=State.NEXT).update(
            state=State.ACTIVE, activated_at=at
        )
        if not used:
            transaction.set_rollback(True)
            return []
        forget_keys_now_and_on_commit()
        return [
            _record(Action.KEY_RETIRED, active, at=at, by=by, successor=waiting.kid),
            _record(Action.KEY_ACTIVATED, waiting, at=at, by=by, predecessor=active.kid),
        ]


def _record(action: Action, key: SigningKey, *, at: datetime, by: Actor, **data: str) -> Action:
    """Nothing of the key itself goes into the trail, only its name."""
    record(
        action=action,
        actor=by,
        at=at,
        subject=key_subject(key),
        data={"algorithm": key.algorithm, **data},
    )
    return action
