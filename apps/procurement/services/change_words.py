"""Whether a change has had the words that it needs at the moment it takes effect."""

from datetime import datetime
from functools import partial

from apps.core.errors import ConflictError
from apps.procurement.models import OrderChange
from apps.procurement.policy.purchasing import decision_document
from apps.procurement.policy.purchasing.documents import step_document
from apps.procurement.policy.purchasing.thresholds import splitting_steps
from apps.procurement.services.change_approvals import reckon
from apps.procurement.services.enforcing import enforce
from apps.procurement.services.purchasing.series import series_of
from apps.procurement.services.revisions import said_by


def require_words(change: OrderChange, *, at: datetime) -> None:
    """A change beyond the approval may take effect long after the first word for it: then other
    orders of the requester may count with it that did not. Those whose own approvers were asked
    since are left out, for they counted this one already.

    Raises ConflictError, and ExchangeRateMissingError where it cannot be told who is asked.
    """
    if not change.exceeds:
        return
    steps = list(change.approval_steps.select_related("rule"))
    since = min((step.created_at for step in steps), default=change.approved_at)
    find = partial(series_of, asked_since=since)
    decision, _series = reckon(change, said_by(change.order), at=at, series_by=find)
    named = enforce(decision)
    missing = splitting_steps(named, had={step.rule.public_id for step in steps if step.rule})
    if missing:
        raise ConflictError(
            "With orders that were submitted since, more people are asked about this. Refuse it; a "
            "new one can be made.",
            extra={"approvals": [step_document(step) for step in missing]},
            private={"decision": decision_document(named)},
        )
