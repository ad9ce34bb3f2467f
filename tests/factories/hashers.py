"""A password hasher that counts how often it is put to work."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from django.contrib.auth.hashers import MD5PasswordHasher


class CountingHasher(MD5PasswordHasher):
    """As quick as the tests' own."""

    algorithm = "counting"
    worked: ClassVar[int] = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.worked += 1
        return super().encode(password, salt)


@contextmanager
def counted() -> Iterator[list[int]]:
    """How many passwords were hashed within, once it is left."""
    before, found = CountingHasher.worked, [0]
    yield found
    found[0] = CountingHasher.worked - before
