"""A decision and why it fell so: the same words in the refusal, the trail and the simulation."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from apps.procurement.policy.purchasing.come_of import ComeOf
from apps.procurement.policy.purchasing.rules import Limit, Source


class Outcome(StrEnum):
    ALLOWED = "allowed"
    PENDING_APPROVAL = "pending_approval"
    DENIED = "denied"


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One thing that was looked at. ``code`` is a problem code of the API where it denies, such as
    `spend-limit-exceeded`; otherwise it is limits' or thresholds' own. Amounts are in the
    limit's currency; ``converted`` says what of, where it is another. ``pointers`` are JSON
    pointers (RFC 6901) to what denies it in an order.
    """

    code: str
    denies: bool
    detail: str
    source: Source | None = None
    limit: Limit | None = None
    requested: Decimal | None = None
    remaining: Decimal | None = None
    converted: ComeOf | None = None
    pointers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Step:
    """So many people of a role must approve; ``rule`` is an approval rule's public id, if any."""

    sequence: int
    approver_role: str
    min_approvers: int
    why: str
    rule: str = ""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """``policy_version`` is the newest that was taken into account, of ``policies``; None where
    there was none. ``id`` is the decision's where it was enforced: a question has none.
    """

    outcome: Outcome
    reasons: tuple[Reason, ...]
    steps: tuple[Step, ...] = ()
    policy_version: int | None = None
    policies: tuple[Source, ...] = ()
    id: str = ""

    def denied_by(self, before: Iterable[Reason]) -> "Decision":
        """The same, refused for these reasons already where there are any."""
        reasons = tuple(before)
        if not reasons:
            return self
        return replace(self, outcome=Outcome.DENIED, reasons=(*reasons, *self.reasons), steps=())
