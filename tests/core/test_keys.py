"""Signing keys: what is made, what is found, and what is remembered for how long."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from django.db import connection
from joserfc import jwt
from joserfc.errors import BadSignatureError, SecurityWarning, UnsupportedAlgorithmError
from joserfc.jwk import KeySet
from joserfc.util import urlsafe_b64encode
from pytest_django import DjangoAssertNumQueries

from apps.audit.models import AuditKey
from apps.core import keys
from apps.core.keys import (
    NoSigningKeyError,
    active_key,
    create_active_key,
    forget_keys,
    new_key,
    public_jwks,
    published_key,
    published_keys,
    signatures,
    verification_key,
)
from apps.core.models import SigningKeyBase
from apps.oauth.models import SigningKey
from tests.conformance.compliance import conforms

pytestmark = pytest.mark.django_db
State = SigningKeyBase.State
ALGORITHMS = ("ES256", "RS256", "EdDSA")
# What a thumbprint is made of, RFC 7638 section 3.2 and RFC 8037 section 2.
THUMBPRINT_MEMBERS = {
    "ES256": ("crv", "kty", "x", "y"),
    "RS256": ("e", "kty", "n"),
    "EdDSA": ("crv", "kty", "x"),
}
PUBLIC_MEMBERS = {
    name: {*members, "alg", "kid", "use"} for name, members in THUMBPRINT_MEMBERS.items()
}


class Clock:
    """A monotonic clock that moves when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def shift(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(keys, "time", clock)
    return clock


def stored(state: str = State.RETIRED, **fields: object) -> SigningKey:
    row = new_key(SigningKey, "ES256", at=datetime.now(tz=UTC), state=state)
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    forget_keys()
    assert isinstance(row, SigningKey)
    return row


def kids() -> set[str]:
    return {key.kid for key in published_keys(SigningKey)}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_first_keys_come_with_the_tables_and_sign_what_their_published_half_verifies(
    algorithm: str,
) -> None:
    key = active_key(SigningKey, algorithm)
    registry = signatures([algorithm])

    token = jwt.encode({"alg": algorithm, "kid": key.kid}, {"a": 1}, key.private, registry=registry)
    found = jwt.decode(token, KeySet.import_key_set(public_jwks(SigningKey)), registry=registry)

    assert found.claims == {"a": 1}
    assert jwt.decode(token, key.public, registry=registry).claims == {"a": 1}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_published_half_holds_nothing_private_and_is_named_by_its_thumbprint(
    algorithm: str,
) -> None:
    jwk = active_key(SigningKey, algorithm).public_jwk
    canonical = {name: jwk[name] for name in THUMBPRINT_MEMBERS[algorithm]}
    digest = sha256(json.dumps(canonical, separators=(",", ":")).encode()).digest()

    assert set(jwk) == PUBLIC_MEMBERS[algorithm]
    assert (jwk["alg"], jwk["use"]) == (algorithm, "sig")
    assert jwk["kid"] == urlsafe_b64encode(digest).decode()


@conforms("FAPI 2.0", "5.4.1-2", "RSA keys have 2048 bits or more.")
def test_rsa_keys_are_of_2048_bits() -> None:
    assert active_key(SigningKey, "RS256").private.raw_value.key_size == 2048


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_private_half_is_stored_encrypted(algorithm: str) -> None:
    kid = active_key(SigningKey, algorithm).kid
    private = json.loads(SigningKey.objects.get(kid=kid).private_jwk)["d"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM oauth_signingkey WHERE kid = %s", [kid])
        raw = " ".join(str(value) for value in cursor.fetchone())

    assert (private in raw, '"d"' in raw, "v1." in raw) == (False, False, True)


def test_a_second_active_key_is_not_made() -> None:
    before = set(SigningKey.objects.values_list("kid", flat=True))

    made = create_active_key(SigningKey, datetime.now(tz=UTC), "RS256")

    assert (made, set(SigningKey.objects.values_list("kid", flat=True))) == (None, before)


def test_without_an_active_key_nothing_signs() -> None:
    SigningKey.objects.filter(algorithm="RS256").update(state=State.RETIRED)
    forget_keys()

    with pytest.raises(NoSigningKeyError, match="no active RS256 key in SigningKey"):
        active_key(SigningKey, "RS256")
    assert active_key(SigningKey, "ES256").algorithm == "ES256"


def test_next_and_lately_retired_keys_are_published_and_revoked_ones_are_not() -> None:
    before, now = kids(), datetime.now(tz=UTC)
    waiting = stored(State.NEXT)
    retired = stored(retired_at=now - timedelta(hours=47))
    unpublished = stored(retired_at=now - timedelta(hours=49))
    revoked = stored(State.REVOKED, retired_at=now)

    assert kids() - before == {waiting.kid, retired.kid}
    assert {unpublished.kid, revoked.kid} & {
        key["kid"] for key in public_jwks(SigningKey)["keys"]
    } == set()


def test_keys_that_sign_checkpoints_stay_published_for_ever() -> None:
    AuditKey.objects.all().delete()
    long_ago = datetime.now(tz=UTC) - timedelta(days=4000)
    row = new_key(AuditKey, "ES256", at=long_ago, state=State.RETIRED)
    row.retired_at = long_ago
    row.save()
    forget_keys()

    assert [key.kid for key in published_keys(AuditKey)] == [row.kid]


def test_an_unpublished_key_still_verifies_old_hints_and_a_revoked_one_does_not() -> None:
    long_ago = datetime.now(tz=UTC) - timedelta(days=400)
    unpublished = stored(retired_at=long_ago)
    revoked = stored(State.REVOKED, retired_at=long_ago)

    found = verification_key(SigningKey, unpublished.kid)

    assert found is not None
    assert (found.kid, found.public.as_dict()["x"]) == (
        unpublished.kid,
        unpublished.public_jwk["x"],
    )
    assert published_key(SigningKey, unpublished.kid) is None
    assert verification_key(SigningKey, revoked.kid) is None
    assert verification_key(SigningKey, active_key(SigningKey).kid) is not None


@pytest.mark.parametrize("name", (None, 7, ["a"], {"a": 1}, "", "a\x00b", "x" * 65, "unknown"))
def test_a_hostile_key_name_finds_nothing(name: object) -> None:
    assert verification_key(SigningKey, name) is None


def test_keys_are_read_every_fifteen_seconds(
    frozen: Clock, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        published_keys(SigningKey)
        frozen.shift(14.9)
        published_keys(SigningKey)
    with django_assert_num_queries(1):
        frozen.shift(0.2)
        published_keys(SigningKey)


def test_a_revoked_key_is_forgotten_by_a_process_that_was_not_told_within_fifteen_seconds(
    frozen: Clock,
) -> None:
    kid = active_key(SigningKey).kid
    SigningKey.objects.filter(kid=kid).update(state=State.REVOKED)

    frozen.shift(14)
    remembered = published_key(SigningKey, kid)
    frozen.shift(1.1)

    assert (remembered is None, published_key(SigningKey, kid)) == (False, None)


def test_a_key_made_by_another_process_is_found_at_once_and_a_flood_of_names_costs_little(
    frozen: Clock, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    published_keys(SigningKey)
    row = new_key(SigningKey, "ES256", at=datetime.now(tz=UTC), state=State.NEXT)
    row.save()

    frozen.shift(2)
    found = published_key(SigningKey, row.kid)

    assert found is not None
    assert found.kid == row.kid
    with django_assert_num_queries(1):
        frozen.shift(2)
        for number in range(100):
            published_key(SigningKey, f"made up {number}")


def test_signing_with_eddsa_does_not_warn_and_other_algorithms_are_still_refused() -> None:
    """The library warns of the name; a warning is an error in this suite."""
    key = active_key(SigningKey, "EdDSA")
    registry = signatures(["EdDSA"])

    token = jwt.encode({"alg": "EdDSA"}, {}, key.private, registry=registry)

    with pytest.raises(UnsupportedAlgorithmError):
        jwt.decode(token, key.public, registry=signatures(["ES256"]))
    with pytest.raises(BadSignatureError):
        jwt.decode(token[:-8] + "AAAAAAAA", key.public, registry=registry)
    with pytest.warns(SecurityWarning):
        jwt.decode(token, key.public, algorithms=["EdDSA"])
