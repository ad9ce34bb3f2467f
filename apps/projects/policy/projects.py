"""What a project may be made to say."""

from decimal import Decimal

from apps.core.errors import FieldError
from apps.core.money import UnknownCurrencyError, minor_units
from apps.projects.models import Project


def budget_faults(project: Project) -> list[FieldError]:
    """A budget is an amount the currency can be paid in."""
    amount, currency = project.budget_amount, project.budget_currency
    if amount is None and not currency:
        return []
    if amount is None or not currency:
        detail = "A budget is an amount and its currency, or neither."
        return [FieldError("/budget_amount", "incomplete", detail)]
    try:
        places = minor_units(currency)
    except UnknownCurrencyError:
        detail = "Use a code of ISO 4217, such as EUR."
        return [FieldError("/budget_currency", "unknown-currency", detail)]
    if amount <= 0:
        return [FieldError("/budget_amount", "not-positive", "A budget is more than nothing.")]
    if amount != amount.quantize(Decimal(1).scaleb(-places)):
        detail = f"The currency has {places} decimals."
        return [FieldError("/budget_amount", "too-precise", detail)]
    return []


def owner_faults(project: Project) -> list[FieldError]:
    """Somebody of the buyer's who is there answers for it."""
    owner = project.owner
    if owner is None or (owner.is_active and owner.is_staff):
        return []
    detail = "A project's owner is an active member of staff."
    return [FieldError("/owner", "not-staff", detail)]
