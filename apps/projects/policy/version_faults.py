"""When a purchasing policy's version may begin, and in what it counts."""

from datetime import datetime

from apps.core.errors import FieldError
from apps.projects.models import PolicyVersion
from apps.projects.policy.terms import PolicyTerms


def begin_faults(begins: datetime, at: datetime) -> list[FieldError]:
    if begins >= at:
        return []
    detail = "A version begins now or later: what was decided before was decided by what stood."
    return [FieldError("/effective_from", "in-the-past", detail)]


def currency_change_faults(terms: PolicyTerms, written: PolicyVersion) -> list[FieldError]:
    """What was spent is counted in one currency; in another it would begin at nothing."""
    if terms.tidied().currency == written.currency:
        return []
    detail = f"The policy counts in {written.currency}. For another currency, add a policy."
    return [FieldError("/currency", "fixed", detail)]
