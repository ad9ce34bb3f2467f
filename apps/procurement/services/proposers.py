"""By what right a buyer's proposal takes effect, where it is the vendor who accepts it."""

from dataclasses import replace
from datetime import datetime

from apps.core.actor import Actor
from apps.core.errors import ForbiddenError
from apps.oauth.selectors import session_stands
from apps.procurement.models import OrderChange
from apps.procurement.policy.granting import require_granted
from apps.procurement.services.purchasing import actor_of_session


def standing_proposer(change: OrderChange, *, at: datetime) -> Actor:
    """Whoever proposed it, with the limits that their token carried then. Raises ForbiddenError
    when their session was ended or what it rests on was flipped, and ActionNotGrantedError when
    what they were granted for the project holds no longer.
    """
    session, project_id = change.created_by_session, change.order.project_id
    if not session_stands(session, project_id=project_id, at=at):
        raise ForbiddenError(
            "The session that proposed this does not count any more.",
            private={"session": session.public_id},
        )
    # A token may be narrower than its session; one that carries limits never comes of none.
    carried = change.authorization_details or session.authorization_details
    proposer = replace(actor_of_session(session), authorization_details=tuple(carried))
    require_granted(proposer, project_id, "change", at)
    return proposer
