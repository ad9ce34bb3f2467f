"""What somebody would be allowed to order, for staff and the operator (reference 5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from apps.partners.models import Partner
from apps.procurement.policy.purchasing import Decision, Purchase, Reason
from apps.procurement.policy.purchasing.questions import Question, check_price, left_open
from apps.procurement.selectors.orders import vendor_in_project
from apps.procurement.services.purchasing import decision_on
from apps.procurement.services.simulated_callers import SimulatedCaller
from apps.projects.models import Project


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """What was asked of whom, and what the order would get."""

    caller: SimulatedCaller
    project: Project
    purchase: Purchase
    decision: Decision

    @property
    def left_open(self) -> tuple[str, ...]:
        return left_open(self.purchase)


def simulate(
    *,
    caller: SimulatedCaller,
    project: Project,
    question: Question,
    vendor: Partner | None,
    at: datetime,
) -> Simulation:
    """What enforcement would answer the caller now, by the same rules, sums and function. Nothing
    is locked or written. Raises ValidationFailedError.
    """
    check_price(question.amount, question.currency)
    purchase = Purchase(
        project=project.pk,
        currency=question.currency,
        amount=question.amount,
        categories=question.categories,
        vendor=vendor.pk if vendor else None,
        ship_to=question.ship_to,
        contract_ref=question.contract_ref,
    )
    decided = decision_on(actor=caller.actor, project_id=project.pk, purchase=purchase, at=at)
    before = (*caller.refused, *_vendor_refused(vendor, project, at))
    return Simulation(
        caller=caller, project=project, purchase=purchase, decision=decided.denied_by(before)
    )


def _vendor_refused(vendor: Partner | None, project: Project, at: datetime) -> Iterator[Reason]:
    if vendor and not vendor_in_project(vendor_id=vendor.pk, project_id=project.pk, at=at):
        detail = f"{vendor} is not an active vendor in the project."
        yield Reason(code="validation-error", denies=True, detail=detail)
