"""Encryption at rest: what is stored opens with the right key, in the right place, unaltered."""

from typing import Any

import pytest
from django.db import connection

from apps.core.fields import DecryptionError, decrypt, encrypt, key_id
from apps.core.keys import active_key
from apps.oauth.models import SigningKey


def test_value_survives_the_way_in_and_out() -> None:
    assert decrypt(encrypt("plain", context="a.b"), context="a.b") == "plain"


def test_same_value_is_never_stored_the_same_twice() -> None:
    assert encrypt("plain", context="a.b") != encrypt("plain", context="a.b")


def test_value_moved_to_another_column_does_not_open() -> None:
    sealed = encrypt("plain", context="a.b")

    with pytest.raises(DecryptionError):
        decrypt(sealed, context="a.c")


def test_altered_value_does_not_open() -> None:
    sealed = encrypt("plain", context="a.b")
    altered = sealed[:-4] + ("AAA=" if not sealed.endswith("AAA=") else "BBB=")

    with pytest.raises(DecryptionError):
        decrypt(altered, context="a.b")


def test_new_key_in_front_encrypts_and_the_old_one_still_opens(settings: Any) -> None:
    old, new = b"o" * 32, b"n" * 32
    settings.ENCRYPTION_KEYS = [old]
    before = encrypt("plain", context="a.b")
    settings.ENCRYPTION_KEYS = [new, old]

    after = encrypt("plain", context="a.b")

    assert decrypt(before, context="a.b") == "plain"
    assert after.split(".")[1] == key_id(new)


def test_value_of_a_key_no_longer_listed_does_not_open(settings: Any) -> None:
    sealed = encrypt("plain", context="a.b")
    settings.ENCRYPTION_KEYS = [b"n" * 32]

    with pytest.raises(DecryptionError):
        decrypt(sealed, context="a.b")


@pytest.mark.django_db
def test_private_key_is_stored_encrypted() -> None:
    kid = active_key(SigningKey).kid
    with connection.cursor() as cursor:
        cursor.execute("SELECT private_jwk FROM oauth_signingkey WHERE kid = %s", [kid])
        stored = cursor.fetchone()[0]

    assert stored.startswith("v1.")
    assert '"d"' not in stored
