"""Who would be asked to approve a change, as long as nobody has given their word for it. It binds
nobody: who is asked is settled with the first word (ADR 0021).
"""

from dataclasses import dataclass
from datetime import datetime

from apps.core.errors import DomainError
from apps.procurement.models import OrderChange, PurchaseOrder
from apps.procurement.policy.carrying_out import require_base
from apps.procurement.policy.purchasing import Step, refuse
from apps.procurement.policy.purchasing.thresholds import default_step
from apps.procurement.selectors.changes import changes_without_a_word
from apps.procurement.services.change_approvals import reckon
from apps.procurement.services.purchasing.series import series_of
from apps.procurement.services.revisions import said_by

NO_RULE = "It goes beyond what was approved. No rule asks for more, so one administrator approves."


@dataclass(frozen=True)
class Expected:
    """The steps that the first word would settle; none where ``unknown`` says why that cannot be
    told.
    """

    change: OrderChange
    steps: tuple[Step, ...]
    unknown: str = ""


def expected_in(order: PurchaseOrder, *, at: datetime) -> list[Expected]:
    """Of each of the order's changes that waits for its first word: there are at most two, one of
    either side.
    """
    return [expected_of(change, at=at) for change in changes_without_a_word(order)]


def expected_of(change: OrderChange, *, at: datetime) -> Expected:
    """By the function that the first word asks. Wants a change that nobody has approved."""
    said = said_by(change.order)
    try:
        require_base(change, said.sha256)
        decision, _series = reckon(change, said, at=at, series_by=series_of)
        refuse(decision)
    except DomainError as error:
        return Expected(change, (), str(error))
    return Expected(change, decision.steps or (default_step(NO_RULE),))
