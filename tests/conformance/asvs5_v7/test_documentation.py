"""docs/sign-in.md says how long sign-ins last."""

import re
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from apps.governance.services import invitations
from apps.identity.policy.lifetimes import IDLE, LONGEST
from apps.oauth.policy.step_up import RESTRICTED
from tests.conformance.compliance import conforms

PAGE = Path(__file__).resolve().parents[3] / "docs" / "sign-in.md"
UNITS = {"minutes": 60, "hours": 3600, "days": 86400}


@conforms("ASVS 5 V7", "7.1.1", "How long a sign-in lasts is written down as it is, with why.")
def test_page_has_the_lifetimes_of_the_code() -> None:
    rows = re.findall(r"^\| [^|]+ \| (\d+) (\w+) \|$", PAGE.read_text(), re.MULTILINE)

    assert [timedelta(seconds=int(number) * UNITS[unit]) for number, unit in rows] == [
        IDLE,
        LONGEST,
        timedelta(seconds=settings.ACCOUNT_REAUTHENTICATION_TIMEOUT),
        timedelta(seconds=RESTRICTED.max_age),
        timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
        invitations.LIFETIME,
    ]
    assert "NIST SP 800-63B" in PAGE.read_text()
