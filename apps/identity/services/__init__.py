"""What is done about people: adding them, their ways of signing in, and what the trail keeps."""

from apps.identity.services.codes import spend_code, spend_totp
from apps.identity.services.people import change_password, create_user, prove_address, subject_of
from apps.identity.services.trail import (
    record_factor,
    record_failed_sign_in,
    record_limited_sign_in,
    record_sign_in,
    record_sign_out,
)

__all__ = [
    "change_password",
    "create_user",
    "prove_address",
    "record_factor",
    "record_failed_sign_in",
    "record_limited_sign_in",
    "record_sign_in",
    "record_sign_out",
    "spend_code",
    "spend_totp",
    "subject_of",
]
