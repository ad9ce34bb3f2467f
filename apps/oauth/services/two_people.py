"""Two members of staff whom somebody else names: who asked and who approved."""

from dataclasses import dataclass

from apps.core.errors import ValidationFailedError
from apps.identity.models import User
from apps.oauth.policy.scope_requests import MAY_ASK, MAY_DECIDE, second_person_faults
from apps.oauth.selectors.scope_requests import staff_who_may


@dataclass(frozen=True)
class TwoPeople:
    """Who asked and who approved, where neither is the one at the keyboard."""

    asked_by: User
    approved_by: User


def two_people(*, asked_by: str, approved_by: str) -> TwoPeople:
    """Two members of staff by their addresses, whose roles let the one ask and the other approve.
    Raises ValidationFailedError.
    """
    asker = staff_who_may(MAY_ASK, email=asked_by.strip().lower())
    decider = staff_who_may(MAY_DECIDE, email=approved_by.strip().lower())
    if asker is None:
        raise ValidationFailedError(f"{asked_by} may not ask for restricted scopes.")
    if decider is None:
        raise ValidationFailedError(f"{approved_by} may not approve restricted scopes.")
    if faults := second_person_faults(asker, decider):
        raise ValidationFailedError(faults[0].detail, errors=faults)
    return TwoPeople(asker, decider)
