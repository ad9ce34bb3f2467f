"""The published keys."""

from datetime import datetime

import pytest
from django.test import Client
from joserfc.jwk import KeySet

from apps.audit.models import AuditKey
from apps.audit.services import ensure_signing_key
from apps.core.models import SigningKeyBase

pytestmark = pytest.mark.django_db

ADDRESS = "/.well-known/countersign-keys"


def test_the_key_set_may_be_kept_for_five_minutes(client: Client, at: datetime) -> None:
    ensure_signing_key(at=at)
    kid = AuditKey.objects.get().kid

    answer = client.get(ADDRESS)

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/jwk-set+json")
    assert answer["Cache-Control"] == "public, max-age=300"
    (key,) = KeySet.import_key_set(answer.json()).keys
    assert (key.kid, key.is_private) == (kid, False)


def test_an_empty_key_set_is_not_kept(client: Client) -> None:
    answer = client.get(ADDRESS)

    assert answer.json() == {"keys": []}
    assert answer["Cache-Control"] == "no-store"


def test_a_revoked_key_is_not_published(client: Client, at: datetime) -> None:
    ensure_signing_key(at=at)
    AuditKey.objects.update(state=SigningKeyBase.State.REVOKED)

    assert client.get(ADDRESS).json() == {"keys": []}


def test_nothing_is_posted_there(client: Client) -> None:
    assert client.post(ADDRESS).status_code == 405
