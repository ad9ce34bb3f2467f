"""How often somebody may fail to sign in, such that nobody can lock another out.

Failures count for the pair of account and address, and for the address. Those of one address
never make another wait; those of its neighbours behind the same address not where the account has
signed in within a month. Only codes have a limit for the account as well: a million of them are
few for many addresses together, and whoever gets that far knows the password. It too spares
the places where the account has signed in.
"""

from dataclasses import dataclass

from apps.gateway.services import limits
from apps.gateway.services.limits import Counter, Limit, place_of

PASSWORDS_OF_PAIR = Limit("sign-in-failures", 10, 300)
PASSWORDS_OF_PLACE = Limit("sign-in-failures-address", 100, 300)
CODES_OF_PAIR = Limit("code-failures", 5, 300)
CODES_OF_PLACE = Limit("code-failures-address", 50, 300)
CODES_OF_ACCOUNT = Limit("code-failures-account", 50, 3600)
TOLD = Limit("sign-in-limited-events", 1, 300)
SIGNED_IN_THERE = Limit("signed-in-there", 1, 30 * 24 * 3600)

RESETS_OF_PAIR = Limit("reset-requests", 5, 900)
RESETS_OF_PLACE = Limit("reset-requests-address", 30, 900)
# More mails help nobody: the links of those sent still work.
RESET_MAILS = Limit("reset-mails", 5, 900)


@dataclass(frozen=True)
class Attempt:
    """An account, as somebody names it, and the address they come from."""

    account: str
    ip: str | None

    @property
    def name(self) -> str:
        """One for all spellings the database finds the account by: it compares upper case."""
        return self.account.strip().upper().lower()

    @property
    def place(self) -> str:
        return place_of(self.ip)

    @property
    def pair(self) -> str:
        return f"{self.name} {self.place}"


def _passwords(attempt: Attempt) -> tuple[Counter, ...]:
    return (PASSWORDS_OF_PAIR, attempt.pair), (PASSWORDS_OF_PLACE, attempt.place)


def _codes(attempt: Attempt) -> tuple[Counter, ...]:
    pair, place = (CODES_OF_PAIR, attempt.pair), (CODES_OF_PLACE, attempt.place)
    return pair, place, (CODES_OF_ACCOUNT, attempt.name)


def wait_for_password(attempt: Attempt) -> int:
    """Seconds before the next try of a password; 0 for none."""
    return _wait(attempt, _passwords(attempt))


def wait_for_code(attempt: Attempt) -> int:
    """Seconds before the next try of a code or passkey; 0 for none."""
    return _wait(attempt, _codes(attempt))


def _wait(attempt: Attempt, counters: tuple[Counter, ...]) -> int:
    known_for, of_pair, *others = limits.waits((SIGNED_IN_THERE, attempt.pair), *counters)
    return of_pair if known_for else max(of_pair, *others)


def count_password(attempt: Attempt) -> None:
    limits.count(*_passwords(attempt))


def count_code(attempt: Attempt) -> None:
    limits.count(*_codes(attempt))


def first_told(attempt: Attempt) -> bool:
    """Whether this is the first refusal of its window, the one the trail keeps."""
    return limits.count((TOLD, attempt.pair)) == [1]


def remember_place(attempt: Attempt) -> None:
    limits.begin(SIGNED_IN_THERE, attempt.pair)


def take_reset(attempt: Attempt) -> int:
    """Count a request for a link; the seconds to wait if there were too many before it."""
    counters = (RESETS_OF_PAIR, attempt.pair), (RESETS_OF_PLACE, attempt.place)
    wait = limits.exceeded(*counters)
    if not wait:
        limits.count(*counters)
    return wait


def may_mail(attempt: Attempt) -> bool:
    """Whether another mail goes to the account's address, wherever it is asked for from."""
    (sent,) = limits.count((RESET_MAILS, attempt.name))
    return sent <= RESET_MAILS.most
