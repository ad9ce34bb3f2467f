"""Codes of authenticator apps and recovery codes, each of which counts once."""

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt
from django.db import transaction

from apps.identity.models import User

SPENT = "spent_step"


def spend_code(*, user: User, code: str) -> Authenticator | None:
    """What the person's code was of, or None if it is wrong or was used before.

    allauth remembers used codes in the cache, which may be empty or away at any time; here a row
    of the database decides, so that of two requests at once only one gets in.
    """
    typed = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.WEBAUTHN)
    for authenticator in typed.order_by("-type"):
        if authenticator.type == Authenticator.Type.TOTP:
            right = spend_totp(authenticator=authenticator, code=code)
        else:
            right = authenticator.wrap().validate_code(code)
        if right:
            authenticator.user = user
            return authenticator
    return None


def spend_totp(*, authenticator: Authenticator, code: str) -> bool:
    """RFC 6238 section 5.2: after the first success no second attempt with the same code, nor
    with one of an earlier time step.
    """
    secret = decrypt(authenticator.data["secret"])
    for step in yield_hotp_counters_from_time():
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            return _spend(authenticator, step)
    return False


@transaction.atomic
def _spend(authenticator: Authenticator, step: int) -> bool:
    row = Authenticator.objects.select_for_update().filter(pk=authenticator.pk).first()
    if row is None or row.data.get(SPENT, 0) >= step:
        return False
    row.data[SPENT] = step
    row.save(update_fields=["data"])
    return True
