"""How a person has signed in, and when that is not enough (OpenID Connect Core 3.1.2.1)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from apps.identity.models import Federation
from apps.oauth.policy.requests import MalformedRequestError

ACR_PASSWORD = "urn:countersign:acr:password"
ACR_MFA = "urn:countersign:acr:mfa"
# From weak to strong: one factor, more than one.
ACR_VALUES = (ACR_PASSWORD, ACR_MFA)

# In the browser's session: by which provider upstream the sign-in came, and its fence then.
FEDERATION_KEY = "countersign.federation"

PROMPTS = frozenset({"none", "login", "consent", "select_account"})
MOST_DIGITS = 10

# One sign-in takes less; an earlier record belongs to an earlier one.
ONE_SIGN_IN = timedelta(minutes=15)
# What django-allauth writes down about each step, by method and type, in the names of RFC 8176.
AMR_OF_STEP = {
    ("password", ""): "pwd",
    ("mfa", "totp"): "otp",
    ("mfa", "recovery_codes"): "otp",
    ("mfa", "webauthn"): "hwk",
}


@dataclass(frozen=True)
class SignIn:
    """When a person last proved who they are, by what (RFC 8176), and what that amounts to.
    ``sign_in_id`` is the browser session they did it in, ``federation_id`` the provider upstream
    whose word it rests on, if any.
    """

    auth_time: datetime
    amr: tuple[str, ...]
    acr: str
    sign_in_id: str = ""
    federation_id: UUID | None = None

    @property
    def method(self) -> str:
        """What a session that comes of it says about itself."""
        if "mfa" in self.amr:
            return "mfa"
        return "federation" if self.federation_id else "password"


def fence_of(federation: Federation) -> str:
    """As a browser's session keeps it: compared with what it was, no clock has a part in it."""
    return federation.not_before.isoformat() if federation.not_before else ""


def federation_of(browser_session: Any) -> UUID | None:  # noqa: ANN401 -- Django's session
    """By whose word the person at this browser signed in. It holds for as long as the sign-in
    does: proving a second factor to us later does not make it ours.
    """
    known = browser_session.get(FEDERATION_KEY)
    return UUID(known["id"]) if known else None


def plain_sign_in(at: datetime) -> SignIn:
    """One of which nothing but the time is known counts as the weakest there is."""
    return SignIn(auth_time=at, amr=(), acr=ACR_PASSWORD)


def sign_in_from(records: Iterable[Mapping[str, Any]]) -> SignIn | None:
    """The latest sign-in that django-allauth wrote down; None if it wrote nothing.

    Proving a password again hours after a second factor is a new sign-in, with a password alone.
    """
    steps = [(record["at"], record) for record in records if _has_time(record)]
    if not steps:
        return None
    latest = max(at for at, _ in steps)
    since = latest - ONE_SIGN_IN.total_seconds()
    last = [record for at, record in steps if at >= since]
    names = {AMR_OF_STEP.get((str(one.get("method")), str(one.get("type", "")))) for one in last}
    factors = {"mfa"} if any(one.get("method") == "mfa" for one in last) else set()
    amr = tuple(sorted(factors.union(name for name in names if name)))
    acr = ACR_MFA if "mfa" in amr else ACR_PASSWORD
    return SignIn(auth_time=datetime.fromtimestamp(latest, tz=UTC), amr=amr, acr=acr)


def _has_time(record: Mapping[str, Any]) -> bool:
    return type(record.get("at")) in {int, float}


def must_sign_in_again(
    sign_in: SignIn | None,
    *,
    max_age: int | None,
    prompts: Collection[str],
    demanded_at: datetime | None,
    at: datetime,
) -> bool:
    """Whether the person has to prove again who they are: the client asks for it (prompt=login)
    or the sign-in is older than ``max_age`` seconds (OpenID Connect Core section 3.1.2.1).

    ``demanded_at`` is when this request demanded it first: a sign-in since then will do, or
    max_age=0 would ask for ever.
    """
    if sign_in is None:
        return True
    if demanded_at is not None:
        return sign_in.auth_time < demanded_at
    if "login" in prompts:
        return True
    return max_age is not None and at - sign_in.auth_time > timedelta(seconds=max_age)


def read_prompt(text: str) -> frozenset[str]:
    """OpenID Connect Core section 3.1.2.1: known values, and `none` alone. Raises
    MalformedRequestError.
    """
    prompts = frozenset(text.split())
    if not prompts <= PROMPTS:
        raise MalformedRequestError("prompt has a value that does not exist here.")
    if "none" in prompts and len(prompts) > 1:
        raise MalformedRequestError("prompt=none stands alone.")
    return prompts


def read_max_age(text: str) -> int | None:
    """Seconds, or None when nothing is said. Raises MalformedRequestError."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > MOST_DIGITS:
        raise MalformedRequestError("max_age is a whole number of seconds.")
    return int(text)


def hint_matches(hint_sub: str, sub: str) -> bool:
    """Whether who signed in is whom the client meant (id_token_hint, section 3.1.2.1)."""
    return hint_sub == sub


def acr_satisfies(acr: str, wanted: Collection[str]) -> bool:
    """Whether a sign-in reaches one of these, or there are none; a stronger one does too."""
    return not wanted or acr_told(acr, wanted) in wanted


def acr_told(acr: str, wanted: Collection[str]) -> str:
    """What to tell a client that asked for one of these: where the sign-in is stronger, the
    strongest of them that it reaches, for the answer has to be one of them (section 5.5.1.1).
    """
    if acr not in ACR_VALUES or acr in wanted:
        return acr
    reached = [one for one in ACR_VALUES[: ACR_VALUES.index(acr)] if one in wanted]
    return reached[-1] if reached else acr
