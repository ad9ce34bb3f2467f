"""docs/sign-in.md says what the code does."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import NoReverseMatch, reverse

from apps.identity.services import attempts
from tests.conformance.compliance import conforms

PAGE = Path(__file__).resolve().parents[3] / "docs" / "sign-in.md"
COUNTED = (
    attempts.PASSWORDS_OF_PAIR, attempts.PASSWORDS_OF_PLACE, attempts.CODES_OF_PAIR,
    attempts.CODES_OF_PLACE, attempts.CODES_OF_ACCOUNT, attempts.PASSKEYS_OF_PAIR,
    attempts.PASSKEYS_OF_PLACE, attempts.RESETS_OF_PAIR, attempts.RESETS_OF_PLACE,
    attempts.RESET_MAILS,
)  # fmt: skip


@conforms("ASVS 5 V6", "6.1.1", "The limits on guessing are written down as they are.")
def test_page_has_the_limits_of_the_code() -> None:
    rows = re.findall(r"^\| [^|]+ \| (\d+) \| (\d+) \|$", PAGE.read_text(), re.MULTILINE)

    assert rows == [(str(one.most), str(one.seconds)) for one in COUNTED]
    days = attempts.SIGNED_IN_THERE.seconds // (24 * 3600)
    assert f"in the last {days} days" in PAGE.read_text()


@conforms("ASVS 5 V6", "6.1.3", "Every way in is written down, with its strength.")
def test_page_has_every_way_in_and_there_is_no_other() -> None:
    ways = re.findall(r"^\| ([a-z][^|]+) \| (?:one|several) factor", PAGE.read_text(), re.MULTILINE)

    assert [way.split(",")[0].split()[0] for way in ways] == [
        "password",
        "password",
        "passkey",
        "a",
    ]
    assert settings.MFA_SUPPORTED_TYPES == ["totp", "webauthn", "recovery_codes"]
    assert len(settings.AUTHENTICATION_BACKENDS) == 1
    for name in ("account_request_login_code", "account_confirm_login_code", "mfa_signup_webauthn"):
        with pytest.raises(NoReverseMatch):
            reverse(name)
