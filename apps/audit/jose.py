"""Signing a statement about the log and reading it back (RFC 7515, compact)."""

import json
from collections.abc import Mapping
from typing import Any, cast

from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import Key

from apps.core.canonical import canonical_json
from apps.core.keys import LoadedKey

ALGORITHMS = ["ES256"]
CHECKPOINT_TYPE = "countersign-checkpoint+json"
RECEIPT_TYPE = "countersign-receipt+jwt"


class BadStatementError(ValueError):
    """The statement is not one we signed; the message says why."""


def sign_statement(statement: dict[str, Any], *, key: LoadedKey, kind: str) -> str:
    header = {"alg": key.algorithm, "kid": key.kid, "typ": kind}
    return jws.serialize_compact(header, canonical_json(statement), key.private)


def read_statement(token: str, *, keys: Mapping[str, LoadedKey], kind: str) -> dict[str, Any]:
    """What was signed. Raises BadStatementError.

    The key is checked by its private half, which only ENCRYPTION_KEYS open: whoever can write
    the database alone cannot put a key of their own in its place.
    """

    def find_key(signed: object) -> Key:
        return keys[str(cast("jws.CompactSignature", signed).headers()["kid"])].private

    try:
        signed = jws.deserialize_compact(token, find_key, algorithms=ALGORITHMS)
        statement = dict(json.loads(signed.payload or b""))
    except KeyError as error:
        raise BadStatementError("it names no key of ours") from error
    except BadSignatureError as error:
        raise BadStatementError("its signature does not verify") from error
    except (JoseError, ValueError, TypeError) as error:
        raise BadStatementError("it is no signed statement") from error
    if signed.headers().get("typ") != kind:
        raise BadStatementError(f"its type is {signed.headers().get('typ')!r}")
    return statement
