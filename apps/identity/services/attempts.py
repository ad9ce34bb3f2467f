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
PASSKEYS_OF_PAIR = Limit("passkey-failures", 5, 300)
PASSKEYS_OF_PLACE = Limit("passkey-failures-address", 50, 300)
CODES_OF_PAIR = Limit("code-failures", 5, 300)
CODES_OF_PLACE = Limit("code-failures-address", 50, 300)
CODES_OF_ACCOUNT = Limit("code-failures-account", 50, 3600)
TOLD = Limit("sign-in-limited-events", 1, 300)
# Of sign-ins by a provider that fail, which anybody can bring about: a place has no more to tell.
FEDERATION_OF_PLACE = Limit("federation-failures-address", 20, 300)
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


def _passkeys(attempt: Attempt) -> tuple[Counter, ...]:
    """None counts for the account: a passkey cannot be guessed, and whose it claims to be is
    anybody's word. One that names nobody counts for its place alone.
    """
    place = (PASSKEYS_OF_PLACE, attempt.place)
    return ((PASSKEYS_OF_PAIR, attempt.pair), place) if attempt.name else (place,)


def _codes(attempt: Attempt) -> tuple[Counter, ...]:
    pair, place = (CODES_OF_PAIR, attempt.pair), (CODES_OF_PLACE, attempt.place)
    return pair, place, (CODES_OF_ACCOUNT, attempt.name)


def wait_for_password(attempt: Attempt) -> int:
    """Seconds before the next try of a password; 0 for none."""
    return _wait(attempt, _passwords(attempt))


def wait_for_code(attempt: Attempt) -> int:
    """Seconds before the next try of a code; 0 for none."""
    return _wait(attempt, _codes(attempt))


def wait_for_passkey(attempt: Attempt) -> int:
    """Seconds before the next try of a passkey; 0 for none."""
    return _wait(attempt, _passkeys(attempt))


def _wait(attempt: Attempt, counters: tuple[Counter, ...]) -> int:
    known_for, first, *others = limits.waits((SIGNED_IN_THERE, attempt.pair), *counters)
    known = attempt.name and known_for  # Nobody has signed in without an account.
    return first if known else max(first, *others, 0)


def count_password(attempt: Attempt) -> None:
    limits.count(*_passwords(attempt))


def count_code(attempt: Attempt) -> None:
    limits.count(*_codes(attempt))


def count_passkey(attempt: Attempt) -> None:
    limits.count(*_passkeys(attempt))


def first_told(attempt: Attempt) -> bool:
    """Whether this is the first refusal of its window, the one the trail keeps: of the account at
    this place, or of the place itself, which may name as many accounts as it likes.
    """
    of_pair = (PASSWORDS_OF_PAIR, PASSKEYS_OF_PAIR, CODES_OF_PAIR)
    waits = limits.waits(*((limit, attempt.pair) for limit in of_pair))
    return limits.count((TOLD, attempt.pair if any(waits) else attempt.place)) == [1]


def may_tell_federation(attempt: Attempt) -> bool:
    """Whether the trail takes another failure of a sign-in by a provider from this place."""
    (failed,) = limits.count((FEDERATION_OF_PLACE, attempt.place))
    return failed <= FEDERATION_OF_PLACE.most


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
