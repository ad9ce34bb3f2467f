"""Step-up (RFC 9470): what a person's sign-in must amount to for what they want to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.oauth.policy.sign_in import ACR_MFA, acr_satisfies
from apps.oauth.scopes import restricted


@dataclass(frozen=True)
class StepUp:
    """A demand: at least this strong, and at most ``max_age`` seconds old."""

    acr: str
    max_age: int


# What the restricted tier asks of people: reads of it, approvals, changes of bank accounts.
RESTRICTED = StepUp(acr=ACR_MFA, max_age=3600)


def step_up_for(scopes: Iterable[str], declared: StepUp | None) -> StepUp | None:
    """What is demanded for exercising these scopes; a view may declare its own."""
    if declared is not None:
        return declared
    return RESTRICTED if restricted(scopes) else None


def step_up_is_met(demand: StepUp, *, acr: str, auth_time: int | None, at: datetime) -> bool:
    """RFC 9470 section 3: both the strength and the age of the sign-in. ``auth_time`` is in
    seconds since 1970, as the token has it.
    """
    if auth_time is None or not acr_satisfies(acr, [demand.acr]):
        return False
    return at.timestamp() - auth_time <= timedelta(seconds=demand.max_age).total_seconds()


def usable_scopes(
    scopes: Iterable[str], *, acr: str, auth_time: int | None, at: datetime
) -> frozenset[str]:
    """Those of the scopes that this sign-in suffices for now."""
    return frozenset(
        name
        for name in scopes
        if (demand := step_up_for([name], None)) is None
        or step_up_is_met(demand, acr=acr, auth_time=auth_time, at=at)
    )
