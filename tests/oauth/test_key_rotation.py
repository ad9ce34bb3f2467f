"""Rotation of signing keys: published before use, accepted after, refused at once when revoked."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from joserfc import jwt
from joserfc.jwk import KeySet

from apps.audit.models import Event
from apps.core.actor import Actor
from apps.core.errors import InvalidTransitionError, NotFoundError, ValidationFailedError
from apps.core.ids import encode_id, new_id
from apps.core.keys import active_key, create_active_key, forget_keys, verification_key
from apps.oauth.keys import (
    KEY_ALGORITHMS,
    TokenRejectedError,
    api_audience,
    read_access_token,
    sign_access_token,
)
from apps.oauth.models import SigningKey
from apps.oauth.services.keys import revoke_key, rotate_keys
from apps.ops.models import JobRun
from tests.conformance.compliance import conforms
from tests.factories.threads import at_once

State = SigningKey.State
NOTHING = {"created": 0, "activated": 0, "retired": 0}
DAY = timedelta(days=1)


@pytest.fixture
def start(db: None) -> datetime:  # noqa: ARG001 -- asks for the database
    """When the present keys began to be used, as the first and only ones."""
    return begin()


def begin() -> datetime:
    at = datetime.now(tz=UTC)
    SigningKey.objects.all().delete()
    for algorithm in KEY_ALGORITHMS:
        create_active_key(SigningKey, at, algorithm)
    return at


@pytest.fixture
def committed(transactional_db: None) -> Iterator[datetime]:  # noqa: ARG001 -- asks for committed rows
    """As ``start``, for threads; the keys that every test finds are put back."""
    before = list(SigningKey.objects.all())
    yield begin()
    SigningKey.objects.all().delete()
    SigningKey.objects.bulk_create(before)


def states(algorithm: str = "ES256") -> list[str]:
    rows = SigningKey.objects.filter(algorithm=algorithm).order_by("created_at", "activated_at")
    return list(rows.values_list("state", flat=True))


def kid_of(state: str, algorithm: str = "ES256") -> str:
    return SigningKey.objects.get(state=state, algorithm=algorithm).kid


def jwks() -> set[str]:
    return {key["kid"] for key in json.loads(Browser().get("/oauth/jwks").content)["keys"]}


def token(kid: str | None = None) -> str:
    """An access token, signed by the active key or by the one named."""
    claims = {
        "iss": settings.PUBLIC_URL,
        "aud": api_audience(),
        "jti": str(uuid.uuid4()),
        "sid": encode_id("ses", new_id()),
        "sub": "somebody",
        "client_id": "cli_x",
        "scope": "",
        "exp": int(datetime.now(tz=UTC).timestamp()) + 600,
    }
    if kid is None:
        return sign_access_token(claims)
    key = verification_key(SigningKey, kid)
    assert key is not None
    return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": kid}, claims, key.private)


def is_accepted(text: str) -> bool:
    try:
        read_access_token(text, audience=api_audience(), at=datetime.now(tz=UTC))
    except TokenRejectedError:
        return False
    return True


def trail() -> list[tuple[str, str]]:
    rows = Event.objects.filter(subject_kind="signing_key", subject_label__startswith="ES256")
    return list(rows.order_by("id").values_list("action", "subject_id"))


def test_a_key_is_left_alone_until_a_day_before_it_is_thirty_days_old(start: datetime) -> None:
    early = rotate_keys(at=start + 29 * DAY - timedelta(seconds=1))
    due = rotate_keys(at=start + 29 * DAY)

    assert (early, due) == (NOTHING, {"created": 3, "activated": 0, "retired": 0})
    assert {name: states(name) for name in KEY_ALGORITHMS} == {
        name: ["active", "next"] for name in ("ES256", "RS256", "EdDSA")
    }


@conforms("OIDC Core", "10.1.1", "A key is published before it signs.")
def test_the_next_key_is_published_a_day_before_it_signs(start: datetime) -> None:
    first = kid_of(State.ACTIVE)
    rotate_keys(at=start + 29 * DAY)
    second = kid_of(State.NEXT)

    early = rotate_keys(at=start + 30 * DAY - timedelta(seconds=1))

    assert (early, active_key(SigningKey).kid) == (NOTHING, first)
    assert jwks() >= {first, second}
    assert rotate_keys(at=start + 30 * DAY) == {"created": 0, "activated": 3, "retired": 3}
    assert active_key(SigningKey).kid == second
    assert states() == ["retired", "active"]


def test_a_job_that_was_away_still_publishes_before_it_uses(start: datetime) -> None:
    assert rotate_keys(at=start + 100 * DAY)["created"] == 3
    assert rotate_keys(at=start + 100 * DAY + timedelta(hours=23)) == NOTHING
    assert rotate_keys(at=start + 101 * DAY)["activated"] == 3


def test_running_the_job_twice_changes_nothing(start: datetime) -> None:
    for moment in (start + 29 * DAY, start + 30 * DAY):
        assert rotate_keys(at=moment) != NOTHING
        before = list(SigningKey.objects.order_by("pk").values("kid", "state", "retired_at"))

        assert rotate_keys(at=moment) == NOTHING

        after = list(SigningKey.objects.order_by("pk").values("kid", "state", "retired_at"))
        assert after == before


@conforms(
    "OIDC Core",
    "10.1.1",
    "A key that signed stays published for as long as its tokens live.",
)
def test_a_token_signed_before_rotation_verifies_after_it(start: datetime) -> None:
    before = token()
    rotate_keys(at=start + 29 * DAY)
    signed_early = token(kid_of(State.NEXT))
    waiting = is_accepted(signed_early)
    rotate_keys(at=start + 30 * DAY)
    after = token()

    kids = [jwt.decode(text, KeySet.import_key_set(keys()), algorithms=["ES256"]).header["kid"]
            for text in (before, after)]  # fmt: skip

    assert waiting
    assert [is_accepted(text) for text in (before, signed_early, after)] == [True] * 3
    assert kids == [kid_of(State.RETIRED), kid_of(State.ACTIVE)]


def keys() -> Any:
    return json.loads(Browser().get("/oauth/jwks").content)


@conforms("Library", "section 1.1", "After rotation old ID tokens still serve as hints.")
def test_a_retired_key_leaves_the_key_set_and_still_verifies_old_hints(start: datetime) -> None:
    old, first = token(), kid_of(State.ACTIVE)
    lately, long_ago = start - 31 * DAY, start - 33 * DAY
    rotate_keys(at=lately, early=True)
    rotate_keys(at=lately + DAY)
    SigningKey.objects.filter(kid=first).update(retired_at=start - timedelta(hours=47))
    forget_keys()
    overlap = (first in jwks(), is_accepted(old))

    SigningKey.objects.filter(kid=first).update(retired_at=long_ago)
    forget_keys()

    assert (overlap, first in jwks(), is_accepted(old)) == ((True, True), False, False)
    hint_key = verification_key(SigningKey, first)
    assert hint_key is not None
    assert jwt.decode(old, hint_key.public, algorithms=["ES256"]).claims["sub"] == "somebody"


def test_a_key_of_another_algorithm_does_not_verify_access_tokens(start: datetime) -> None:
    """RFC 8725 section 3.1: the kid of our RSA key does not make an RS256 access token."""
    assert start
    key = active_key(SigningKey, "RS256")
    claims = jwt.decode(token(), active_key(SigningKey).public, algorithms=["ES256"]).claims
    header = {"typ": "at+jwt", "kid": key.kid}

    forged = jwt.encode({**header, "alg": "RS256"}, claims, key.private)
    crossed = jwt.encode({**header, "alg": "ES256"}, claims, active_key(SigningKey).private)

    assert [is_accepted(forged), is_accepted(crossed)] == [False, False]


def test_every_step_is_one_event_without_key_material(start: datetime) -> None:
    first = kid_of(State.ACTIVE)
    rotate_keys(at=start + 29 * DAY)
    rotate_keys(at=start + 30 * DAY)
    second = kid_of(State.ACTIVE)

    assert trail() == [
        ("signing_key.created", second),
        ("signing_key.retired", first),
        ("signing_key.activated", second),
    ]
    rows = Event.objects.filter(subject_id__in=[first, second]).order_by("id")
    assert [row.data for row in rows] == [
        {"algorithm": "ES256", "state": "next"},
        {"algorithm": "ES256", "successor": second},
        {"algorithm": "ES256", "predecessor": first},
    ]
    assert {row.actor_id for row in rows} == {"system:rotate_keys"}


def test_an_algorithm_without_an_active_key_gets_one_at_once(start: datetime) -> None:
    SigningKey.objects.filter(algorithm="EdDSA").delete()

    assert rotate_keys(at=start) == {"created": 1, "activated": 0, "retired": 0}
    assert states("EdDSA") == ["active"]


def test_rotating_early_never_uses_a_key_that_verifiers_may_not_know(start: datetime) -> None:
    only = ["ES256"]
    begun = rotate_keys(at=start, early=True, algorithms=only)
    too_soon = rotate_keys(at=start + timedelta(minutes=9, seconds=59), early=True, algorithms=only)
    not_early = rotate_keys(at=start + timedelta(minutes=11), algorithms=only)
    done = rotate_keys(at=start + timedelta(minutes=10), early=True, algorithms=only)

    assert (begun["created"], too_soon, not_early) == (1, NOTHING, NOTHING)
    assert done == {"created": 0, "activated": 1, "retired": 1}
    assert (states(), states("RS256")) == (["retired", "active"], ["active"])


def test_a_revoked_key_is_refused_and_a_fresh_one_signs(start: datetime, operator: Actor) -> None:
    old, kid = token(), kid_of(State.ACTIVE)

    revoke_key(actor=operator, at=start, kid=kid, reason="seen on a laptop")

    assert (is_accepted(old), is_accepted(token()), kid in jwks()) == (False, True, False)
    assert verification_key(SigningKey, kid) is None
    fresh = kid_of(State.ACTIVE)
    assert trail() == [("signing_key.revoked", kid), ("signing_key.created", fresh)]
    assert Event.objects.get(subject_id=kid).data == {
        "algorithm": "ES256", "reason": "seen on a laptop",
    }  # fmt: skip


def test_the_next_key_goes_with_a_revoked_active_one(start: datetime, operator: Actor) -> None:
    """Otherwise the job would soon sign with a key that lay beside the one that leaked."""
    rotate_keys(at=start, early=True)
    waiting, kid = kid_of(State.NEXT), kid_of(State.ACTIVE)

    revoke_key(actor=operator, at=start, kid=kid, reason="leaked")

    assert sorted(states()) == ["active", "revoked", "revoked"]
    assert {waiting, kid} & jwks() == set()
    assert states("RS256") == ["active", "next"]


def test_revoking_a_waiting_or_retired_key_leaves_the_active_one(
    start: datetime, operator: Actor
) -> None:
    rotate_keys(at=start, early=True)
    rotate_keys(at=start + DAY)
    rotate_keys(at=start + DAY, early=True)
    active, waiting = kid_of(State.ACTIVE), kid_of(State.NEXT)

    for kid in (waiting, kid_of(State.RETIRED)):
        revoke_key(actor=operator, at=start + DAY, kid=kid, reason="leaked")

    assert (kid_of(State.ACTIVE), sorted(states())) == (active, ["active", "revoked", "revoked"])


def test_a_key_is_revoked_once_with_a_reason(start: datetime, operator: Actor) -> None:
    kid = kid_of(State.ACTIVE)

    with pytest.raises(ValidationFailedError):
        revoke_key(actor=operator, at=start, kid=kid, reason=" ")
    with pytest.raises(NotFoundError):
        revoke_key(actor=operator, at=start, kid="unknown", reason="leaked")
    revoke_key(actor=operator, at=start, kid=kid, reason="leaked")
    with pytest.raises(InvalidTransitionError):
        revoke_key(actor=operator, at=start, kid=kid, reason="leaked")
    assert len(trail()) == 2


def test_a_key_that_no_longer_opens_can_still_be_revoked(
    start: datetime, operator: Actor, settings: Any
) -> None:
    kid = kid_of(State.ACTIVE)
    settings.ENCRYPTION_KEYS = [b"n" * 32]

    revoke_key(actor=operator, at=start, kid=kid, reason="the encryption key is lost")

    assert sorted(states()) == ["active", "revoked"]


def test_eight_rotations_at_once_make_one_next_key_and_one_handover(committed: datetime) -> None:
    published = at_once(*[lambda: rotate_keys(at=committed + 29 * DAY)] * 8)
    assert sum(counts["created"] for counts in published) == 3
    assert {name: states(name) for name in KEY_ALGORITHMS} == {
        name: ["active", "next"] for name in KEY_ALGORITHMS
    }

    handed = at_once(*[lambda: rotate_keys(at=committed + 30 * DAY)] * 8)

    assert sum(counts["activated"] for counts in handed) == 3
    assert {name: states(name) for name in KEY_ALGORITHMS} == {
        name: ["retired", "active"] for name in KEY_ALGORITHMS
    }
    assert len(trail()) == 3


def test_first_keys_made_by_eight_processes_at_once_are_one(committed: datetime) -> None:
    SigningKey.objects.filter(algorithm="RS256").delete()

    made = at_once(*[lambda: create_active_key(SigningKey, committed, "RS256")] * 8)

    assert (len([row for row in made if row]), states("RS256")) == (1, ["active"])


def test_revocation_racing_a_handover_leaves_one_key_that_is_not_revoked(
    committed: datetime, operator: Actor
) -> None:
    for turn in range(6):
        begun = committed + 40 * turn * DAY
        rotate_keys(at=begun, early=True)
        kid = kid_of(State.ACTIVE)

        at_once(
            lambda at=begun + DAY: rotate_keys(at=at),
            lambda kid=kid, at=begun + DAY: revoke_key(
                actor=operator, at=at, kid=kid, reason="leaked"
            ),
        )

        assert SigningKey.objects.get(kid=kid).state == State.REVOKED
        assert states().count("active") == 1
        assert is_accepted(token())


def test_the_command_prints_counts_and_keeps_a_history(start: datetime) -> None:
    assert start
    results, told = [], []
    for arguments in ((), ("--now",), ("--now",)):
        stdout, stderr = StringIO(), StringIO()
        call_command(
            "rotate_keys", *arguments, "--json", stdout=stdout, stderr=stderr, skip_checks=True
        )
        results.append(json.loads(stdout.getvalue()))
        told.append(stderr.getvalue())

    newest = SigningKey.objects.filter(state=State.NEXT).latest("created_at").created_at
    due = newest + timedelta(minutes=10)
    waits = f"A successor is published; it can be used from {due:%Y-%m-%d %H:%M:%S} UTC.\n"
    assert results == [NOTHING, {"created": 3, "activated": 0, "retired": 0}, NOTHING]
    assert told == ["", waits, waits]
    assert [(run.job, run.counts) for run in JobRun.objects.all()] == [("rotate_keys", results[1])]
    with pytest.raises(CommandError):
        call_command("rotate_keys", "--never", skip_checks=True)
