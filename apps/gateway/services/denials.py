"""Every authenticated denial is an event (spec 4 no. 3), and so is naming somebody else as oneself
(reference 3e): the rows that signals of misuse are counted from.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from apps.audit.events import Action, Outcome
from apps.audit.services import Subject, record
from apps.core.actor import Actor

DENIED = frozenset({403, 404})
SIGNALS = frozenset({"principal-mismatch"})  # Whatever their status.
MAX_PATH = 255


class Signal(StrEnum):
    """What was misused, in the buyer's part of an event, where the refusal's code does not say it
    or there was none (spec 4, cross-partner).
    """

    ANOTHERS_CURSOR = "anothers-cursor"
    NAMED_ANOTHERS = "named-anothers"


def named_anothers(named: Mapping[str, str]) -> dict[str, Any]:
    """What the trail is told where members of a body, or parameters, name another company's."""
    return {"signal": str(Signal.NAMED_ANOTHERS), "named": dict(named)}


def is_denial(*, code: str, status: int) -> bool:
    """Whether the trail hears of the refusal."""
    return status in DENIED or code in SIGNALS


def record_denial(
    *,
    actor: Actor,
    at: datetime,
    code: str,
    status: int,
    method: str,
    path: str,
    private: dict[str, Any] | None = None,
) -> None:
    """Somebody known was refused something; ``private`` is why, for the buyer. NUL, which a path
    may hold and PostgreSQL does not store, is written as the replacement character.
    """
    shown = path.replace("\x00", "\N{REPLACEMENT CHARACTER}")[:MAX_PATH]
    record(
        action=Action.REQUEST_DENIED,
        actor=actor,
        at=at,
        subject=Subject("request", shown, method),
        data={"code": code, "status": status, "method": method, "path": shown},
        private=private,
        outcome=Outcome.DENIED,
    )
