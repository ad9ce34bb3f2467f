"""The device grant's rules (RFC 8628): how codes look, and what a poll is told."""

import secrets
from datetime import datetime, timedelta

from apps.core.errors import DomainError
from apps.oauth.errors import AccessDeniedError, AuthorizationPendingError, ExpiredTokenError
from apps.oauth.models import DeviceGrant

DEVICE_LIFE = timedelta(minutes=10)
INTERVAL = 5  # Seconds between two polls, and what each hasty one adds.
USER_CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
USER_CODE_LENGTH = 8
MOST_TYPED = 100


def new_user_code() -> str:
    """RFC 8628 section 6.1: consonants, which spell no words and cannot be taken for digits;
    8 of 20 letters are 34.5 bits, which the guessing limits make enough (section 5.1).
    """
    return "".join(secrets.choice(USER_CODE_LETTERS) for _ in range(USER_CODE_LENGTH))


def shown_user_code(code: str) -> str:
    """In two halves, as people read it (RFC 8628 section 6.1)."""
    half = USER_CODE_LENGTH // 2
    return f"{code[:half]}-{code[half:]}"


def read_user_code(typed: str) -> str:
    """What somebody typed, without what is not in the alphabet (RFC 8628 section 6.1); empty if
    it cannot be a code.
    """
    letters = [letter for letter in typed[:MOST_TYPED].upper() if letter in USER_CODE_LETTERS]
    return "".join(letters) if len(letters) == USER_CODE_LENGTH else ""


def may_poll_since(interval: int, *, at: datetime) -> datetime:
    """A poll at this time is not hasty if the one before lies no later (RFC 8628 section 3.5)."""
    return at - timedelta(seconds=interval)


def refusal_of(grant: DeviceGrant, *, at: datetime) -> DomainError | None:
    """Why this poll gets no tokens (RFC 8628 section 3.5); None if the person has allowed it."""
    if grant.status == DeviceGrant.Status.DENIED:
        return AccessDeniedError("The person has refused.")
    if grant.expires <= at:
        return ExpiredTokenError("The device code has expired.")
    if grant.status == DeviceGrant.Status.PENDING:
        return AuthorizationPendingError("The person has not answered yet.")
    return None
