"""Authorization details as a person reads them, on every page that shows them."""

import uuid
from collections.abc import Collection

from apps.oauth.models import TokenSession
from apps.oauth.policy.details import in_words
from apps.oauth.selectors import names_in_details
from apps.oauth.services.minting import Details


def limits_in_words(
    details: Details, *, projects: Collection[uuid.UUID], partner_id: uuid.UUID | None
) -> list[list[str]]:
    """Line by line for each entry, with the names that somebody of this partner, or of the buyer,
    may read. No statement where there are no details.
    """
    if not details:
        return []
    names = names_in_details(details, projects=projects, partner_id=partner_id)
    return [in_words(entry, names=names) for entry in details]


def limits_of_session(session: TokenSession, *, partner_id: uuid.UUID | None) -> list[list[str]]:
    """What the session was limited to when it was granted; see `limits_in_words`."""
    return limits_in_words(
        session.authorization_details, projects=session.project_ids, partner_id=partner_id
    )
