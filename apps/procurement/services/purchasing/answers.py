"""What would be decided now, for whoever only asks: the rules, the sums and the function that
enforcement has.
"""

import uuid
from dataclasses import replace
from datetime import datetime

from apps.core.actor import Actor
from apps.procurement.policy.purchasing import (
    Decision,
    Purchase,
    check_facts,
    decide,
)
from apps.procurement.services.purchasing.amounts import amounts_of
from apps.procurement.services.purchasing.books import rules_for
from apps.procurement.services.purchasing.series import series_of
from apps.procurement.services.purchasing.unopened import spent_in


def decision_on(
    *, actor: Actor, project_id: uuid.UUID, purchase: Purchase, at: datetime
) -> Decision:
    """What would become of an order that is drafted and submitted now. Nothing is locked or
    written.
    """
    book = rules_for(actor=actor, project_id=project_id, at=at)
    series = series_of(actor=actor, purchase=purchase, book=book, at=at, besides=None)
    decision = decide(
        purchase,
        book,
        at=at,
        amounts=amounts_of(purchase, book, at=at),
        spent=spent_in([book], at=at),
        earlier=series.sums,
    )
    # An order is drafted before it is submitted, and the token may grant the one and not the other.
    drafting = tuple(check_facts(purchase, book, at=at, action="create"))
    besides = tuple(reason for reason in decision.reasons if reason not in drafting)
    return replace(decision, reasons=besides).denied_by(drafting)
