"""How long the word of a provider upstream counts without being repeated (ADR 0010)."""

from datetime import datetime, timedelta
from enum import Enum
from http import HTTPStatus

# Asked again after this long, and sooner when the last answer could not be had.
ASK_EVERY = timedelta(minutes=5)
RETRY_AFTER = timedelta(seconds=30)
# A provider that cannot be reached locks nobody out at once, and lets nobody stay for ever.
GRACE = timedelta(hours=1)


class Verdict(Enum):
    """What an answer says about the person. UNKNOWN is no answer, or one about ourselves."""

    STANDS = "stands"
    REFUSED = "refused"
    UNKNOWN = "unknown"


def is_due(*, confirmed_at: datetime, asked_at: datetime, at: datetime) -> bool:
    wait = ASK_EVERY if confirmed_at >= asked_at else RETRY_AFTER
    return at - asked_at >= wait


def in_grace(*, confirmed_at: datetime, at: datetime) -> bool:
    return at - confirmed_at <= GRACE


def is_fresh(*, confirmed_at: datetime, asked_at: datetime, at: datetime) -> bool:
    """Whether the last word still carries, without asking anybody."""
    due = is_due(confirmed_at=confirmed_at, asked_at=asked_at, at=at)
    return not due and in_grace(confirmed_at=confirmed_at, at=at)


def verdict_of_refresh(status: int, document: object) -> Verdict:
    """RFC 6749 section 5.2: `invalid_grant` says that the person's grant is gone. Anything else,
    `invalid_client` above all, is about us.
    """
    said = document if isinstance(document, dict) else {}
    if status == HTTPStatus.OK and isinstance(said.get("access_token"), str):
        return Verdict.STANDS
    if status < HTTPStatus.INTERNAL_SERVER_ERROR and said.get("error") == "invalid_grant":
        return Verdict.REFUSED
    return Verdict.UNKNOWN


def verdict_of_userinfo(status: int, document: object, *, subject: str) -> Verdict:
    """RFC 6750 section 3.1: 401 for a token that is not expired says that it was revoked. Of
    another subject the answer must not be used (OpenID Connect Core section 5.3.2).
    """
    if status == HTTPStatus.UNAUTHORIZED:
        return Verdict.REFUSED
    said = document if isinstance(document, dict) else {}
    if status == HTTPStatus.OK and said.get("sub") == subject:
        return Verdict.STANDS
    return Verdict.UNKNOWN
