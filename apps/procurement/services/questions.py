"""Asking whether something may be ordered, before it is."""

from datetime import datetime

from apps.core.actor import Actor
from apps.procurement.policy.parties import require_buyer
from apps.procurement.policy.purchasing import Decision, Purchase
from apps.procurement.policy.purchasing.questions import Question, check_price
from apps.procurement.services.drafting import open_project, vendor_of
from apps.procurement.services.purchasing import decision_on


def ask_decision(*, actor: Actor, at: datetime, question: Question) -> tuple[Purchase, Decision]:
    """What would become of such an order of the caller's now, and what was understood. Nothing is
    written and nothing set aside, so somebody else may be first.

    Raises ForbiddenError, PrincipalMismatchError, ProjectClosedError and ValidationFailedError.
    """
    require_buyer(actor)
    check_price(question.amount, question.currency)
    project = open_project(actor, question.project)
    vendor = vendor_of(project, question.vendor, at) if question.vendor else None
    purchase = Purchase(
        project=project.pk,
        currency=question.currency,
        amount=question.amount,
        categories=question.categories,
        vendor=vendor.pk if vendor else None,
        ship_to=question.ship_to,
        contract_ref=question.contract_ref,
    )
    decision = decision_on(actor=actor, project_id=project.pk, purchase=purchase, at=at)
    return purchase, decision
