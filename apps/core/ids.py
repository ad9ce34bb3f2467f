"""Opaque, prefixed, time-ordered ids: `po_01J8…` outside, a UUID (version 7) in the database."""

import os
import time
import uuid

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
LENGTH = 26


def new_id() -> uuid.UUID:
    """A UUID of version 7 (RFC 9562 section 5.7): milliseconds, then a quarter of a microsecond
    (section 6.2, method 3), so that ids made one after the other sort so; then 62 random bits.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = rest * 4096 // 1_000_000
    tail = int.from_bytes(os.urandom(8), "big") >> 2
    return uuid.UUID(int=milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62 | tail)


def encode_id(prefix: str, value: uuid.UUID) -> str:
    """`prefix_` and 26 characters of Crockford's base 32, which sort as the UUIDs do."""
    number = value.int
    pairs = [PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)]
    return f"{prefix}_{''.join(pairs)}"


def decode_id(prefix: str, text: str) -> uuid.UUID | None:
    """The UUID behind a public id, or None when the text is not an id of this kind."""
    head, _, body = text.partition("_")
    if head != prefix or len(body) != LENGTH or not set(body) <= VALUES.keys():
        return None
    number = 0
    for letter in body:
        number = number << 5 | VALUES[letter]
    return uuid.UUID(int=number) if number < 1 << 128 else None
