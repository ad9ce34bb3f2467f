"""Reads the headers that make a write safe: If-Match and Idempotency-Key."""

import hashlib
import re

import rfc8785
from rest_framework.request import Request

from apps.core.canonical import canonical_json
from apps.gateway.errors import IdempotencyKeyMissingError, MalformedRequestError
from apps.gateway.policy import Precondition, key_in
from apps.gateway.rest.bodies import body_of
from apps.gateway.rest.origin import actor_of
from apps.gateway.services import Repeatable

MAX_KEY = 255
TAG = re.compile(r'"[!#-~]*"')
STRONG_TAG = re.compile(rf"(?<!/){TAG.pattern}")


def precondition_of(request: Request) -> Precondition:
    """What If-Match says (RFC 9110 section 13.1.1). Weak tags never match; what is no tag at all
    matches nothing either, but is not taken for silence. `*` is whatever revision there is: who
    sends it has said so.
    """
    given = request.headers.get("If-Match", "").strip()
    if given == "*":
        return Precondition(any_revision=True)
    tags = frozenset(STRONG_TAG.findall(given))
    return Precondition(tags=tags or frozenset({given} - {""}))


def has_seen(request: Request, tag: str) -> bool:
    """Whether If-None-Match names the tag, weak or strong (RFC 9110 section 13.1.2)."""
    given = request.headers.get("If-None-Match", "").strip()
    return given == "*" or tag in TAG.findall(given)


def idempotency_key(request: Request) -> str:
    """Raises IdempotencyKeyMissingError and MalformedRequestError."""
    given = request.headers.get("Idempotency-Key", "").strip()
    if not given:
        raise IdempotencyKeyMissingError(
            "Send an Idempotency-Key of your own choosing, in visible ASCII characters."
        )
    key = key_in(given)
    if key is None:
        raise MalformedRequestError("Idempotency-Key must be a token or a quoted string.")
    if len(key) > MAX_KEY:
        raise MalformedRequestError(f"Idempotency-Key has at most {MAX_KEY} characters.")
    return key


def repeatable(request: Request) -> Repeatable:
    """The request as far as its repetition is concerned; If-Match has no part in it."""
    key = idempotency_key(request)
    try:
        body = canonical_json(body_of(request))
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        detail = "The body holds a number beyond what JSON carries, or is nested too deeply."
        raise MalformedRequestError(detail) from error
    query = request.META.get("QUERY_STRING", "").encode()
    return Repeatable(
        actor=actor_of(request),
        method=str(request.method),
        route=request.path,
        key=key,
        content_sha256=hashlib.sha256(query + b"\n" + body).hexdigest(),
    )
