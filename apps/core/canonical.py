"""Canonical JSON (RFC 8785): the one byte form that is hashed and signed."""

import hashlib
from typing import Any

import rfc8785


def canonical_json(value: Any) -> bytes:  # noqa: ANN401 -- any JSON value is meant
    """The bytes of RFC 8785. Raises rfc8785.CanonicalizationError for what JSON cannot say."""
    return rfc8785.dumps(value)


def canonical_digest(value: Any) -> str:  # noqa: ANN401 -- any JSON value is meant
    """SHA-256 of the canonical bytes, in hexadecimal."""
    return hashlib.sha256(canonical_json(value)).hexdigest()
