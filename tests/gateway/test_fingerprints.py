"""What a repeated request is recognised by tells nobody what was asked."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import override_settings

from apps.core.actor import system_actor
from apps.gateway.errors import IdempotencyKeyReusedError
from apps.gateway.models import IdempotencyRecord
from apps.gateway.services import Repeatable, claim_key

pytestmark = pytest.mark.django_db
CONTENT = hashlib.sha256(b'\n{"iban":"NO9386011117947"}').hexdigest()
PLAIN = hashlib.sha256(f"POST\n/api/v1/things\n{CONTENT}".encode()).hexdigest()


def claim(content: str = CONTENT) -> bool:
    request = Repeatable(
        actor=system_actor("test"),
        method="POST",
        route="/api/v1/things",
        key="key-1",
        content_sha256=content,
    )
    return claim_key(request=request, at=datetime.now(UTC))


def kept() -> Any:
    return IdempotencyRecord.objects.get().fingerprint


def test_fingerprint_is_not_the_hash_of_what_was_asked() -> None:
    claim()

    assert kept() not in {PLAIN, CONTENT}
    assert len(kept()) == 64


def test_fingerprint_depends_on_our_secret() -> None:
    claim()
    ours = kept()
    IdempotencyRecord.objects.all().delete()

    with override_settings(CLIENT_SECRET_PEPPER="another-" * 8):
        claim()

    assert kept() != ours


def test_same_request_is_known_and_another_is_not() -> None:
    assert (claim(), claim()) == (False, True)
    with pytest.raises(IdempotencyKeyReusedError):
        claim(content="c" * 64)


def test_request_that_an_earlier_version_answered_is_known() -> None:
    claim()
    IdempotencyRecord.objects.update(fingerprint=PLAIN)

    assert claim() is True
    with pytest.raises(IdempotencyKeyReusedError):
        claim(content="c" * 64)
